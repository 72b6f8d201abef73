"""Formats that another program reads: LibreOffice for DOC and PPT, pandoc for RTF, ODT, EPUB,
Org and reStructuredText. The only importer of pypandoc, whose wheel brings pandoc along.

A program runs in a folder of its own that is deleted afterwards, without a network where the
kernel allows to take it away, at most for a fixed time, and never outlives the worker that
started it: the kernel kills it when that one dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from kb.documents.formats import damaged
from kb.errors import DamagedDocument, LimitExceeded, MissingProgram
from kb.types import SourceFile

SECONDS = 200
_MOST_OUTPUT = 300 << 20
_RESTART = 81  # LibreOffice has made its profile and wants to be started again
_PR_SET_PDEATHSIG = 1
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000

_TEMPLATE = """<html><head>$if(title)$<title>$title$</title>$endif$</head><body>
$if(title)$<h1>$title$</h1>$endif$$if(subtitle)$<p>$subtitle$</p>$endif$
$for(author)$<p>$author$</p>$endfor$$if(date)$<p>$date$</p>$endif$
$body$</body></html>"""

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>"""


def to_html(source: SourceFile, data: bytes, kind: str) -> bytes:
    """A document as a page of HTML in UTF-8, made by pandoc. `kind`: rtf, odt, epub, org, rst.

    pandoc runs in its own sandbox: it opens no file that the document names.

    Raises:
        DamagedDocument: pandoc does not read it.
        LimitExceeded: it takes longer than 200 seconds.
        MissingProgram: there is no pandoc.
    """
    with tempfile.TemporaryDirectory() as folder:
        page, template = Path(folder, "out.html"), Path(folder, "page.html")
        template.write_text(_TEMPLATE, encoding="utf-8")
        given = Path(folder, f"in.{kind}")
        given.write_bytes(data)
        command = [_pandoc(source), "--from", kind, "--to", "html", "--sandbox", "--quiet"]
        command += ["--wrap=none", f"--template={template}", f"--output={page}", str(given)]
        _run(source, command, folder)
        return _output(source, page)


def to_office(source: SourceFile, data: bytes, kind: str) -> bytes:
    """A document of Word or PowerPoint 97 to 2003 as DOCX or PPTX, made by LibreOffice.

    Macros do not run, and links in the document are not followed.

    Args:
        kind: `doc` or `ppt`.

    Raises:
        MissingProgram: LibreOffice is not there.
        DamagedDocument: LibreOffice does not read it.
        LimitExceeded: it takes longer than 200 seconds.
    """
    office = office_program()
    if office is None:
        raise MissingProgram(
            f"'{source.path}' needs LibreOffice",
            why=f"soffice, which converts .{kind} files, is not on PATH",
            hint=f"install LibreOffice, or save the file as .{kind}x",
        )
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder, "profile")
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        given = Path(folder, f"in.{kind}")
        given.write_bytes(data)
        command = ["--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault"]
        command += ["--convert-to", f"{kind}x", "--outdir", folder, str(given)]
        start = [office, f"-env:UserInstallation={profile.as_uri()}"]
        if _run(source, start + command, folder, accepted=(0, _RESTART)) == _RESTART:
            # Its socket in /tmp is named after the profile's place, and behind the wall of
            # kb/sandbox nobody may delete there: another place, another name.
            again = profile.rename(Path(folder, "again"))
            start = [office, f"-env:UserInstallation={again.as_uri()}"]
            _run(source, start + command, folder)
        return _output(source, given.with_suffix(f".{kind}x"))


def office_program() -> str | None:
    """The office program itself, None where there is none. What is on PATH is a script that would
    start it as a child, out of reach of the signal that ends it with its worker."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        return None
    program = Path(found).resolve().with_name("soffice.bin")
    return str(program) if program.exists() else found


@functools.cache
def pandoc_program() -> str:
    """Raises OSError where there is none."""
    pypandoc = importlib.import_module("pypandoc")
    return str(pypandoc.get_pandoc_path())


def _pandoc(source: SourceFile) -> str:
    try:
        return pandoc_program()
    except OSError as error:
        raise MissingProgram(
            f"'{source.path}' needs pandoc",
            why="pandoc, which comes with kb in the package pypandoc_binary, is not there",
            hint="reinstall it: pip install --force-reinstall pypandoc_binary",
        ) from error


def _output(source: SourceFile, file: Path) -> bytes:
    """What the program has written."""
    if not file.exists() or not file.stat().st_size:
        raise _not_read(source, "the program that converts it has written nothing")
    if file.stat().st_size > _MOST_OUTPUT:
        raise LimitExceeded(
            f"'{source.path}' holds too much",
            why=f"converted, it is more than {_MOST_OUTPUT >> 20} MiB",
            hint="split the document, or exclude it",
        )
    return file.read_bytes()


def _run(
    source: SourceFile, command: list[str], folder: str, accepted: tuple[int, ...] = (0,)
) -> int:
    """Run a program to its end, and end it where it does not. Returns its exit code."""
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=_environment(folder),
                start_new_session=os.name == "posix",
                preexec_fn=functools.partial(_fence.put_up, os.getpid())
                if os.name == "posix"
                else None,
            )
        except OSError as error:
            raise damaged(source.path, error) from error
        try:
            code = process.wait(SECONDS)
        except subprocess.TimeoutExpired as error:
            raise LimitExceeded(
                f"'{source.path}' takes too long",
                why=f"{Path(command[0]).name} did not end within {SECONDS} seconds",
                hint="save the document in a newer format, or exclude it",
            ) from error
        finally:
            _kill_group(process)
        if code not in accepted:
            said.seek(0)
            raise _not_read(source, f"{Path(command[0]).name} ended with {code}: {_last(said)}")
        return code


def _last(said: IO[bytes]) -> str:
    lines = said.read(20_000).decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "nothing said")[:160]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """The program and what it has started: they are a group of their own."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _environment(folder: str) -> Mapping[str, str]:
    return {**os.environ, "HOME": folder, "TMPDIR": folder, "LC_ALL": "C.UTF-8"}


def _not_read(source: SourceFile, why: str) -> DamagedDocument:
    return DamagedDocument(
        f"'{source.path}' cannot be converted",
        why=why,
        hint="open it in the program it was made with and save it in a newer format",
    )


class _Fence:
    """What a program gets between fork and exec: an end with its parent's, and no network.

    The C library is looked up here, before any fork, after which nothing may be loaded.
    """

    def __init__(self) -> None:
        libc = ctypes.CDLL(None) if os.name == "posix" else None
        self.prctl = getattr(libc, "prctl", None)
        self.unshare = getattr(libc, "unshare", None)

    def put_up(self, parent: int) -> None:
        if self.prctl:
            self.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the kernel was told
                os._exit(1)
        # A network of its own has no devices. Root may have one, others in a user space of theirs;
        # where neither is allowed, sandbox and profile above still keep links from being followed.
        if self.unshare and self.unshare(_NEW_NETWORK) != 0:
            self.unshare(_NEW_USER | _NEW_NETWORK)


_fence = _Fence()
