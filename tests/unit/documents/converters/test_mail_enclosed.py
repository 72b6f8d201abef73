"""Mail whose text, or whose files, are written in an older way or within a signature."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.documents.archives.opening import Opened
from kb.documents.converters.common.signed import enclosed
from kb.documents.parse import parse
from kb.errors import DamagedDocument, ProtectedDocument
from tests.unit.documents.samples import parsed, texts

HEAD = b"From: a@a.invalid\r\nTo: b@b.invalid\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
SIGNED, ENVELOPED, PLAIN = "2a864886f70d010702", "2a864886f70d010703", "2a864886f70d010701"
PACKED = "2a864886f70d0109100109"
INNER = (
    b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nThe meeting is in room 305.\r\n"
    b'--B\r\nContent-Type: text/csv; name="p.csv"\r\n\r\nPart,Price\r\nBolt,3.50\r\n--B--\r\n'
)


def value(tag: int, *inside: bytes) -> bytes:
    """In DER: a tag, the length, what is inside."""
    content = b"".join(inside)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + content


def open_ended(tag: int, *inside: bytes) -> bytes:
    """In BER without a length: programs that write while they read make it so."""
    return bytes([tag, 0x80]) + b"".join(inside) + b"\0\0"


def kind(name: str) -> bytes:
    return value(6, bytes.fromhex(name))


def cms(content: bytes, name: str = SIGNED) -> bytes:
    held = value(0x30, kind(PLAIN), value(0xA0, value(4, content)))
    algorithm = value(0x30, kind(PLAIN))
    before = algorithm if name == PACKED else value(0x31, algorithm)
    behind = b"" if name == PACKED else value(0x31)
    return value(0x30, kind(name), value(0xA0, value(0x30, value(2, b"\1"), before, held, behind)))


def mail(data: bytes) -> bytes:
    fields = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return HEAD + fields + base64.encodebytes(data)


def read(path: Path, data: bytes) -> tuple[list[str], list[list[str]]]:
    """What stands in a mail below its head, and in each of its files."""
    document = parsed(path, data)
    assert isinstance(document, Opened)
    return texts(document)[1:], [texts(parse(member)) for member in document.members]


def test_a_mail_within_its_signature_is_read_with_its_files(tmp_path: Path) -> None:
    body, files = read(tmp_path / "a.eml", mail(cms(INNER)))
    assert body == ["The meeting is in room 305.", "Attachments: p.csv"]
    assert files == [["Part: Bolt | Price: 3.50"]]


def test_one_signed_twice_and_one_that_is_packed_are_read(tmp_path: Path) -> None:
    twice = b"Content-Type: application/pkcs7-mime\r\n\r\n" + cms(b"\r\nRoom 305.\r\n")
    assert read(tmp_path / "a.eml", mail(cms(twice)))[0] == ["Room 305."]
    packed = cms(zlib.compress(b"\r\nRoom 306.\r\n"), PACKED)
    assert read(tmp_path / "b.eml", mail(packed))[0] == ["Room 306."]


def test_what_is_written_in_pieces_without_a_length_is_whole() -> None:
    pieces = open_ended(0x24, value(4, b"Room "), open_ended(0x24, value(4, b"305.")))
    held = open_ended(0x30, kind(PLAIN), open_ended(0xA0, pieces))
    signed = open_ended(0x30, value(2, b"\1"), value(0x31), held, value(0x31))
    assert enclosed(open_ended(0x30, kind(SIGNED), open_ended(0xA0, signed))) == b"Room 305."


@pytest.mark.parametrize("cut", [0, 1, 3, 20, 40])
def test_damaged_data_encloses_nothing(cut: int) -> None:
    assert enclosed(cms(b"Room 305.")[:cut]) is None
    assert enclosed(b"\x30\x80" * 4000) is None


def test_an_encrypted_mail_is_protected(tmp_path: Path) -> None:
    with pytest.raises(ProtectedDocument):
        parsed(tmp_path / "a.eml", mail(cms(b"secret", ENVELOPED)))


def uuencoded(name: str, data: bytes) -> str:
    lines = [binascii.b2a_uu(data[at : at + 45]).decode() for at in range(0, len(data), 45)]
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


def test_a_file_that_is_written_into_the_text_is_one_of_its_own(tmp_path: Path) -> None:
    data = "单价：88 元\n".encode() * 5
    text = f"The total is 4,520.\n\n{uuencoded('offer.txt', data)}\nRegards\n".encode()
    body, files = read(tmp_path / "a.eml", HEAD + b"\r\n" + text)
    assert body == ["The total is 4,520.", "Regards", "Attachments: offer.txt"]
    assert files == [["单价：88 元"] * 5]


def test_a_text_that_only_looks_so_stays(tmp_path: Path) -> None:
    text = "begin 644 times\nTHIS IS NO FILE\nend\n"
    body, files = read(tmp_path / "a.eml", HEAD + b"\r\n" + text.encode())
    assert " ".join(body).split() == text.split()
    assert not files


@pytest.mark.parametrize("written", [bytes, base64.encodebytes])
def test_a_signed_file_is_the_file_in_it(tmp_path: Path, written: Callable[[bytes], bytes]) -> None:
    document = parsed(tmp_path / "prices.csv.p7m", written(cms(b"part,price\nbolt,3.50\n")))
    assert isinstance(document, Opened)
    (member,) = document.members
    assert member.path == "prices.csv.p7m!/prices.csv"
    assert parse(member).text == "part: bolt | price: 3.50"


def test_a_signed_file_without_another_name_is_a_mail(tmp_path: Path) -> None:
    document = parsed(tmp_path / "smime.p7m", cms(INNER))
    assert isinstance(document, Opened)
    (member,) = document.members
    assert "The meeting is in room 305." in texts(parse(member))
    with pytest.raises(ProtectedDocument):
        parsed(tmp_path / "secret.pdf.p7m", cms(b"x", ENVELOPED))
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "cut.pdf.p7m", cms(b"x")[:20])
