"""What all makers share: where files go, one fixed date, and zip files that come out the same."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
FIXED = datetime(2024, 11, 30, 8, 0, 0)
AUTHOR = "kb demo corpus"

_CORE_DATE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def write_zip_document(path: Path, data: bytes) -> None:
    """Store an OOXML file with fixed member times and dates, so that its bytes do not change."""
    stamp = FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            body = old.read(name)
            if name == "docProps/core.xml":
                body = _CORE_DATE.sub(rb"\g<1>" + stamp + rb"\g<3>", body)
            member = zipfile.ZipInfo(name, FIXED.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, body)
