"""What of the sandbox this machine's kernel offers. What is missing is a warning: kb works
without, but what native code does is then not stopped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from kb import sandbox
from kb.doctor.context import DoctorContext
from kb.doctor.findings import Finding, failed, ok, skipped, warning
from kb.errors import EgressBlocked

_FIXES = {
    "landlock-files": "boot a Linux of 5.19 or newer with Landlock turned on: add landlock to "
    "CONFIG_LSM, or to the kernel's command line (lsm=landlock,…), then reboot",
    "landlock-tcp": "boot a Linux of 6.7 or newer with Landlock turned on (lsm=landlock,…)",
    "seccomp-datagrams": "boot a Linux with CONFIG_SECCOMP_FILTER; in a container, a runtime whose "
    "own profile lets seccomp be called",
    "no-new-privileges": "run kb on Linux",
}
_SECONDS = 10

_TRY = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
USER, NETWORK = 0x10000000, 0x40000000
if libc.unshare(NETWORK) and libc.unshare(USER | NETWORK):
    sys.exit(os.strerror(ctypes.get_errno()))
"""


def part(name: str) -> Callable[[], Finding]:
    """The check of one part of kb/sandbox, by its name there."""

    def check() -> Finding:
        found = next(one for one in sandbox.available() if one.name == name)
        return ok(found.detail) if found.in_force else warning(found.detail, _FIXES[name])

    return check


def required(context: DoctorContext) -> Finding:
    """Whether `egress.sandbox` (or --require-sandbox) lets a command run on this kernel."""
    wanted = context.settings.egress.sandbox
    if wanted == "off":
        return warning("egress.sandbox is off: no sandbox", 'set egress.sandbox = "auto"')
    missing = [one.name for one in sandbox.available() if not one.in_force]
    if wanted == "require" and missing:
        return failed(
            f"egress.sandbox requires all of it, and {', '.join(missing)} cannot be had: commands "
            "refuse to run",
            'mend what is missing, or set egress.sandbox = "auto"',
            EgressBlocked,
        )
    return ok(f"{wanted}: put around every command that works with documents")


def namespaces(program: str = _TRY) -> Finding:
    """A program that converts a document can be given a network of its own, with nothing in it."""
    if sys.platform != "linux":
        return skipped("only Linux has them")
    try:
        tried = subprocess.run(
            [sys.executable, "-I", "-S", "-c", program],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return skipped(f"it could not be tried: {error}")
    if tried.returncode:
        return warning(
            "LibreOffice and pandoc run without a network sandbox of their own: "
            f"{tried.stderr.strip() or 'it was refused'}",
            "allow them: sudo sysctl -w user.max_user_namespaces=15000 "
            "kernel.unprivileged_userns_clone=1, and on Ubuntu "
            "kernel.apparmor_restrict_unprivileged_userns=0",
        )
    return ok("LibreOffice and pandoc run without a network")
