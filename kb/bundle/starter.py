"""The way in on a machine that has Python and nothing else: `python3 FILE install`.

Behind the archive lies a zip archive, in a frame that zstd passes over. Python runs a file that
ends as a zip archive does. This one holds the few packages that reading a bundle takes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from kb.bundle.manifest import Target
from kb.bundle.writing import Entry

PACKAGES = frozenset(
    {
        *("kb", "click", "platformdirs", "rich", "markdown-it-py", "mdurl", "pygments"),
        *("cryptography", "cffi", "pycparser", "zstandard", "pyrage", "packaging"),
        "typing-extensions",
    }
)
"""What `kb bundle verify` and `kb bundle install` import."""

_MAIN = '''\
"""Started as `python3 FILE install`, where FILE is the bundle itself. See README.txt in it."""
import os, platform, sys, tempfile, zipfile

def needs(wanted, there, fix):
    if there != wanted:
        lines = ("error: this bundle is for " + wanted, "why:   here is " + there, "fix:   " + fix)
        sys.stderr.write("\\n".join(lines) + "\\n")
        sys.exit(2)

needs("Python {python}", "Python %d.%d" % sys.version_info[:2], "run it with python{python}")
needs("{machine}", platform.machine(), "get one made for this machine (--platform)")
sys.dont_write_bytecode = True
with tempfile.TemporaryDirectory(prefix="kb-bundle-") as folder:
    bundle = os.path.abspath(sys.argv[0])
    with zipfile.ZipFile(bundle) as archive:
        for name in archive.namelist():
            if name.endswith(".whl"):
                with archive.open(name) as wheel, zipfile.ZipFile(wheel) as inner:
                    inner.extractall(folder)
    sys.path[0] = folder
    command = sys.argv[1] if len(sys.argv) > 1 else "verify"
    from kb.cli.main import main

    sys.argv[1:] = ["bundle", command, bundle, *sys.argv[2:]] if command[0] != "-" else [command]
    main()
'''


def starter(wheels: Sequence[Entry], target: Target) -> bytes:
    """The zip archive, with these wheels in it; the same wheels give the same bytes."""
    major, minor = (int(part) for part in target.python.split(".")[:2])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        main = _MAIN.format(python=f"{major}.{minor}", machine=target.machine)
        _add(archive, "__main__.py", main.encode())
        for entry in wheels:
            _add(archive, entry.path, b"".join(entry.blocks()))
    return packed.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
