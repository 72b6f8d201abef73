"""What a worker is left with: the sources to read and a scratch folder to write.

A file may make its parser do anything. So a worker can change nothing that a later run believes:
the configuration, keys, the store. What it says is read as text: its result by
kb/documents/pool/validation.py, its standard error by starter.py, the connections that were
blocked in it here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from kb import egress, egress_log, sandbox


@dataclass(frozen=True, slots=True)
class Confinement:
    """Handed to each worker as it starts. `policy` is None where the sandbox is turned off,
    `required` names the parts of it that hold for the command already."""

    scratch: str
    policy: sandbox.Policy | None
    required: frozenset[str]

    def enter(self) -> None:
        """For the rest of this process. Raises OSError where less would hold than for the command:
        then nothing is read."""
        os.environ["TMPDIR"] = self.scratch
        egress.keep_instead(Path(self.scratch) / egress_log.NAME)
        if self.policy is None:
            return
        missing = [part for part in sandbox.enforce(self.policy) if not part.in_force]
        lost = [f"{part.name}: {part.detail}" for part in missing if part.name in self.required]
        if lost:
            raise OSError(f"a worker is not confined: {'; '.join(lost)}")


def confinement(scratch: str, *, sandboxed: bool) -> Confinement:
    """What the workers of this process are left with."""
    policy = sandbox.policy().for_worker(Path(scratch)) if sandboxed else None
    required = frozenset(part.name for part in sandbox.in_force() if part.in_force)
    return Confinement(scratch, policy, required)


class BlockedInWorkers:
    """Keeps what was blocked in the workers of one pool beside what was blocked in the command."""

    def __init__(self, scratch: str) -> None:
        self._follower = egress_log.Follower(Path(scratch) / egress_log.NAME)

    def keep(self) -> None:
        """What came since the last call."""
        for attempt in self._follower.new():
            egress.keep_foreign(attempt)
