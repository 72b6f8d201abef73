"""LibreOffice, which makes files of today of those of Office 97 to 2003."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from kb.documents.converters.common.programs import output, run
from kb.documents.formats import Program
from kb.errors import MissingProgram
from kb.types import SourceFile

_RESTART = 81  # LibreOffice has made its profile and wants to be started again

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>"""


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
    try:
        office = LIBREOFFICE.find()
    except OSError as error:
        raise MissingProgram(
            f"'{source.path}' needs LibreOffice",
            why=f"soffice, which converts .{kind} files, is not on PATH",
            hint=f"install LibreOffice, or save the file as .{kind}x",
        ) from error
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder, "profile")
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        given = Path(folder, f"in.{kind}")
        given.write_bytes(data)
        command = ["--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault"]
        command += ["--convert-to", f"{kind}x", "--outdir", folder, str(given)]
        start = [office, f"-env:UserInstallation={profile.as_uri()}"]
        if run(source.path, start + command, folder, accepted=(0, _RESTART)) == _RESTART:
            # Its socket in /tmp is named after the profile's place, and in the sandbox of
            # kb/sandbox nobody may delete there: another place, another name.
            again = profile.rename(Path(folder, "again"))
            start = [office, f"-env:UserInstallation={again.as_uri()}"]
            run(source.path, start + command, folder)
        return output(source.path, given.with_suffix(f".{kind}x"))


def _program() -> str:
    """The office program itself. What is on PATH is a script that would
    start it as a child, out of reach of the signal that ends it with its worker."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        raise FileNotFoundError("soffice is not on PATH")
    program = Path(found).resolve().with_name("soffice.bin")
    return str(program) if program.exists() else found


LIBREOFFICE = Program(
    name="LibreOffice",
    find=_program,
    fix="install it: sudo apt-get install libreoffice-writer-nogui libreoffice-impress-nogui "
    "(Debian, Ubuntu), or save such files as .docx and .pptx",
    comes_with_kb=False,
)
