"""Bytes to text: which encoding a file is in.

UTF-8 and the Unicode encodings are recognised by their own form. Between GB18030 and Big5 the
statistics of a whole page would help, but many files hold one line; the double bytes themselves
tell more: the standards order characters by frequency, so ordinary text in its own encoding lies
almost wholly in the first of the two levels (GB 2312 rows 16 to 55, 3,755 characters; Big5 0xA440
to 0xC67E, 5,401 characters) and in the other encoding does not. What is neither is left to
charset-normalizer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from kb.errors import DamagedDocument
from kb.text.readable import readable

CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs"}
"""What a page or a mail is in that declares one of these: programs write more than it holds."""

_SAMPLE = 200_000
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SEVEN_BIT = (
    (re.compile(rb"\x1b\$[@B]|\x1b\([IJ]|\x1b\$\([DOPQ]"), "iso2022_jp_3"),
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (re.compile(rb"~\{(?:[!-w][!-~]){2,}~\}"), "hz"),
)
_UNICODE_SHARE = 0.9
_LEVEL_SHARE = 0.85
# The share of the commonest characters in running Chinese text is about a third; Korean text
# read as GB18030 looks like ordinary characters that never form any of these.
COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年"
    "過作里後后用道行所然家种事成方多經经么去法学學如都同现現当當没沒动動面起看定天分还還进進好"
    "小部其些主样樣理心本前开開但因只从從想实實日軍者意無无力它與与長长把机機十民第公此已工使情"
    "明性知全三又關关點点正業业外將将兩两高間间由問问很最重並并物手應应戰战向頭头文體体政美相見"
    "见被利什二等產产或新己制身果加西斯月話话合回特代內内信表化老給给世位次度門门任常先海通教兒"
    "儿東东聲声提立及比員员解水名真論论處处走義义各入幾几口認认條条平系氣气題题活爾尔更別别打女"
    "變变四神總总何電电數数安少報报才結结反受目太量再感建務务做接必場场件計计管期市直德資资命山"
    "金指克許许統统區区保至隊队形社便空決决治展馬马科司五基眼書书非則则聽听白卻却界達达光放強强"
    "即像難难且權权思王象完設设式色路記记南品住告類类求據据程北邊边死張张該该交規规萬万取拉格望"
    "覺觉術术領领共確确傳传師师觀观清今切院讓让識识候帶带導导爭争運运甲乙方合同号號码碼价價"
)


_WESTERN = frozenset(
    "àâäáãåæçèéêëìíîïñòóôöõøœùúûüßÀÂÄÁÅÆÇÈÉÊËÑÓÔÖØÙÚÜ€£§°«»©®±·½×÷¿¡–—‘’“”„•…™²³µ\xa0\xad"
)


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of the encoding it was in. The BOM is not part of the text.

    Undecodable bytes become U+FFFD as long as they are few.

    Raises:
        DamagedDocument: the bytes are not text in any encoding known here.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _checked(data[len(bom) :].decode(encoding, "replace"), encoding)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if text.isascii() and (found := _seven_bit(data)):
            return _checked(data.decode(found), found)
        if "\x00" not in text[:_SAMPLE] and _is_plausible(text):
            return _checked(text, "utf-8")
    sample = data[:_SAMPLE]
    for rule in (_wide, _utf8_with_faults, _japanese, _chinese, _western, _other):
        found = rule(sample)
        if rule is _utf8_with_faults and found and (text := _line_by_line(data)):
            return _checked(text, "utf-8, gb18030")
        if found:
            return _checked(data.decode(found, "replace"), found)
    if text := _line_by_line(data):
        return _checked(text, "utf-8, gb18030")
    raise _not_text()


def _line_by_line(data: bytes) -> str:
    """A log that several programs wrote to: each line in UTF-8 or in GB18030. "" if one is in
    neither, or none in UTF-8 has characters beyond ASCII."""
    lines, wide = [], False
    for line in data.split(b"\n"):
        try:
            lines.append(line.decode("utf-8"))
            wide |= not line.isascii()
        except UnicodeDecodeError:
            try:
                lines.append(line.decode("gb18030"))
            except UnicodeDecodeError:
                return ""
            if not all(map(_gb_level_one, (c for c in lines[-1] if ord(c) > 0x7F))):
                return ""
    return "\n".join(lines) if wide else ""


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file look like text. They may end within a character."""
    try:
        decode(head)
    except DamagedDocument:
        return False
    return True


def decode_names(names: Sequence[bytes]) -> list[str]:
    """The names in an archive that does not say how they are encoded, all in the same way.

    UTF-8, else GB18030, Big5 or Shift-JIS by the share of common characters, else code page 437,
    which ZIP's specification names.
    """
    joined = b"\n".join(names)
    for encoding, common in (
        ("utf-8", lambda _: True),
        ("gb18030", _gb_level_one),
        ("big5hkscs", _big5_level_one),
        ("cp932", _japanese_name),
    ):
        try:
            text = joined.decode(encoding)
        except UnicodeDecodeError:
            continue
        wide = [c for c in text if ord(c) > 0x7F]
        runs = len(re.findall(r"[^\x00-\x7f]+", text))
        enough = encoding == "utf-8" or len(wide) >= 2 * runs
        if enough and sum(map(common, wide)) >= _LEVEL_SHARE * len(wide):
            return [name.decode(encoding) for name in names]
    return [name.decode("cp437") for name in names]


