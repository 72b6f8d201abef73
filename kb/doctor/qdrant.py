"""The Qdrant server, where one is configured."""

from __future__ import annotations

from dataclasses import replace

from kb.config.settings import Store
from kb.doctor.context import SECONDS, DoctorContext
from kb.doctor.findings import Finding, Status, from_error, ok, skipped, warning
from kb.doctor.keys import key_file
from kb.errors import KbError, StoreError

_NONE = "store.engine is 'edge': Qdrant runs in this process, without a server"


def qdrant_server(context: DoctorContext) -> list[Finding] | Finding:
    """Each node answers, and takes the key."""
    store = context.settings.store
    if store.engine != "server":
        return skipped(_NONE)
    nodes = (store.url, *store.other_urls)
    findings = [_node(replace(store, url=url, other_urls=[])) for url in nodes]
    up = any(finding.status is Status.OK for finding in findings)
    return [
        warning(f"{one.detail}; the other nodes are asked", one.fix)
        if up and one.status is Status.FAILED
        else one
        for one in findings
    ]


def _node(store: Store) -> Finding:
    from kb.index.qdrant_server.store import ServerStore

    try:
        version = ServerStore(store, seconds=int(SECONDS)).version()
    except KbError as error:
        found = from_error(error)
        return replace(found, detail=f"{store.url}: {found.detail}")
    return ok(f"Qdrant {version} at {store.url}")


def qdrant_telemetry(context: DoctorContext) -> Finding:
    """Its reports to its maker are off. The server does not say (its /telemetry is what it would
    send, whether it sends it or not), so this can only remind."""
    if context.settings.store.engine != "server":
        return skipped(_NONE)
    return warning(
        "a Qdrant server reports its use to its maker unless told not to; from here it cannot be "
        "seen whether it was",
        "start it with QDRANT__TELEMETRY_DISABLED=true (or telemetry_disabled: true in its "
        "config.yaml), on a machine that no network leads out of",
    )


def qdrant_key(context: DoctorContext) -> Finding:
    """The file with its key can be read by its owner alone."""
    store = context.settings.store
    if store.engine != "server":
        return skipped(_NONE)
    if not store.api_key_file:
        return warning(
            "no key: whoever reaches the server reads the index",
            "give the server one (QDRANT__SERVICE__API_KEY), write it to a file of mode 600, and "
            "name the file in store.api_key_file",
        )
    return key_file(store.api_key_file, "store.api_key_file", StoreError)
