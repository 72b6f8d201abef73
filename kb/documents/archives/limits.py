"""What an archive may unpack to, and a file that holds others may hold."""

from __future__ import annotations

from dataclasses import dataclass

from kb.errors import LimitExceeded
from kb.types import SourceFile

MOST_MEMBERS = 10_000
MOST_UNPACKED = 1 << 30
MOST_NESTED = 3
MOST_MAILS = 100_000
"""In one mailbox, which is not packed: its size bounds what comes out of it."""

SUSPICIOUS_SIZE = 64 << 20
SUSPICIOUS_RATIO = 200
_MOST_REFUSED = 10
MOST_LATE = 3
MEMBERS_TIME, _MEBIBYTES_TIME = 12, 0.1
"""How many times the limit of one file all members of a file may take together; and how much more
for each MiB of the file: scans take long, and are large."""


class ArchiveLimit(Exception):
    """The cause of a LimitExceeded that is an archive's, and not one of time or memory, which an
    honest document may meet too."""


@dataclass(slots=True)
class Budget:
    """What has been found in one file so far, in all archives within it.

    `refused` counts the members over one of these limits: with ten of them a file is given up, for
    a bomb has thousands. So it is with three that were `late`, which took longer than a file may
    (`limit`), and when all of them together have taken longer than `most`.
    """

    limit: float
    file: SourceFile
    members: int = 0
    size: int = 0
    refused: int = 0
    late: int = 0
    seconds: float = 0

    def is_over(self) -> bool:
        return bool(self.reason())

    def reason(self) -> str:
        """Why a file is given up; nothing while it is not."""
        if self.refused >= _MOST_REFUSED:
            return f"{_MOST_REFUSED} of its members are over a limit"
        if self.late >= MOST_LATE:
            return f"{MOST_LATE} of its members took longer than {self.limit:g} seconds"
        if self.seconds > self.most:
            return f"its members took longer than {self.most:.0f} seconds together"
        return ""

    @property
    def most(self) -> float:
        """Seconds that all members may take together."""
        return self.limit * (MEMBERS_TIME + _MEBIBYTES_TIME * (self.file.size >> 20))

    def left(self) -> float:
        """How many seconds one more member may take."""
        return 0.0 if self.is_over() else min(self.limit, self.most - self.seconds)

    def take(self, opened: tuple[SourceFile, ...], path: str) -> None:
        """Raises LimitExceeded for more than 10,000 members, or 1 GiB unpacked."""
        members = self.members + len(opened)
        size = self.size + sum(member.size for member in opened)
        if members > MOST_MEMBERS or size > MOST_UNPACKED:
            raise too_many(path)
        self.members, self.size = members, size


def check_ratio(path: str, size: int, packed: int) -> None:
    """Raises LimitExceeded for more than 64 MiB that took less than a 200th of it: text packs to
    a twentieth, what packs to less was made to."""
    if is_suspicious(size, packed):
        raise unpacks_to_too_much(path)


def is_suspicious(size: int, packed: int) -> bool:
    return size > SUSPICIOUS_SIZE and size > SUSPICIOUS_RATIO * packed


def _limit(what: str, why: str, hint: str) -> LimitExceeded:
    error = LimitExceeded(what, why=why, hint=hint)
    error.__cause__ = ArchiveLimit()
    return error


def unpacks_to_too_much(path: str) -> LimitExceeded:
    return _limit(
        f"'{path}' unpacks to too much",
        f"more than {MOST_UNPACKED >> 20} MiB, or more than {SUSPICIOUS_RATIO} times its size",
        "unpack it into the folder if you trust it, or exclude it",
    )


def too_many(path: str) -> LimitExceeded:
    return _limit(
        f"'{path}' unpacks to too much",
        f"more than {MOST_MEMBERS:,} members or {MOST_UNPACKED >> 20} MiB in one file",
        "unpack it into the folder if you trust it, or exclude it",
    )


def too_deep(source: SourceFile) -> LimitExceeded:
    return _limit(
        f"'{source.path}' lies too deep",
        f"archives and mails are opened {MOST_NESTED} deep",
        "unpack the outermost archive into the folder",
    )


def given_up(path: str, budget: Budget) -> LimitExceeded:
    hint = "unpack it into the folder if you trust it, or exclude it"
    if budget.refused < _MOST_REFUSED:
        hint = f"raise ingest.seconds_per_file, {hint}"
    return _limit(f"'{path}' is given up", f"{budget.reason()}; the rest of it was left out", hint)
