"""`kb serve`, asked by a client on the same machine and then stopped as systemd stops it.

python -m tests.airgap.served_kb --home DIR serve …
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from urllib.parse import quote

from tests.meanwhile import ended
from tests.serving import Client

PHONE = quote("张飞的电话号码")


def main() -> int:
    """Prints what was answered. The exit code is the server's."""
    command = [sys.executable, "-m", "kb.cli", *sys.argv[1:], "--json"]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE)) as server:
        assert server.stdout is not None
        client = Client(json.loads(server.stdout.readline())["serve"])
        for got in (
            client("/"),
            client("/api/status"),
            client(f"/api/search?q={PHONE}&top_k=1"),
            # Refused before the model is asked: that it keeps to itself is the case of `ask`.
            client("/api/ask", {"question": "刘备的电话号码", "stream": True}),
        ):
            assert got.status == 200, got
            sys.stdout.write(got.text)
        server.send_signal(signal.SIGTERM)
        return server.wait(60)


if __name__ == "__main__":
    sys.exit(main())
