"""What a command declares that it touches. `kb/cli/confine.py` enforces that it touches no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


def _nothing(parameters: Mapping[str, Any]) -> Sequence[Path]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The needs of one command, beside what every command may do: read and write the collections
    and what kb notes for itself below the home folder, read the files that its own parameters
    name. Nothing that says how kb is to behave is written by a command in the sandbox.

    What is left out is not allowed: `Needs()` is the least.

    Raises:
        ValueError: nothing is enforced, and no reason for it is given.
    """

    home: Literal["reads", "writes", "watches"] = "reads"
    """`writes`: it takes the writer's lock. `watches`: it sees what is ingested later. For both
    the folder is made where it is missing, because rights are given on what is there."""

    sources: bool = False
    """It reads again the files that were ingested before."""

    models: Literal["no", "lists", "runs"] = "no"
    """`lists`: it looks into the models folder. `runs`: it also reaches the model servers."""

    store: bool = False
    """It reads the vectors: from a server, where one is configured."""

    listens: bool = False
    """It answers at `serve.host` and `serve.port`, reads `serve.token_file` and who may ask, and
    keeps what it has to below `serve/`."""

    lists_users: bool = False
    """It reads who may ask `kb serve`."""

    feedback: bool = False
    """With `from_feedback` it reads the conversations that kb serve keeps."""

    chats: bool = False
    """It keeps conversations."""

    wipes: bool = False
    """With `purge` it reads all of the home folder, deletes conversations and empties reports."""

    outputs: Callable[[Mapping[str, Any]], Sequence[Path]] = _nothing
    """The files that it writes beside these, told from its parameters. Each is made before the
    sandbox closes, and written in its place."""

    readable_by_others: bool = False
    """What it puts in place is meant for other accounts of the machine, too."""

    outside_sandbox: str = ""
    """Why it runs without the kernel's sandbox; empty: it runs inside."""

    enforced: Literal["before", "within", "never"] = "before"
    """When the settings are read and the egress guard and the sandbox put up: before the
    command's body; `within` it, by `App.enforce()`; or `never`."""

    @property
    def may_last(self) -> bool:
        """Whether it may be for minutes in a call that a signal does not end: of the engine that
        runs models or merges vectors, a copy of large files. One that reads the catalog is not."""
        return self.home != "reads" or self.models == "runs" or bool(self.outside_sandbox)

    def __post_init__(self) -> None:
        if self.enforced == "never" and not self.outside_sandbox:
            raise ValueError("a command that enforces nothing has to say why")
