"""Processor seconds of a command and of all that it starts, also of what outlives it:
`python -m tests.bench.processor COMMAND…`. To compare two trees on a busy machine, alternate them:
these seconds do not depend on who else waits for the processors, those of a clock do.

What the command leaves behind is handed to this process (a "subreaper"), which waits for it, so
that the kernel's sum is whole.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import time

_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> int:
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    code = 0
    while True:
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            break
        if pid == process.pid:
            code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, clock = used.ru_utime + used.ru_stime, time.monotonic() - started
    print(f"{seconds:.3f} s of processor, {clock:.1f} s on the clock, exit code {code}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
