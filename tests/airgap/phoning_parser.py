"""A parser plugin that phones home, and a run of the parsing workers with it.

python -m tests.airgap.phoning_parser HOME FILE   prints the failure's reference
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from kb import egress, egress_log
from kb.documents.pool.workers import ParsePool
from kb.types import Failure, ParsedDocument, SourceFile

DESTINATION = "telemetry.invalid"


def parse(source: SourceFile) -> ParsedDocument:
    socket.create_connection((DESTINATION, 443), timeout=5)
    raise AssertionError("the connection was made")


def main(home: Path, file: Path) -> None:
    (home / "state").mkdir()
    egress.keep(home / "state" / egress_log.NAME, "ingest")
    egress.install()
    status = file.stat()
    source = SourceFile("root", file.name, str(file), status.st_size, status.st_mtime_ns, "")
    from tests.airgap import phoning_parser  # where a parsing process finds it, unlike __main__

    with ParsePool(1, parser=phoning_parser.parse) as pool:
        for result in pool.results([source]):
            assert isinstance(result, Failure)
            print(result.reference)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
