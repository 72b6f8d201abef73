"""Encryption of a bundle in the age format (https://age-encryption.org/v1), as a stream.

The only importer of pyrage. For recipients the file is an ordinary age file. With a passphrase it
is two: an armored one, sealed by the passphrase, that holds the key to the binary one behind it.
So `age` opens both kinds by hand (docs/bundle.md).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyrage

from kb.bundle.frames import Sink, Source
from kb.bundle.invalid import invalid
from kb.errors import UsageError

_BINARY, _ARMORED = b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----\n"
_ARMOR_END = b"-----END AGE ENCRYPTED FILE-----\n"
_MOST_ARMOR = 4 << 10
_LONGEST = max(len(_BINARY), len(_ARMORED))


@dataclass(frozen=True, slots=True)
class Secrets:
    """What opens an encrypted bundle: files with identities, and a passphrase."""

    identities: tuple[Path, ...] = ()
    passphrase: str = ""


def passphrase_from(file: Path) -> str:
    """The first line of a file. Raises UsageError when it cannot be read, or is empty."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the passphrase file {file} cannot be read",
            why=str(error),
            hint="name a text file whose first line is the passphrase",
        ) from error
    if not lines or not lines[0]:
        raise UsageError(
            f"the passphrase file {file} is empty",
            why="its first line is the passphrase",
            hint="write one into it: a few random words",
        )
    return lines[0]


def check_recipients(texts: Sequence[str]) -> None:
    """Raises UsageError unless each is `age1…` or `ssh-ed25519 …`."""
    for text in texts:
        _recipient(text)


@contextmanager
def encrypting(sink: Sink, recipients: Sequence[str], passphrase: str = "") -> Iterator[Sink]:
    """Give a sink; what is written there goes encrypted to `sink`. With neither, it is `sink`."""
    if not recipients and not passphrase:
        yield sink
        return
    if passphrase:
        once = pyrage.x25519.Identity.generate()
        sink.write(pyrage.passphrase.encrypt(str(once).encode(), passphrase, armored=True))
        readers = [once.to_public()]
    else:
        readers = [_recipient(text) for text in recipients]
    pump = _Pump(lambda reader, faults: pyrage.encrypt_io(reader, _Kept(sink, faults), readers))
    with pump.feeding() as pipe:
        yield pipe


@contextmanager
def decrypting(file: BinaryIO, secrets: Secrets) -> Iterator[Source]:
    """Give a source of the plain bytes of `file`, which may be encrypted or not.

    Raises:
        UsageError: it is encrypted, and nothing was given to open it with.
        InvalidBundle: it is not encrypted for what was given, or it is damaged.
    """
    start = file.read(_LONGEST)
    file.seek(0)
    if start.startswith(_BINARY):
        keys = [key for path in secrets.identities for key in _identities(path)]
        if not keys:
            raise _closed("an identity", "--identity FILE")
    elif start.startswith(_ARMORED):
        if not secrets.passphrase:
            raise _closed("a passphrase", "--passphrase-file FILE")
        keys = [_unwrapped(file, secrets.passphrase)]
    else:
        yield file
        return
    pump = _Pump(lambda writer, faults: pyrage.decrypt_io(file, writer, keys))
    with pump.draining() as pipe:
        yield pipe


def is_encrypted(file: BinaryIO) -> bool:
    start = file.read(_LONGEST)
    file.seek(0)
    return start.startswith((_BINARY, _ARMORED))


def _unwrapped(file: BinaryIO, passphrase: str) -> pyrage.x25519.Identity:
    """Read the armored part, and leave `file` at the beginning of what follows."""
    armor = b""
    while not armor.endswith(_ARMOR_END):
        line = file.readline(256)
        armor += line
        if not line or len(armor) > _MOST_ARMOR:
            raise invalid("its encryption is damaged", "the part for the passphrase has no end")
    try:
        opened = pyrage.passphrase.decrypt(armor, passphrase)
        return pyrage.x25519.Identity.from_str(opened.decode())
    except (pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError) as error:
        raise invalid(
            "this passphrase does not open it",
            str(error),
            "see that the passphrase is the right one; if it is, the file is damaged",
        ) from error


