"""`kb` with a fake engine, and with a parser plugin that telephones home.

python -m tests.airgap.plugin_kb --home DIR ingest PATH…
"""

from __future__ import annotations

from functools import partial

from tests.crash import stub_kb


def main() -> None:
    from kb.documents.pool import workers
    from tests.unit.documents.pool.hostile import phone_home

    # Where the command line takes its parsing processes from.
    vars(workers)["ParsePool"] = partial(workers.ParsePool, parser=phone_home)
    stub_kb.main()


if __name__ == "__main__":
    main()
