"""What a command may touch: the files and TCP ports that the kernel leaves it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kb.sandbox import landlock

_PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store")
_FACTS = (
    *("/etc", "/proc", "/sys", "/var/cache/fontconfig", "/dev/urandom", "/dev/random"),
    *("/var/lib/libreoffice", "/var/spool/libreoffice"),  # parts of the program in Debian
)
_SOCKETS = ("/tmp",)  # LibreOffice puts one there whatever TMPDIR says, or does not start
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
_SHARED = ("/dev/tty", "/dev/shm")  # with other processes; locks between processes need the second


@dataclass(frozen=True, slots=True)
class Policy:
    """Beside the interpreter and the system's programs, which may be read and run: what may be
    read, the sources among it, what may be changed as well, files to write that need not be read,
    and the TCP ports to connect to and to listen at. `reads_documents`: it is for a
    process that reads documents, whose files may make it do anything (`for_worker`)."""

    read: tuple[Path, ...] = ()
    sources: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()
    output: tuple[Path, ...] = ()
    connect: frozenset[int] = frozenset()
    bind: frozenset[int] = frozenset()
    reads_documents: bool = False

    def for_worker(self, scratch: Path) -> Policy:
        """What a process of this one's may touch that reads documents: the sources, and a folder
        of its own."""
        return Policy(sources=self.sources, write=(scratch,), reads_documents=True)

    def files(self) -> dict[Path, int]:
        """Landlock's rights by path. What is named twice gets both."""
        rights: dict[Path, int] = {}
        for paths, access in (
            (interpreter(), landlock.RUN),
            (map(Path, _PROGRAMS), landlock.RUN),
            (map(Path, _FACTS), landlock.READ),
            (map(Path, _DEVICES), landlock.WRITE),
            (map(Path, () if self.reads_documents else _SHARED), landlock.WRITE),
            (map(Path, _SOCKETS), landlock.SOCKETS),
            (self.read, landlock.READ),
            (self.sources, landlock.READ),
            (self.write, landlock.WRITE),
            (self.output, landlock.OUTPUT),
        ):
            for path in paths:
                rights[path] = rights.get(path, 0) | access
        return rights


def interpreter() -> Iterator[Path]:
    """Where Python, the installed packages and kb's own code lie.

    The working folder is not among them, though `python -m` puts it first on `sys.path`, unless
    PYTHONPATH names it.
    """
    yield from {Path(one) for one in (sys.prefix, sys.exec_prefix, sys.base_prefix)}
    code = Path(__file__).parents[2]
    yield from (code / "kb", (code / "kb/pipelines").resolve())  # in a source tree, a link
    here, named = str(Path.cwd()), os.environ.get("PYTHONPATH", "").split(os.pathsep)
    yield from (Path(one) for one in sys.path if one and (one != here or one in named))
