"""`kb` with a fake engine, and with a parser that a document took over: it tries to write, read and
reach what SECURITY.md says that a worker cannot ("Who may write what").

python -m tests.airgap.hostile_worker --home DIR ingest PATH…
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from kb.types import ParsedDocument, SourceFile

MARK = "TRIED "
_SHMGET, _ADD_KEY, _PTRACE, _READ_OTHERS = 29, 248, 101, 310  # x86_64
_TIOCSTI, _SETFLAGS = 0x5412, 0x40086602


def _call(number: int, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    sent = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    if libc.syscall(ctypes.c_long(number), *sent) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def attempt_by_shell(file: Path) -> None:
    done = subprocess.run(["/bin/sh", "-c", f"echo x >> '{file}'"], check=False, stderr=-3)
    if done.returncode:
        raise PermissionError(errno.EACCES, "refused")


def _connect(socket_file: str) -> None:
    with socket.socket(socket.AF_UNIX) as attempt:
        attempt.connect(socket_file)


def put_in_place(target: Path) -> None:
    draft = Path(tempfile.gettempdir(), "draft")
    draft.write_text("x")
    draft.replace(target)


def attempts(source: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Name and attempt. Everything lies beside the source folder, see the test."""
    place = source.parents[1]
    home, scratch = place / "home", Path(tempfile.gettempdir())
    config, named, secret = home / "config.toml", place / "named.toml", place / "secret"
    yield "read source", source.read_bytes
    yield "write scratch", partial((scratch / "x").write_text, "x")
    yield "write config", partial(config.write_text, "x")
    yield "replace config", partial(put_in_place, config)
    yield "new file in home", partial((home / "kb.toml").write_text, "x")
    yield "write config by shell", partial(attempt_by_shell, config)
    yield "write named config", partial(named.write_text, "x")
    yield "write key", partial((home / "keys" / "bundle.pub").write_text, "x")
    yield "read key", (home / "keys" / "bundle.pub").read_text
    yield "write store", partial((home / "collections/default/CURRENT").write_text, "9")
    yield "write log", partial((home / "state/egress.jsonl").write_text, "x")
    yield "read secret", secret.read_text
    yield "write source", partial(source.write_text, "x")
    yield "write beside scratch", partial((scratch.parent / "x").write_text, "x")
    yield "write /tmp", partial(Path("/tmp/kb-hostile-worker").write_text, "x")
    yield "write /dev/shm", partial(Path("/dev/shm/kb-hostile-worker").write_text, "x")
    for name, file in (("source", source), ("secret", secret), ("config", config)):
        yield f"chmod {name}", partial(os.chmod, file, 0o666)
        yield f"utime {name}", partial(os.utime, file, (1, 1))
        yield f"chown {name}", partial(os.chown, file, os.getuid(), os.getgid())
        yield f"setxattr {name}", partial(os.setxattr, file, "user.x", b"x")
    yield "chattr source", partial(_with_file, source, _SETFLAGS)
    yield "type into terminal", partial(fcntl.ioctl, 0, _TIOCSTI, b"x")
    yield "open terminal", partial(os.open, "/dev/tty", os.O_RDWR)
    yield "shared memory", partial(_call, _SHMGET, 4242, 4096, 0o1666)
    yield "keyring", partial(_call, _ADD_KEY, b"user", b"kb-hostile", b"x", 1, -3)
    for name, process in (("parent", os.getppid()), ("command", _command())):
        yield f"environment of {name}", Path(f"/proc/{process}/environ").read_bytes
        yield f"files of {name}", partial(os.readlink, f"/proc/{process}/fd/0")
        yield (
            f"ptrace {name}",
            partial(_call, _PTRACE, 2, process, 0, 0),
        )  # no attach: it would stop
        yield f"memory of {name}", partial(_call, _READ_OTHERS, process, None, 0, None, 0, 0)
        yield f"end {name}", partial(os.kill, process, 0)
    yield "ask a daemon", partial(_connect, str(place / "daemon"))


def _with_file(file: Path, request: int) -> None:
    with file.open("rb") as opened:
        fcntl.ioctl(opened, request, bytes(8))


def _command() -> int:
    """The process of the command: the parent of the workers' parent."""
    status = Path(f"/proc/{os.getppid()}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid"))


def parse(source: SourceFile) -> ParsedDocument:
    """`bad…` tries everything, and says on standard error what came of it."""
    from kb.documents.parse import parse as parse_well

    if source.path.startswith("bad"):
        found = {}
        for name, attempt in attempts(Path(source.location)):
            try:
                attempt()
                found[name] = "done"
            except OSError as error:
                found[name] = errno.errorcode[error.errno or 0]
        found["terminals"] = str([one for one in range(64) if os.isatty(one)])
        sys.stderr.write("".join(f"{MARK}{name}={came};\n" for name, came in found.items()))
        sys.stderr.flush()
    return parse_well(source)


def main() -> None:
    from kb.documents.pool import workers
    from tests.airgap import hostile_worker
    from tests.crash import stub_kb

    # Where the command line takes its parsing processes from.
    vars(workers)["ParsePool"] = partial(workers.ParsePool, parser=hostile_worker.parse)
    stub_kb.main()


if __name__ == "__main__":
    main()
