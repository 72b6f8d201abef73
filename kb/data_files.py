"""What travels with kb besides its code: lock file, licence, configurations, documentation.

In a source tree these lie at its root, in an installed kb below `share/kb` (pyproject.toml says
so under `data-files`). There is one copy of each.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from kb.errors import UsageError

LOCK = "requirements.lock"
LICENSE = "LICENSE"
_PATTERNS = (LOCK, LICENSE, "*.md", "configs/**/*", "docs/**/*")


def shipped_folder() -> Path:
    """Where they lie.

    Raises:
        UsageError: kb was installed without them.
    """
    source_tree = Path(__file__).parents[1]
    if (source_tree / "pyproject.toml").is_file():
        return source_tree
    for one in metadata.distributions(name="kb"):
        for file in one.files or ():
            if file.as_posix().endswith(f"share/kb/{LOCK}"):
                return Path(str(one.locate_file(file))).resolve().parent
    raise UsageError(
        f"the {LOCK} of this kb is not to be found",
        why="it is neither beside the code nor in share/kb of its environment",
        hint="install kb from its wheel or its source tree, with pip",
    )


def shipped_files() -> list[tuple[str, Path]]:
    """Each file's path as in the source tree, with `/`, and where it is; sorted."""
    root = shipped_folder()
    found = {path for pattern in _PATTERNS for path in root.glob(pattern) if path.is_file()}
    named = ((path.relative_to(root).as_posix(), path) for path in found)
    return sorted(pair for pair in named if not any(p.startswith(".") for p in pair[0].split("/")))
