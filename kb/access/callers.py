"""Who asks: a name, a role, and the collections that it may see."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kb.errors import RequestRejected

OWNER = "owner"
"""The name of whoever holds the server's own token."""


CONVERSATIONS = "serve/conversations"
"""Where conversations are kept, below the home folder."""


def conversations_of(home: Path, name: str) -> Path:
    """The folder of a person's conversations; a name may hold anything, so it is its hash."""
    return home / CONVERSATIONS / hashlib.sha256(name.encode()).hexdigest()[:32]


class Role(StrEnum):
    """What a caller may do, each also what those before it may."""

    READER = "reader"
    """Search, ask, open documents."""
    EDITOR = "editor"
    """Add documents, and take its own out again."""
    ADMIN = "admin"
    """See the server's state: paths, failures, sizes, runs."""

    def covers(self, other: Role) -> bool:
        order = [*Role]
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. `collections` None stands for all that are served."""

    name: str
    role: Role
    collections: frozenset[str] | None = None

    def may_see(self, collection: str) -> bool:
        return self.collections is None or collection in self.collections

    def sees(self, served: tuple[str, ...]) -> tuple[str, ...]:
        """Of the collections that are served those that it may see, in their order."""
        return tuple(name for name in served if self.may_see(name))

    def require(self, role: Role) -> None:
        """Raises RequestRejected (403): its role does not cover this one."""
        if not self.role.covers(role):
            raise RequestRejected(
                f"this needs the role '{role}'",
                why=f"'{self.name}' is {self.role}",
                hint=f"whoever runs the server can change it: kb users grant {self.name} "
                f"--role {role}",
                status=403,
            )


OWNING = Caller(OWNER, Role.ADMIN)
"""Whoever holds the server's own token."""
