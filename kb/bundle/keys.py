"""Who made a bundle: Ed25519 signatures (RFC 8032), and the keys that are trusted.

The only importer of cryptography. A public key is written as OpenSSH writes it, so that
`ssh-keygen -lf key.pub` prints the same fingerprint as kb does.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kb.atomic import write_once
from kb.errors import StoreError, UsageError

SIGNATURE_BYTES = 64
_KIND, _PRINT = "ssh-ed25519", "SHA256:"
# A seal is signed in another domain than a manifest, which begins with a brace.
_SEAL = b"kb bundle seal 1\n"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`line` is `ssh-ed25519 AAAA… kb-bundle`."""

    line: str
    _key: Ed25519PublicKey

    @classmethod
    def parse(cls, line: str) -> PublicKey:
        """Raises ValueError when it is no Ed25519 key as OpenSSH writes it."""
        kind, _, rest = line.strip().partition(" ")
        body = rest.split(" ")[0]
        try:
            key = serialization.load_ssh_public_key(f"{kind} {body}".encode())
        except UnsupportedAlgorithm as error:
            raise ValueError(str(error)) from error
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("it is not an Ed25519 key")
        return cls(f"{kind} {body} kb-bundle", key)

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(base64.b64decode(self.line.split(" ")[1])).digest()
        return _PRINT + base64.b64encode(digest).decode().rstrip("=")

    def signed(self, signature: bytes, data: bytes) -> bool:
        """Whether this key signed a manifest's bytes so."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def sealed(self, signature: bytes, digest: bytes) -> bool:
        """Whether this key sealed a frame of this sha256 so."""
        return self.signed(signature, _SEAL + digest)


class SigningKey:
    """A home's own key pair. Nothing prints the private half."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        line = key.public_key().public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        self.public = PublicKey.parse(line.decode())

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)

    def seal(self, digest: bytes) -> bytes:
        return self._key.sign(_SEAL + digest)


def own_key(home: Path) -> SigningKey:
    """The key pair below `home/keys`, made where there is none: 0700 the folder, 0600 the files.

    Raises:
        StoreError: it is there and cannot be read as a key.
        OSError: it cannot be written.
    """
    private, public = home / "keys/bundle.key", home / "keys/bundle.pub"
    private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not private.exists():
        text = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_once(private, text, mode=0o600)
    try:
        key = serialization.load_pem_private_key(private.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(private, str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(private, "it is not an Ed25519 key")
    own = SigningKey(key)
    write_once(public, f"{own.public.line}\n".encode(), mode=0o600)
    return own


@dataclass(frozen=True, slots=True)
class Trust:
    """The fingerprints whose bundles are taken."""

    fingerprints: frozenset[str]

    def __contains__(self, key: PublicKey) -> bool:
        return key.fingerprint in self.fingerprints


def trust(home: Path, listed: Iterable[str]) -> Trust:
    """The home's own key, and those listed: a key's line, its fingerprint, or a .pub file's path.

    Raises:
        UsageError: an entry is none of these.
    """
    own = home / "keys/bundle.pub"
    entries = [*listed, *([str(own)] if own.is_file() else [])]
    return Trust(frozenset(_fingerprint(entry.strip()) for entry in entries))


def _fingerprint(entry: str) -> str:
    if entry.startswith(_PRINT):
        return entry.rstrip("=")
    try:
        text = entry
        if not entry.startswith(f"{_KIND} "):
            text = Path(entry).expanduser().read_text("ascii")
        return PublicKey.parse(text).fingerprint
    except (OSError, ValueError) as error:
        raise UsageError(
            f"'{entry}' is not a public key",
            why=f"it takes a line '{_KIND} AAAA…', a fingerprint '{_PRINT}…', or a .pub file: "
            f"{error}",
            hint="copy keys/bundle.pub of the home that made the bundle, and name that file",
        ) from error


def _no_key(path: Path, why: str) -> StoreError:
    return StoreError(
        f"the signing key {path} cannot be used",
        why=why,
        hint="put the right key back, or move the file away: the next bundle then has a new key, "
        "which its receivers must be told of",
    )
