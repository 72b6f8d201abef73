"""The pages that `make docs` makes are what it would make now."""

from __future__ import annotations

import pytest

from tools.docs.pages import REPOSITORY, pages

PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_made_page_is_not_stale(name: str) -> None:
    assert (REPOSITORY / name).read_text(encoding="utf-8") == PAGES[name], "run: make docs"
