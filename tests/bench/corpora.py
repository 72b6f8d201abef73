"""Folders of made-up files, for what depends on their number and not on what they say."""

from __future__ import annotations

from pathlib import Path

_SENTENCE = "The pump is checked every morning; the pressure is written into the log. "


def small_files(folder: Path, count: int) -> Path:
    """Markdown and text, half and half, a hundred a folder: a heading and a paragraph each."""
    for number in range(count):
        place = folder / f"{number // 100:04}"
        if number % 100 == 0:
            place.mkdir(parents=True)
        ending, mark = ("md", "# ") if number % 2 else ("txt", "")
        text = f"{mark}File {number}\n\nWhat file {number} says: {_SENTENCE * 3}\n"
        (place / f"{number:06}.{ending}").write_text(text)
    return folder


def two_page_files(folder: Path, count: int) -> Path:
    """Markdown of two pages each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        text = "\n\n".join(f"{number}.{part} " + _SENTENCE * 8 for part in range(8))
        (folder / f"{number:05}.md").write_text(f"# Document {number}\n\n{text}\n")
    return folder
