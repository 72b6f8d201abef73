"""`kb` with a fake engine on a machine whose clock has fallen back to before kb was written.

python -m tests.airgap.past_kb --home DIR ingest PATH…
"""

from __future__ import annotations

import datetime
import time
from typing import Self

BACK = datetime.timedelta(days=30 * 365)
_now = time.time


class _Past(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        return super().now(tz) - BACK


def main() -> None:
    # Before any module of kb takes them from there.
    vars(datetime)["datetime"] = _Past
    vars(time)["time"] = lambda: _now() - BACK.total_seconds()
    from tests.crash import stub_kb

    stub_kb.main()


if __name__ == "__main__":
    main()