class _Pump:
    """pyrage works from a reader to a writer; a thread and a pipe make a stream of it."""

    def __init__(self, work: Callable[[BinaryIO, list[BaseException]], None]) -> None:
        self._work = work
        self._errors: list[BaseException] = []

    @contextmanager
    def feeding(self) -> Iterator[BinaryIO]:
        """A pipe to write into, for the thread to read from."""
        ours, thread = self._start(writing=True)
        try:
            yield ours
            ours.close()
        except BrokenPipeError:
            # The thread ended before us: its own error says why.
            if not self._errors:
                raise
        finally:
            self._end(ours, thread)
        if self._errors:
            raise self._errors[0]

    @contextmanager
    def draining(self) -> Iterator[BinaryIO]:
        """A pipe to read from, for the thread to write into."""
        ours, thread = self._start(writing=False)
        try:
            yield ours
        except BaseException as error:
            self._end(ours, thread)
            cause = self._errors[0] if self._errors else None
            if isinstance(error, Exception) and cause and not isinstance(cause, BrokenPipeError):
                raise _undecryptable(cause) from cause
            raise
        self._end(ours, thread)
        if self._errors and not isinstance(self._errors[0], BrokenPipeError):
            raise _undecryptable(self._errors[0]) from self._errors[0]

    def _start(self, *, writing: bool) -> tuple[BinaryIO, threading.Thread]:
        read, write = os.pipe()
        ends = (os.fdopen(read, "rb"), os.fdopen(write, "wb"))
        theirs, ours = ends if writing else reversed(ends)
        thread = threading.Thread(target=self._run, args=(theirs,), daemon=True)
        thread.start()
        return ours, thread

    def _end(self, ours: BinaryIO, thread: threading.Thread) -> None:
        with suppress(BrokenPipeError):
            ours.close()
        thread.join()

    def _run(self, theirs: BinaryIO) -> None:
        try:
            self._work(theirs, self._errors)
        except BaseException as error:
            self._errors.append(error)
        finally:
            with suppress(BrokenPipeError):
                theirs.close()


class _Kept:
    """A sink that keeps its first error as it was: pyrage would pass on its text alone."""

    def __init__(self, sink: Sink, errors: list[BaseException]) -> None:
        self._sink = sink
        self._errors = errors

    def write(self, data: bytes) -> int:
        try:
            self._sink.write(data)
        except BaseException as error:
            self._errors.append(error)
            raise
        return len(data)

    def flush(self) -> None: ...


def _recipient(text: str) -> pyrage.x25519.Recipient | pyrage.ssh.Recipient:
    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except pyrage.RecipientError as error:
        raise UsageError(
            f"'{text}' is not a recipient",
            why=str(error),
            hint="a recipient is age1… (age-keygen prints it) or an ssh-ed25519 public key",
        ) from error


def _identities(path: Path) -> list[pyrage.x25519.Identity | pyrage.ssh.Identity]:
    """Of an age identity file every line, of an SSH key file the key."""
    try:
        text = path.read_bytes()
        if text.startswith(b"-----BEGIN"):
            return [pyrage.ssh.Identity.from_buffer(text)]
        lines = [line.strip() for line in text.decode("ascii").splitlines()]
        return [
            pyrage.x25519.Identity.from_str(line)
            for line in lines
            if line and not line.startswith("#")
        ]
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise UsageError(
            f"the identity {path} cannot be used",
            why=str(error),
            hint="name a file made by age-keygen, or an unencrypted SSH key",
        ) from error


def _closed(what: str, option: str) -> UsageError:
    return UsageError(
        "the bundle is encrypted",
        why=f"it takes {what} to open it",
        hint=f"run the command again with {option}",
    )


def _undecryptable(error: BaseException) -> BaseException:
    return invalid(
        "it cannot be decrypted",
        str(error),
        "see that the identity is one that it was encrypted to; if it is, the file is damaged",
    )
