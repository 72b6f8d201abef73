"""What some formats need: text recognition, LibreOffice, pandoc. Nothing is loaded or started."""

from __future__ import annotations

import os
from importlib import metadata

from kb.doctor.findings import Finding, failed, ok, warning
from kb.errors import MissingProgram

_OCR = "rapidocr"


def ocr(package: str = _OCR) -> Finding:
    """The models of the text recognition lie in its package, whole."""
    fix = "reinstall it: pip install --force-reinstall --no-deps rapidocr"
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        return failed(f"the package {package} is not installed", fix, MissingProgram)
    models = [file for file in files if file.suffix == ".onnx"]
    wrong = []
    for model in models:
        place = os.fspath(model.locate())
        if not os.path.isfile(place) or os.path.getsize(place) != model.size:
            wrong.append(model.name)
    if wrong or not models:
        return failed(
            f"models of {package} are missing or cut off: {', '.join(wrong) or 'all'}",
            fix,
            MissingProgram,
        )
    size = sum(model.size or 0 for model in models)
    return ok(f"{len(models)} models of {package} {metadata.version(package)}, {size >> 20} MiB")


def libreoffice() -> Finding:
    """LibreOffice, for DOC and PPT."""
    from kb.documents.converters.programs import office_program

    program = office_program()
    if program is None:
        return warning(
            "soffice is not on PATH: files of Word and PowerPoint 97 to 2003 (.doc, .ppt) fail",
            "install it: sudo apt-get install libreoffice-writer-nogui libreoffice-impress-nogui "
            "(Debian, Ubuntu), or save such files as .docx and .pptx",
        )
    return ok(program)


def pandoc() -> Finding:
    """pandoc, for RTF, ODT, EPUB, Org and reStructuredText; it comes with kb."""
    from kb.documents.converters.programs import pandoc_program

    try:
        program = pandoc_program()
    except (OSError, ImportError) as error:
        return failed(
            f"RTF, ODT, EPUB, Org and reStructuredText cannot be read: {_first_line(error)}",
            "reinstall it: pip install --force-reinstall --no-deps pypandoc_binary",
            MissingProgram,
        )
    if not os.access(program, os.X_OK):
        return failed(f"{program} may not be run", f'sudo chmod a+rx "{program}"', MissingProgram)
    return ok(program)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
