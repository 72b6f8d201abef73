"""What some formats need: text recognition, and the programs that `kb.documents.formats` names.
Nothing is loaded or started."""

from __future__ import annotations

import os
from importlib import metadata
from typing import TYPE_CHECKING

from kb.doctor.findings import Finding, failed, ok, warning
from kb.errors import MissingProgram

if TYPE_CHECKING:
    from kb.documents.formats import Program

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
    from kb.documents.converters.common.libreoffice import LIBREOFFICE

    return _program(LIBREOFFICE)


def pandoc() -> Finding:
    from kb.documents.converters.common.pandoc import PANDOC

    return _program(PANDOC)


def bsdtar() -> Finding:
    from kb.documents.archives.bsdtar import BSDTAR

    return _program(BSDTAR)


def readpst() -> Finding:
    from kb.documents.archives.pst import READPST

    return _program(READPST)


def extract_chmlib() -> Finding:
    from kb.documents.archives.chm import EXTRACT_CHM

    return _program(EXTRACT_CHM)


def djvulibre() -> Finding:
    from kb.documents.converters.djvu import DJVULIBRE

    return _program(DJVULIBRE)


def _program(program: Program) -> Finding:
    """A program is there and may be run; else which files cannot be read."""
    from kb.documents.formats import needing

    try:
        place = program.find()
    except (OSError, ImportError) as error:
        endings = ", ".join(f".{ending}" for one in needing(program) for ending in one.endings)
        missed = f"{program.name} is missing, {endings} cannot be read: {_first_line(error)}"
        if program.comes_with_kb:
            return failed(missed, program.fix, MissingProgram)
        return warning(missed, program.fix)
    if not os.access(place, os.X_OK):
        return failed(f"{place} may not be run", f'sudo chmod a+rx "{place}"', MissingProgram)
    return ok(place)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
