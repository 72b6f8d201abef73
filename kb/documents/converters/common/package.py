"""An office file as a package of parts (ISO 29500-2): what a part relates to, and its XML."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from kb.documents.converters.common.markup import xml_root
from kb.documents.converters.common.ooxml import transitional
from kb.errors import DamagedDocument


@dataclass(frozen=True, slots=True)
class Relation:
    """`kind` is the last word of the relation's type (styles, header, aFChunk), `target` a part's
    name."""

    kind: str
    target: str


class Package:
    """The parts of a DOCX, PPTX or XLSX, read as they are asked for.

    Names are compared without regard to case, as Word does. A relation to a part that is not
    there is left out: files of other programs have them, and Word opens these files.
    """

    def __init__(self, data: bytes) -> None:
        """Raises zipfile.BadZipFile, KeyError: it is no package."""
        self._archive = zipfile.ZipFile(io.BytesIO(transitional(data)))
        self._names = {info.filename.lower(): info for info in self._archive.infolist()}
        self._relations: dict[str, dict[str, Relation]] = {}

    def main_part(self) -> str:
        """The part that holds the document itself.

        Raises:
            DamagedDocument: there is none.
        """
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                return relation.target
        raise DamagedDocument(
            "the office file has no document in it",
            why="its list of parts names no main part",
            hint="open it in the program it was made with and save it again",
        )

    def relations(self, part: str) -> dict[str, Relation]:
        """A part's relations to other parts, by their ids. "" is the package itself."""
        if part not in self._relations:
            self._relations[part] = dict(self._read_relations(part))
        return self._relations[part]

    def related(self, part: str, *kinds: str) -> list[str]:
        """Names of the parts that `part` relates to in one of these kinds, in their order."""
        return [one.target for one in self.relations(part).values() if one.kind in kinds]

    def target(self, part: str, relation_id: str | None) -> str:
        """The part that a relation of `part` leads to, "" where there is none."""
        found = self.relations(part).get(relation_id or "")
        return found.target if found else ""

    def bytes_of(self, part: str) -> bytes:
        return self._archive.read(self._names[part.lower()])

    def root(self, part: str) -> Any:
        """The root element of an XML part. Raises DamagedDocument."""
        return xml_root(self.bytes_of(part))

    def _read_relations(self, part: str) -> list[tuple[str, Relation]]:
        folder, name = posixpath.split(part)
        file = posixpath.join(folder, "_rels", f"{name}.rels")
        if file.lower() not in self._names:
            return []
        found = []
        for one in self.root(file):
            if one.get("TargetMode") == "External":
                continue
            target = unquote(one.get("Target") or "")
            target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            if target.lower() in self._names:
                kind = (one.get("Type") or "").rpartition("/")[2]
                found.append((one.get("Id") or "", Relation(kind, target)))
        return found
