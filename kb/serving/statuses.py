"""HTTP's status for what goes wrong."""

from __future__ import annotations

from kb.errors import KbError, RequestRejected

STATUS = {1: 500, 2: 400, 3: 500, 4: 404, 5: 503, 6: 503, 7: 500, 8: 503, 9: 502, 10: 500, 130: 503}
"""HTTP's status for each exit code of the command line."""


def status_of(error: KbError) -> int:
    return error.status if isinstance(error, RequestRejected) else STATUS[error.exit_code]
