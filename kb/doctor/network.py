"""The configuration, and where it would send anything."""

from __future__ import annotations

import ipaddress
from urllib.request import proxy_bypass

from kb.doctor.context import DoctorContext
from kb.doctor.findings import Finding, failed, from_error, ok, warning
from kb.egress import Destination, is_loopback
from kb.errors import EgressBlocked, UsageError
from kb.session.hosts import Host, configured_hosts

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")


def configuration(context: DoctorContext) -> Finding:
    """Every key is known, and its value possible."""
    origins = context.settings.origins
    own = sorted(key for key, origin in origins.items() if origin != "default")
    files = sorted({origin for origin in origins.values() if origin.endswith(".toml")})
    where = f"{', '.join(files)}: " if files else ""
    return ok(f"{where}{len(own)} of {len(origins)} keys set (kb config show)")


def destinations(context: DoctorContext) -> list[Finding] | Finding:
    """Each server that is configured is on this machine, or allowed."""
    allowed = {Destination.parse(text) for text in context.settings.egress.allow}
    findings: list[Finding] = []
    good: list[str] = []
    for wanted in configured_hosts(context.settings):
        if isinstance(wanted, UsageError):
            findings.append(from_error(wanted))
        elif is_loopback(wanted.name) or wanted.destination in allowed:
            good.append(f"{wanted.key} {wanted.destination}")
        else:
            findings.append(
                failed(
                    f"{wanted.key} names {wanted.destination}, which is not in [egress] allow and "
                    "is refused",
                    f'if it is yours: allow = ["{wanted.destination}"] in [egress]; else correct '
                    f"{wanted.key}",
                    EgressBlocked,
                )
            )
    if good or not findings:
        findings.insert(0, ok(", ".join(good) or "everything runs in this process"))
    return findings


def allow_list(context: DoctorContext) -> list[Finding] | Finding:
    """[egress] allow holds no public address, and nothing that is not used."""
    listed = [Destination.parse(text) for text in context.settings.egress.allow]
    if not listed:
        return ok("empty: nothing but loopback can be reached")
    used = {host.destination for host in _hosts(context)}
    findings = []
    for destination in listed:
        if _is_public(destination.host):
            findings.append(
                warning(
                    f"{destination} is a public address: documents would leave the building",
                    f'remove "{destination}" from [egress] allow',
                )
            )
        elif destination not in used and not is_loopback(destination.host):
            findings.append(
                warning(
                    f"{destination} is allowed, and nothing that is configured uses it",
                    f'remove "{destination}" from [egress] allow',
                )
            )
    return findings or ok(", ".join(map(str, listed)))


def proxies(context: DoctorContext) -> Finding:
    """Proxies that the environment names, and kb does not ask."""
    named = sorted(key for key in context.environ if key.lower() in _PROXIES)
    if not named:
        return ok("none in the environment")
    elsewhere = [
        str(host.destination)
        for host in _hosts(context)
        if not is_loopback(host.name) and not proxy_bypass(host.name)
    ]
    if elsewhere:
        return failed(
            f"{', '.join(named)} in the environment: commands that talk to {', '.join(elsewhere)} "
            "refuse to run, since kb connects to its servers itself",
            f"for kb: unset {' '.join(named)}; or NO_PROXY={','.join(elsewhere)}",
            EgressBlocked,
        )
    return warning(
        f"{', '.join(named)} in the environment: kb does not ask a proxy",
        f"nothing has to be done; so that other programs do not either: unset {' '.join(named)}",
    )


def _hosts(context: DoctorContext) -> list[Host]:
    return [one for one in configured_hosts(context.settings) if isinstance(one, Host)]


def _is_public(host: str) -> bool:
    """Whether an address can be reached from everywhere; a name cannot be told by itself."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False