def _japanese_name(character: str) -> bool:
    """Kana, or a kanji of JIS X 0208's first level (Shift-JIS 0x889F to 0x9872)."""
    code = character.encode("cp932", "replace")
    return "\u3041" <= character <= "\u30fe" or b"\x88\x9f" <= code <= b"\x98\x72"


def _checked(text: str, encoding: str) -> tuple[str, str]:
    if not _is_plausible(text):
        raise _not_text()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    return readable(lines), encoding


def _is_plausible(text: str) -> bool:
    sample = text[:_SAMPLE]
    odd = len(_CONTROL.findall(sample)) + sample.count("\ufffd")
    return odd <= 2 + len(sample) * 0.05


def _not_text() -> DamagedDocument:
    return DamagedDocument(
        "the file is not text",
        why="its bytes are not valid in UTF-8, UTF-16, UTF-32, GB18030, Big5 or a known legacy "
        "encoding",
        hint="give the file the extension of its real format, or exclude it",
    )


def _utf8_with_faults(sample: bytes) -> str | None:
    """UTF-8 that was cut or spliced: nearly all its multi-byte sequences are valid."""
    whole = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", sample))
    faults = sample.decode("utf-8", "replace").count("\ufffd")
    high = len(re.findall(rb"[\x80-\xff]", sample))
    if sample.count(0) * 20 > len(sample):
        return None
    if whole >= 10 * faults or (faults <= 2 and (whole >= 2 * faults or high * 50 < len(sample))):
        return "utf-8"
    return None


def _seven_bit(data: bytes) -> str | None:
    """ISO 2022 for Japanese and Korean, and HZ: letters of ASCII between marks that stand for
    characters. Read as ASCII they are noise."""
    for marks, encoding in _SEVEN_BIT:
        if marks.search(data[:_SAMPLE]):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            wide = [character for character in text if not character.isascii()]
            if encoding != "hz" or sum(map(_gb_level_one, wide)) >= _LEVEL_SHARE * len(wide) > 0:
                return encoding
    return None


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a BOM: read in one of them, almost all is ordinary text."""
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    zeros = sample[: 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
    if min(zeros) * 20 <= pairs and max(zeros) * 5 > pairs * 2:  # Latin letters
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    best, best_share = None, _UNICODE_SHARE
    for encoding, unit in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        whole = sample[: len(sample) // unit * unit]
        try:
            text = whole.decode(encoding)
        except UnicodeDecodeError:
            continue
        share = _share(text, _ordinary)
        # Pairs of Chinese bytes or of Latin letters also land among the Han characters of
        # UTF-16; real text has line ends, spaces, digits or the commonest characters as well.
        anchor = _share(text, lambda c: c in " \n\r,.0123456789，。、" or c in COMMON)
        if share > best_share and anchor > 0.1:
            best, best_share = encoding, share
    return best


def _chinese(sample: bytes) -> str | None:
    """GB18030 or Big5, by the share of double bytes in the level of common characters."""
    if b"\x00" in sample:
        return None
    scores = {}
    for encoding, level in (("gb18030", _gb_level_one), ("big5hkscs", _big5_level_one)):
        text = sample.decode(encoding, "replace")
        wide = [c for c in text if ord(c) > 0x7F]
        if not wide:
            return None
        share = sum(map(level, wide)) / len(wide)
        common = sum(c in COMMON for c in wide) / len(wide)
        scores[encoding] = (share + common, share, common)
    encoding, (_, share, common) = max(scores.items(), key=lambda item: item[1])
    # A line of names may lack common characters; a longer Chinese text never does.
    enough = common > 0.08 or len(sample) < 40
    return encoding if share >= _LEVEL_SHARE and enough else None


def _gb_level_one(character: str) -> bool:
    code = character.encode("gb18030", "replace")
    level = len(code) == 2 and (0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7)
    return level and code[1] >= 0xA1


def _big5_level_one(character: str) -> bool:
    code = character.encode("big5hkscs", "replace")
    return len(code) == 2 and 0xA1 <= code[0] <= 0xC6


def _japanese(sample: bytes) -> str | None:
    """EUC-JP, which is laid out like GB18030: only the kana give it away."""
    text = sample.decode("euc_jp", "replace")
    wide = [c for c in text if ord(c) > 0x7F]
    kana = sum("\u3041" <= c <= "\u30fe" for c in wide)
    return "euc_jp" if kana * 4 > len(wide) and text.count("\ufffd") * 50 < len(wide) else None


def _western(sample: bytes) -> str | None:
    """Windows-1252, when the few letters with accents are those of Western languages."""
    high = [c for c in sample.decode("cp1252", "replace") if ord(c) > 0x7F]
    if len(high) * 4 < len(sample) and _WESTERN.issuperset(high):
        return "cp1252"
    return None


def _other(sample: bytes) -> str | None:
    if b"\x00" in sample:
        return None
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:20_000]).best()
    if best is None or best.encoding.startswith(("utf_16", "utf_32")):
        return None
    return best.encoding


def _share(text: str, test: Callable[[str], bool]) -> float:
    text = text[:5000]
    return sum(map(test, text)) / max(1, len(text))


def _ordinary(character: str) -> bool:
    code = ord(character)
    if code < 0x80:
        return character.isprintable() or character in "\t\n\r"
    # Not kb.text.han.HAN: rare characters of its extensions are what a wrong guess makes.
    if 0x4E00 <= code <= 0x9FFF or 0x3000 <= code <= 0x30FF or 0xFF00 <= code <= 0xFFEF:
        return True
    if 0x2010 <= code <= 0x2030 or 0xAC00 <= code <= 0xD7A3:
        return True
    return code < 0x0530 and unicodedata.category(character)[0] in "LP"
