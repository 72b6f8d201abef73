"""A network of a command's own, with loopback and nothing else in it.

    python enclosure.py COMMAND…     within the new namespace: loopback up, then become COMMAND

The namespace is the kernel's: what is started in it finds no device to send by, whatever language
it is written in. A namespace without even loopback would also stop what kb may do.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

UNSHARE = ["unshare", "--map-root-user", "--net"]

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1  # netdevice(7)
_IFREQ = "16sH22x"


def enclosed(command: list[str], *, mounts: bool = False) -> list[str]:
    """The command in a network namespace with loopback alone; with `mounts` what it mounts is
    seen by it and its children only."""
    also = ["--mount"] if mounts else []
    return [*UNSHARE, *also, sys.executable, "-S", "-E", __file__, *command]


def why_not() -> str:
    """Why there can be no such namespace on this machine; empty where there can."""
    if not shutil.which("unshare"):
        return "unshare is not installed (Debian: apt-get install util-linux)"
    tried = subprocess.run(
        enclosed(["true"], mounts=True), capture_output=True, text=True, check=False
    )
    if not tried.returncode:
        return ""
    lines = tried.stderr.strip().splitlines()
    return f"this machine does not allow network namespaces: {lines[-1] if lines else ''}"


def _raise_loopback() -> None:
    """What `ip link set lo up` does, where iproute2 is not installed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack(_IFREQ, b"lo", 0)
        flags = struct.unpack(_IFREQ, fcntl.ioctl(any_socket, _SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack(_IFREQ, b"lo", flags | _IFF_UP))


if __name__ == "__main__":
    _raise_loopback()
    os.execvp(sys.argv[1], sys.argv[1:])
