"""What happened so far, in Prometheus' text format (version 0.0.4). No names, no texts."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping

KIND = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of one server; safe in several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def request(self, route: str, status: int) -> None:
        """Count a response. `route` is a route's own pattern, not what was asked for."""
        with self._lock:
            self._requests[route, status] += 1

    def outcome(self, action: str, outcome: str, seconds: float) -> None:
        """Count what came of an action, `ask` or `search`, and how long it took."""
        with self._lock:
            self._outcomes[action, outcome] += 1
            self._seconds[action] += seconds

    def text(self, gauges: Mapping[str, float]) -> str:
        """All of it; `gauges` are read off at this moment."""
        with self._lock:
            lines = ["# TYPE kb_requests_total counter"]
            for (route, status), count in sorted(self._requests.items()):
                lines.append(f'kb_requests_total{{route="{route}",status="{status}"}} {count}')
            lines.append("# TYPE kb_outcomes_total counter")
            for (action, outcome), count in sorted(self._outcomes.items()):
                lines.append(f'kb_outcomes_total{{action="{action}",outcome="{outcome}"}} {count}')
            lines.append("# TYPE kb_seconds_total counter")
            for action, seconds in sorted(self._seconds.items()):
                lines.append(f'kb_seconds_total{{action="{action}"}} {seconds:.3f}')
        for name, value in sorted(gauges.items()):
            lines += [f"# TYPE {name} gauge", f"{name} {value:g}"]
        return "\n".join(lines) + "\n"
