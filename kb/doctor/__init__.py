"""`kb doctor`: every precondition, each with the command that mends it.

EXAMINATIONS is the contents page; each examination is a small function in the module of its
group. None changes anything on disk, loads a model, or lets an exception out: what goes wrong
within one is what it found.

machine.py    Python, packages, OpenMP, clock     kernel.py     Landlock, seccomp, namespaces
network.py    configuration, destinations         home.py       owner, permissions, space
store.py      lock, generation, catalog, vectors  folders.py    who may read the models
models.py     the configured models               servers.py    Ollama
qdrant.py     the Qdrant server                   documents.py  OCR, LibreOffice, pandoc
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
    machine,
    models,
    network,
    qdrant,
    servers,
    store,
)
from kb.doctor.findings import (
    GRAVITY,
    Check,
    Finding,
    Status,
    exit_code,
    failed,
    from_error,
    skipped,
)
from kb.doctor.patient import Patient
from kb.errors import KbError, StoreError
from kb.sandbox import NAMES

__all__ = ["EXAMINATIONS", "GRAVITY", "Check", "Examination", "Patient", "Status"]
__all__ += ["examine", "exit_code"]

log = logging.getLogger(__name__)

Found = Finding | list[Finding]


@dataclass(frozen=True, slots=True)
class Examination:
    """One line of the contents page. `needs_settings`: it cannot be done where the configuration
    cannot be read."""

    group: str
    name: str
    run: Callable[[Patient], Found]
    needs_settings: bool = True


def _bare(group: str, name: str, run: Callable[[], Found]) -> Examination:
    """One that looks at the machine alone."""
    return Examination(group, name, lambda _: run(), needs_settings=False)


EXAMINATIONS: tuple[Examination, ...] = (
    _bare("this machine", "python", machine.python),
    _bare("this machine", "packages", machine.packages),
    _bare("this machine", "openmp", machine.openmp),
    Examination("this machine", "clock", machine.clock),
    *(_bare("kernel", name, kernel.part(name)) for name in NAMES),
    Examination("kernel", "sandbox", kernel.required),
    _bare("kernel", "namespaces", kernel.namespaces),
    Examination("configuration", "configuration", network.configuration),
    Examination("configuration", "destinations", network.destinations),
    Examination("configuration", "allow-list", network.allow_list),
    Examination("configuration", "proxies", network.proxies),
    Examination("home folder", "home-folder", home.home_folder),
    Examination("home folder", "permissions", home.permissions),
    Examination("home folder", "free-space", home.free_space),
    Examination("collection", "lock", store.lock),
    Examination("collection", "format", store.store_format),
    Examination("collection", "generation", store.generation),
    Examination("collection", "catalog", store.catalog),
    Examination("collection", "vectors", store.vectors),
    Examination("collection", "embedding-cache", store.embedding_cache),
    Examination("models", "model-server", servers.model_server),
    Examination("models", "model-folders", folders.model_folders),
    Examination("models", "embedding-model", models.embedding_model),
    Examination("models", "chat-model", models.chat_model),
    Examination("models", "rerank-model", models.rerank_model),
    Examination("models", "processor", servers.processor),
    Examination("models", "cloud", servers.cloud),
    Examination("Qdrant server", "qdrant-server", qdrant.qdrant_server),
    Examination("Qdrant server", "qdrant-telemetry", qdrant.qdrant_telemetry),
    Examination("Qdrant server", "qdrant-key", qdrant.qdrant_key),
    _bare("documents", "ocr", documents.ocr),
    _bare("documents", "libreoffice", documents.libreoffice),
    _bare("documents", "pandoc", documents.pandoc),
)


def examine(
    patient: Patient | KbError, examinations: tuple[Examination, ...] = EXAMINATIONS
) -> Iterator[Check]:
    """All findings, in the order of the contents page, each as soon as it is made.

    `patient` is the error where the configuration cannot be read.
    """
    for examination in examinations:
        for found in _findings(examination, patient):
            yield Check(
                group=examination.group,
                name=examination.name,
                status=found.status,
                detail=_one_line(found.detail),
                fix=_one_line(found.fix),
                exit_code=found.exit_code,
            )


def _findings(examination: Examination, patient: Patient | KbError) -> list[Finding]:
    if isinstance(patient, KbError):
        if examination.name == "configuration":
            return [from_error(patient)]
        if examination.needs_settings:
            return [skipped("not looked at: the configuration cannot be read")]
    try:
        found = examination.run(patient)  # type: ignore[arg-type]  # see needs_settings
    except KbError as error:
        return [from_error(error)]
    except OSError as error:
        return [_from_system(error)]
    except Exception as error:
        log.info("the examination %s broke", examination.name, exc_info=True)
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
