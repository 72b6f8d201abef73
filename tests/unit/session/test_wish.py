"""A client's wish about an answer's tone, as the session takes it."""

from __future__ import annotations

from pathlib import Path

from kb.config import load
from kb.session.asking import Options, prepared


def test_an_answer_under_a_clients_wish_is_checked_before_anybody_sees_it(tmp_path: Path) -> None:
    settings = load(home=tmp_path, environ={})
    assert prepared(settings, "x", Options()).strict is False
    wished = prepared(settings, "x", Options(wish="Be brief.", strict=False))
    assert (wished.strict, wished.query.wish) == (True, "Be brief.")
