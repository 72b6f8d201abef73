"""The exceptions of kb, one tree. Imports nothing.

    KbError
    ├── UsageError            2   wrong usage or configuration
    │   ├── RequestRejected        kb serve does not take a request
    │   └── OlderBundle           a bundle that is older than what is installed
    ├── DocumentError         3   one file could not be taken in
    │   ├── UnsupportedFormat     no parser reads this format
    │   ├── EmptyDocument         there is no text in it
    │   ├── DamagedDocument       truncated, corrupt or misnamed
    │   ├── ProtectedDocument     needs a password
    │   ├── UnreadableFile        permission, vanished, not a regular file
    │   ├── MissingProgram        a format needs a program that is not there
    │   └── LimitExceeded         over its time, memory or size limit
    ├── NothingFound          4   empty collection, or the answer is not in it
    ├── StoreError            5   the store cannot be used
    │   └── StoreUnavailable      a server that holds the vectors does not answer, or not us
    ├── OutputError           5   standard output, to which the result goes, cannot be written
    ├── LockHeld              6   another writer holds the lock
    ├── StoreDamaged          7   the store is damaged
    │   └── InvalidBundle         a bundle is not what a trusted key signed
    ├── ModelError            8   the model server or a model is missing
    │   ├── ServerUnreachable     nobody answers at the address
    │   ├── ModelMissing          the server answers, the model is not there
    │   ├── ModelMismatch         the index was built with another model
    │   ├── InputTooLong          a text is longer than the model's context
    │   └── EngineFailed          the engine broke off while it worked
    ├── EgressBlocked         9   a destination that is not allowed
    ├── GateFailed           10   a quality gate failed
    └── Interrupted         130   by the user; what was committed stays

Every class carries the exit code of the process and a kebab-case reference
that a script can match on; every instance says what happened, why, and what
to do about it. The command line prints those three lines and nothing else.
"""

EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "a bug, with a traceback",
    2: "wrong usage or configuration",
    3: "finished, but some files failed; they are listed",
    4: "nothing to answer from: empty collection, or the documents do not hold the answer",
    5: "the store cannot be used, or standard output cannot be written",
    6: "another run holds the lock (its process id is named)",
    7: "the store is damaged",
    8: "the model server or a model is missing",
    9: "a connection to a destination that is not allowed was blocked",
    10: "a quality gate failed",
    130: "interrupted; what was committed stays",
}
"""What each exit code of `kb` means; the READMEs and docs/cli.md are made from it."""


class KbError(Exception):
    """Anything kb expects may go wrong.

    Args:
        what: one line, what happened.
        why: one line, the reason as far as it is known.
        hint: one line, what to do, with the command where there is one.
    """

    exit_code = 1
    reference = "error"

    def __init__(self, what: str, *, why: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint

    def lines(self) -> tuple[str, str, str]:
        """The three lines a person reads: what, why, what to do."""
        return (
            f"error: {self.what} [{self.reference}]",
            f"why:   {self.why or 'no further detail is known'}",
            f"fix:   {self.hint}",
        )

    def __reduce__(self) -> tuple[object, ...]:
        # Workers send their errors home by pickle, which by default would drop the keywords.
        return _rebuild, (type(self), self.what, self.why, self.hint)


def _rebuild(kind: type[KbError], what: str, why: str, hint: str) -> KbError:
    return kind(what, why=why, hint=hint)


class UsageError(KbError):
    exit_code = 2
    reference = "usage"


class RequestRejected(UsageError):
    """A request to `kb serve`. `status` is the HTTP status, `headers` go with it."""

    reference = "request-refused"

    def __init__(
        self,
        what: str,
        *,
        why: str,
        hint: str,
        status: int = 400,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(what, why=why, hint=hint)
        self.status = status
        self.headers = headers


class DocumentError(KbError):
    exit_code = 3
    reference = "document"


class UnsupportedFormat(DocumentError):
    reference = "unsupported-format"


class EmptyDocument(DocumentError):
    reference = "empty-document"


class DamagedDocument(DocumentError):
    reference = "damaged-document"


class ProtectedDocument(DocumentError):
    reference = "protected-document"


class UnreadableFile(DocumentError):
    reference = "unreadable-file"


class MissingProgram(DocumentError):
    reference = "missing-program"


class LimitExceeded(DocumentError):
    reference = "limit-exceeded"


class NothingFound(KbError):
    exit_code = 4
    reference = "nothing-found"


class StoreError(KbError):
    exit_code = 5
    reference = "store"


class StoreUnavailable(StoreError):
    """A server that holds the vectors does not answer, or not us. Nothing is damaged."""

    reference = "store-unavailable"


class OutputError(KbError):
    """Standard output is full or closed, and the result of the command was to be there."""

    exit_code = 5
    reference = "output"


class LockHeld(KbError):
    exit_code = 6
    reference = "lock-held"


class StoreDamaged(KbError):
    exit_code = 7
    reference = "store-damaged"


class InvalidBundle(StoreDamaged):
    reference = "bundle-refused"


class OlderBundle(UsageError):
    reference = "bundle-older"


class ModelError(KbError):
    exit_code = 8
    reference = "model"


class ServerUnreachable(ModelError):
    reference = "server-unreachable"


class ModelMissing(ModelError):
    reference = "model-missing"


class ModelMismatch(ModelError):
    reference = "model-mismatch"


class InputTooLong(ModelError):
    reference = "input-too-long"


class EngineFailed(ModelError):
    reference = "engine-failed"


class EgressBlocked(KbError):
    exit_code = 9
    reference = "egress-refused"


class GateFailed(KbError):
    exit_code = 10
    reference = "gate-failed"


class Interrupted(KbError):
    exit_code = 130
    reference = "interrupted"
