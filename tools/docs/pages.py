"""Which pages are made, and the blocks of a page that are.

A block stands between `<!-- begin NAME -->` and `<!-- end NAME -->`; what stands around it is
written by hand and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tools.docs import commands, formats, settings

REPOSITORY = Path(__file__).parents[2]


def pages() -> dict[str, str]:
    """Each page's path in the repository, and the text that it should have."""
    return {
        "configs/default.toml": settings.default_toml(),
        "docs/configuration.md": _with_blocks(
            "docs/configuration.md", {"settings": settings.tables()}
        ),
        "docs/cli.md": _with_blocks(
            "docs/cli.md",
            {
                "global": commands.global_options(),
                "exits": commands.exit_table(in_chinese=False),
                "commands": commands.reference(),
                "shapes": commands.shapes(),
            },
        ),
        "README.md": _readme("README.md", in_chinese=False),
        "README.zh-CN.md": _readme("README.zh-CN.md", in_chinese=True),
        "docs/formats.md": _with_blocks("docs/formats.md", {"formats": formats.table()}),
    }


def _readme(name: str, *, in_chinese: bool) -> str:
    made = {
        "commands": commands.readme_table(in_chinese=in_chinese),
        "exits": commands.exit_table(in_chinese=in_chinese),
    }
    return _with_blocks(name, made)


def _with_blocks(name: str, blocks: Mapping[str, str]) -> str:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    for block, made in blocks.items():
        begin, end = f"<!-- begin {block} -->\n", f"<!-- end {block} -->\n"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{name} needs exactly one block '{block}': {begin}{end}")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{made}{end}{rest.partition(end)[2]}"
    return text
