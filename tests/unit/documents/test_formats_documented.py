"""docs/formats.md names every format and every limit, and no other."""

from __future__ import annotations

from pathlib import Path

from kb.documents import detect, parse, reading
from kb.documents.archives import limits
from kb.documents.converters import image
from kb.documents.converters.common import programs, sheets
from kb.documents.formats import formats
from kb.documents.limits import MOST_CHARACTERS
from tests.unit.core.test_documentation import table

TEXT = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_every_format_has_its_row() -> None:
    assert set(table(TEXT, "format")) == {one.name for one in formats()}


def test_a_format_that_needs_a_program_says_so() -> None:
    needs = {kind: row.rpartition("|")[2].strip() for kind, row in table(TEXT, "format").items()}
    named = {kind: program for kind, program in needs.items() if program}
    pandoc = dict.fromkeys(("rst", "org", "odt", "rtf", "epub"), "pandoc")
    others = {
        "doc": "LibreOffice",
        "ppt": "LibreOffice",
        "7z": "bsdtar",
        "rar": "bsdtar",
        "pst": "readpst",
        "chm": "extract_chmLib",
        "djvu": "DjVuLibre",
    }
    assert named == pandoc | others


def test_every_limit_is_the_one_in_force() -> None:
    def mebibytes(size: int) -> str:
        return f"{size >> 20:,} MiB"

    assert table(TEXT, "limit") == {
        "a file, or a member": mebibytes(reading.MOST_BYTES),
        "text formats": mebibytes(parse.MOST_TEXT_BYTES),
        "text of one document": f"{MOST_CHARACTERS:,} characters",
        "members of one file, in all archives within it": f"{limits.MOST_MEMBERS:,}",
        "what they unpack to in all": mebibytes(limits.MOST_UNPACKED),
        "mails in one mailbox": f"{limits.MOST_MAILS:,}",
        "archives and mails within each other": f"{limits.MOST_NESTED} deep",
        f"what is packed to less than a {limits.SUSPICIOUS_RATIO}th": mebibytes(
            limits.SUSPICIOUS_SIZE
        ),
        "XML of one office file": mebibytes(detect.MOST_XML),
        "columns of a sheet": f"{sheets.MOST_COLUMNS:,}",
        "an image": f"{image.MOST_PIXELS:,} pixels, {image.MOST_PAGES} pages",
        "time and memory of one file": "`ingest.seconds_per_file`, `ingest.megabytes_per_file`",
        "members of one file that take longer than that": f"{limits.MOST_LATE}",
        "time of all members of one file together": (
            f"{limits.MEMBERS_TIME} times that of one file, "
            "and a tenth of it for each MiB of the file"
        ),
        "a conversion by a program": f"{programs.SECONDS} seconds",
    }
