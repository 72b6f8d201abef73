"""`kb doctor`: every precondition, each with the command that mends it.

CHECKS is the contents page; each check is a small function in the module of its group. None
changes anything on disk, loads a model, or lets an exception out: what goes wrong
within one is what it found.

machine.py    Python, packages, OpenMP, clock     kernel.py     Landlock, seccomp, namespaces
network.py    configuration, destinations         home.py       owner, permissions, space
store.py      lock, generation, catalog, vectors  folders.py    who may read the models
models.py     the configured models               servers.py    Ollama
qdrant.py     the Qdrant server                   documents.py  OCR, and programs
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kb.doctor import (
    documents,
    folders,
    home,
    kernel,
    keys,
    machine,
    models,
    network,
    qdrant,
    servers,
    store,
)
from kb.doctor.context import DoctorContext
from kb.doctor.findings import (
    GRAVITY,
    CheckResult,
    Finding,
    Status,
    exit_code,
    failed,
    from_error,
    skipped,
)
from kb.errors import KbError, StoreError
from kb.sandbox import NAMES

__all__ = ["CHECKS", "GRAVITY", "Check", "CheckResult", "DoctorContext", "Status"]
__all__ += ["exit_code", "run_checks"]

log = logging.getLogger(__name__)

Found = Finding | list[Finding]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the contents page. `needs_settings`: it cannot be done where the configuration
    cannot be read."""

    group: str
    name: str
    run: Callable[[DoctorContext], Found]
    needs_settings: bool = True


def _bare(group: str, name: str, run: Callable[[], Found]) -> Check:
    """One that looks at the machine alone."""
    return Check(group, name, lambda _: run(), needs_settings=False)


CHECKS: tuple[Check, ...] = (
    _bare("this machine", "python", machine.python),
    _bare("this machine", "packages", machine.packages),
    _bare("this machine", "openmp", machine.openmp),
    Check("this machine", "clock", machine.clock),
    *(_bare("kernel", name, kernel.part(name)) for name in NAMES),
    Check("kernel", "sandbox", kernel.required),
    _bare("kernel", "namespaces", kernel.namespaces),
    Check("configuration", "configuration", network.configuration),
    Check("configuration", "destinations", network.destinations),
    Check("configuration", "allow-list", network.allow_list),
    Check("configuration", "proxies", network.proxies),
    Check("home folder", "home-folder", home.home_folder),
    Check("home folder", "permissions", home.permissions),
    Check("home folder", "free-space", home.free_space),
    Check("collection", "lock", store.lock),
    Check("collection", "format", store.store_format),
    Check("collection", "generation", store.generation),
    Check("collection", "catalog", store.catalog),
    Check("collection", "vectors", store.vectors),
    Check("collection", "embedding-cache", store.embedding_cache),
    Check("models", "model-server", servers.model_server),
    Check("models", "model-key", keys.model_key),
    Check("models", "model-folders", folders.model_folders),
    Check("models", "embedding-model", models.embedding_model),
    Check("models", "chat-model", models.chat_model),
    Check("models", "rerank-model", models.rerank_model),
    Check("models", "processor", servers.processor),
    Check("models", "cloud", servers.cloud),
    Check("Qdrant server", "qdrant-server", qdrant.qdrant_server),
    Check("Qdrant server", "qdrant-telemetry", qdrant.qdrant_telemetry),
    Check("Qdrant server", "qdrant-key", qdrant.qdrant_key),
    _bare("documents", "ocr", documents.ocr),
    _bare("documents", "libreoffice", documents.libreoffice),
    _bare("documents", "bsdtar", documents.bsdtar),
    _bare("documents", "readpst", documents.readpst),
    _bare("documents", "extract_chmlib", documents.extract_chmlib),
    _bare("documents", "djvulibre", documents.djvulibre),
    _bare("documents", "pandoc", documents.pandoc),
)


def run_checks(
    context: DoctorContext | KbError, checks: tuple[Check, ...] = CHECKS
) -> Iterator[CheckResult]:
    """All findings, in the order of the contents page, each as soon as it is made.

    `context` is the error where the configuration cannot be read.
    """
    for check in checks:
        for found in _findings(check, context):
            yield CheckResult(
                group=check.group,
                name=check.name,
                status=found.status,
                detail=_one_line(found.detail),
                fix=_one_line(found.fix),
                exit_code=found.exit_code,
            )


def _findings(check: Check, context: DoctorContext | KbError) -> list[Finding]:
    if isinstance(context, KbError):
        if check.name == "configuration":
            return [from_error(context)]
        if check.needs_settings:
            return [skipped("not looked at: the configuration cannot be read")]
    try:
        found = check.run(context)  # type: ignore[arg-type]  # see needs_settings
    except KbError as error:
        return [from_error(error)]
    except OSError as error:
        return [_from_system(error)]
    except Exception as error:
        log.info("the check %s broke", check.name, exc_info=True)
        return [
            failed(
                f"it could not be examined: {type(error).__name__}: {error}",
                "see what kb -v doctor says, and report it",
                KbError,
            )
        ]
    return found if isinstance(found, list) else [found]


def _from_system(error: OSError) -> Finding:
    """A place that may not be looked at, or cannot."""
    place = error.filename or "a file"
    detail = f"{place}: {error.strerror or error}"
    if isinstance(error, PermissionError):
        me = home.user(os.geteuid())
        fix = f'let {me} in: sudo chown -R {me}: "{place}", or run kb as its owner'
    else:
        fix = "check the disk (dmesg), the folder's owner and its permissions"
    return failed(detail, fix, StoreError)


def _one_line(text: str) -> str:
    return " ".join(text.split())
