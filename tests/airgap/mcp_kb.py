"""`kb mcp`, asked by a program that started it and then closes its input.

python -m tests.airgap.mcp_kb --home DIR mcp
"""

from __future__ import annotations

import json
import subprocess
import sys

_START = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "proof", "version": "1"},
}
_MESSAGES = (
    {"id": 1, "method": "initialize", "params": _START},
    {"method": "notifications/initialized"},
    {
        "id": 2,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"question": "张飞的电话号码", "top_k": 1}},
    },
)


def main() -> int:
    """Prints what was answered. The exit code is the server's."""
    command = [sys.executable, "-m", "kb.cli", *sys.argv[1:]]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for message in _MESSAGES:
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        server.stdin.flush()
        for _ in range(2):
            sys.stdout.write(server.stdout.readline())
        server.stdin.close()
        return server.wait(60)


if __name__ == "__main__":
    sys.exit(main())
