"""pandoc, which makes HTML of other formats. It lies in pypandoc's wheel, imported only here."""

from __future__ import annotations

import functools
import importlib
import tempfile
from pathlib import Path

from kb.documents.converters.common.programs import output, run
from kb.documents.formats import Program
from kb.errors import MissingProgram
from kb.types import SourceFile

_TEMPLATE = """<html><head>$if(title)$<title>$title$</title>$endif$</head><body>
$if(title)$<h1>$title$</h1>$endif$$if(subtitle)$<p>$subtitle$</p>$endif$
$for(author)$<p>$author$</p>$endfor$$if(date)$<p>$date$</p>$endif$
$body$</body></html>"""


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
        run(source.path, command, folder)
        return output(source.path, page)


@functools.cache
def _program() -> str:
    pypandoc = importlib.import_module("pypandoc")
    return str(pypandoc.get_pandoc_path())


def _pandoc(source: SourceFile) -> str:
    try:
        return PANDOC.find()
    except OSError as error:
        raise MissingProgram(
            f"'{source.path}' needs pandoc",
            why="pandoc, which comes with kb in the package pypandoc_binary, is not there",
            hint="reinstall it: pip install --force-reinstall pypandoc_binary",
        ) from error


PANDOC = Program(
    name="pandoc",
    find=_program,
    fix="reinstall it: pip install --force-reinstall --no-deps pypandoc_binary",
    comes_with_kb=True,
)
