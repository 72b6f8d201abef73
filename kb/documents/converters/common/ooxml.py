"""What is done to DOCX, PPTX and XLSX before their parsers see them.

The strict variant of ISO 29500 has other names for everything; their parsers know the
transitional ones. A show, a template and a file with macros are presentations by another type.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

from kb.documents.converters.common.markup import xml_bytes, xml_root
from kb.documents.converters.common.namespaces import COMPATIBILITY

_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_TYPES = "[Content_Types].xml"
_PRESENTATION = (
    b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
)
_KINDS_OF_PRESENTATION = re.compile(
    rb"application/vnd\.(?:openxmlformats-officedocument\.presentationml|ms-powerpoint)"
    rb"\.(?:slideshow|template|presentation)(?:\.macroEnabled)?\.main\+xml"
)


def transitional(data: bytes) -> bytes:
    """An office file with transitional names; unchanged if it has no others."""
    data = with_slashes(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if _STRICT not in archive.read("_rels/.rels"):
            return data
    return rewritten(data, lambda name, part: _STRICT_NAME.sub(_renamed, part))


def with_slashes(data: bytes) -> bytes:
    """The file with its parts in folders. Some programs write `xl\\workbook.xml`, which Windows
    takes for the same."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        if not any("\\" in info.filename for info in infos):
            return data
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
            for info in infos:
                new.writestr(info.filename.replace("\\", "/"), archive.read(info))
    return buffer.getvalue()


def presentation(data: bytes) -> bytes:
    """A show, a template or a file with macros as a plain presentation, with transitional names."""
    data = transitional(data)
    changed: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        changed[_TYPES] = _KINDS_OF_PRESENTATION.sub(_PRESENTATION, archive.read(_TYPES))
        for name in archive.namelist():
            if name.startswith("ppt/slide") and name.endswith(".xml"):
                part = archive.read(name)
                if b"AlternateContent" in part:
                    changed[name] = _with_first_choices(part)
    return rewritten(data, lambda name, part: changed.get(name, part))


def _with_first_choices(part: bytes) -> bytes:
    """A slide with the first choice of every mc:AlternateContent in its place: the parser knows
    neither that element nor the shapes inside of it."""
    root = xml_root(part)
    for alternatives in [*root.iter(f"{COMPATIBILITY}AlternateContent")]:
        holder, choice = alternatives.getparent(), alternatives.find(f"{COMPATIBILITY}Choice")
        if holder is not None and choice is not None:
            for child in [*choice]:
                alternatives.addprevious(child)
            holder.remove(alternatives)
    return xml_bytes(root)


def _renamed(match: re.Match[bytes]) -> bytes:
    return b"http://schemas.openxmlformats.org/" + match.group(1) + b"/2006/"


def rewritten(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """An office file with its XML parts changed. `change`: name and content to new content."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for info in old.infolist():
            part = old.read(info)
            if info.filename.endswith((".xml", ".rels")):
                part = change(info.filename, part)
            new.writestr(info.filename, part)
    return buffer.getvalue()
