"""Which bundle each part of a home was installed from, so that an older one is not installed by
mistake, or because somebody wants an old weakness back.

`<home>/bundles/<part>` is JSON: the manifest that was installed, its signature and the key. So it
says no other time than the owner of a trusted key signed. It lies where no command in the sandbox
can write.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kb import atomic
from kb.bundle.invalid import invalid
from kb.bundle.keys import PublicKey, Trust
from kb.bundle.manifest import MOST_BYTES, Manifest, parse_manifest
from kb.bundle.reading import Signed
from kb.errors import InvalidBundle, OlderBundle, StoreDamaged
from kb.statefile import read_text

FOLDER = "bundles"
_LARGEST = 2 * MOST_BYTES


@dataclass(frozen=True, slots=True)
class Record:
    """Of the home folder `root`; `collection` is another name for a bundle's one index."""

    root: Path
    trusted: Trust
    collection: str = ""

    def refuse_older(self, manifest: Manifest) -> None:
        """
        Raises:
            OlderBundle: a part of it is older than what is installed.
            StoreDamaged: what is installed cannot be told.
        """
        for part in self._parts(manifest):
            installed = self._installed(part)
            if installed and time_of(manifest) < time_of(installed):
                raise OlderBundle(
                    f"the bundle is older than what is installed ({part})",
                    why=f"it was made {manifest.created} with kb {manifest.kb}, what is there "
                    f"{installed.created} with kb {installed.kb}",
                    hint="take the newest bundle; if you do want the older one: "
                    "kb bundle install --allow-older FILE",
                )

    def note(self, signed: Signed) -> None:
        """Keep that these parts come from this bundle now."""
        content = {
            "manifest": base64.b64encode(signed.text).decode("ascii"),
            "signature": base64.b64encode(signed.signature).decode("ascii"),
            "key": signed.key.line,
        }
        folder = self.root / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in self._parts(parse_manifest(signed.text)):
            atomic.replace_text(
                folder / part,
                json.dumps(content) + "\n",
                fsync=True,
                fsync_folder=True,
                mode=0o600,
                locked=True,
            )

    def _parts(self, manifest: Manifest) -> Iterator[str]:
        """What of a home a bundle replaces; each has its own age."""
        if manifest.target:
            yield "program"
        if manifest.models:
            yield "models"
        alone = len(manifest.indexes) == 1
        for index in manifest.indexes:
            yield f"index-{self.collection if alone and self.collection else index.collection}"

    def _installed(self, part: str) -> Manifest | None:
        file = self.root / FOLDER / part
        try:
            return self._read(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, InvalidBundle) as error:
            raise StoreDamaged(
                f"which bundle is installed cannot be told ({part})",
                why=f"{file}: {error.why if isinstance(error, InvalidBundle) else error}",
                hint="if this bundle is the newest that there is: "
                "kb bundle install --allow-older FILE",
            ) from error

    def _read(self, file: Path) -> Manifest:
        found = json.loads(read_text(file, _LARGEST))
        if not isinstance(found, Mapping) or not all(
            isinstance(found.get(name), str) for name in ("manifest", "signature", "key")
        ):
            raise ValueError("it is no record of a bundle")
        key = PublicKey.parse(found["key"])
        text = base64.b64decode(found["manifest"], validate=True)
        if key not in self.trusted:
            raise ValueError(f"it is signed with {key.fingerprint}, which is not trusted")
        if not key.signed(base64.b64decode(found["signature"], validate=True), text):
            raise ValueError("its signature is wrong")
        return parse_manifest(text)


def time_of(manifest: Manifest) -> datetime:
    """When a bundle was made, by the clock of the machine that made it.

    Raises:
        InvalidBundle: that is no time.
    """
    try:
        made = datetime.fromisoformat(manifest.created)
    except ValueError as error:
        raise invalid(f"{manifest.created!r} is not a time", str(error)) from error
    return made if made.tzinfo else made.replace(tzinfo=UTC)
