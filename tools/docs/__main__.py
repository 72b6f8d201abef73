"""`python -m tools.docs`: write every page that is made from the code, and name what changed."""

from __future__ import annotations

from tools.docs.pages import REPOSITORY, pages

for name, text in pages().items():
    file = REPOSITORY / name
    if file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
        print(f"written: {name}")
