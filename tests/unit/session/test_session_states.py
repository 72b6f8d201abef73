"""A session's life: unopened, open, closed; and what it is before anything was ingested."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kb import config, egress
from kb.errors import NothingFound, UsageError
from kb.session import Session, Status


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return config.load(home=tmp_path / "home", environ={})


USES: dict[str, Callable[[Session], object]] = {
    "status": Session.status,
    "sources": Session.sources,
    "document": lambda session: session.document("x"),
    "around": lambda session: session.around("x"),
    "search": lambda session: session.search("x"),
    "ask": lambda session: session.ask("x"),
    "chat": Session.chat,
    "prepare": Session.prepare,
    "models": lambda session: session.models,
    "engine": lambda session: session.engine,
    "with": Session.__enter__,
}


@pytest.mark.parametrize("use", USES)
def test_after_its_end_every_use_says_that_it_is_closed(
    settings: config.Settings, use: str
) -> None:
    with Session(settings) as session:
        assert session.state == "open"
    assert session.state == "closed"
    with pytest.raises(UsageError, match="the session is closed"):
        USES[use](session)


def test_its_first_use_opens_it(settings: config.Settings) -> None:
    session = Session(settings)
    assert session.state == "unopened"
    assert session.status() == Status("default", settings.home)
    assert session.state == "open"
    session.close()
    session.close()
    assert session.state == "closed"


def test_nothing_is_written_by_opening_it(settings: config.Settings) -> None:
    with Session(settings) as session:
        session.status()
    assert not settings.home.exists()


def test_of_an_empty_collection_there_is_no_document(settings: config.Settings) -> None:
    with Session(settings) as session:
        for use in ("sources", "document", "around", "search", "prepare"):
            with pytest.raises(NothingFound):
                USES[use](session)
        events = session.ask("x")  # nothing is done before they are read
        with pytest.raises(NothingFound):
            next(events)


def test_another_collection_than_its_own_is_wrong_usage(settings: config.Settings) -> None:
    with Session(settings) as session, pytest.raises(UsageError, match="no collection 'hr'"):
        session.status(collection="hr")


def test_it_is_opened_as_the_command_line_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kb.toml"
    file.write_text("[retrieval]\ntop_k = 7\n", encoding="utf-8")
    monkeypatch.setenv("KB_HOME", str(tmp_path))
    monkeypatch.setenv("KB_ANSWER__NUM_CTX", "1024")
    with Session.open(config=file, collection="law,hr", options={"answer.strict": True}) as session:
        settings = session.settings
        assert session.collections == ("law", "hr")
    assert (settings.home, settings.retrieval.top_k) == (tmp_path, 7)
    assert (settings.answer.num_ctx, settings.answer.strict) == (1024, True)
    with pytest.raises(UsageError, match="unknown configuration key"):
        Session.open(tmp_path, options={"retrieval.topk": 7})


@pytest.mark.parametrize("public", [True, False])
def test_opening_it_puts_the_network_guard_in_force_as_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, public: bool
) -> None:
    installed: list[tuple[list[str], bool]] = []

    def install(allow: list[str], *, public: bool) -> None:
        installed.append((allow, public))

    monkeypatch.setattr(egress, "install", install)
    environ = {"KB_EGRESS__ALLOW": "10.0.0.5:11434", "KB_EGRESS__ALLOW_PUBLIC": str(public).lower()}
    session = Session(config.load(home=tmp_path, environ=environ))
    assert installed == []
    with session:
        session.status()
    assert installed == [(["10.0.0.5:11434"], public)]


HALF = "张飞的电话 \ud83d"
TEXTS: dict[str, Callable[[Session], object]] = {
    "search": lambda session: session.search(HALF),
    "search where": lambda session: session.search("x", where=(("path", HALF),)),
    "ask": lambda session: session.ask(HALF),
    "chat": lambda session: session.chat().ask(HALF),
    "document": lambda session: session.document(HALF),
    "around": lambda session: session.around(HALF),
}


@pytest.mark.parametrize("use", TEXTS)
def test_a_text_that_is_not_unicode_is_wrong_usage(settings: config.Settings, use: str) -> None:
    """Bytes of an argument that are not UTF-8, as Python keeps them, or half of an emoji."""
    with Session(settings) as session, pytest.raises(UsageError, match="is not Unicode text"):
        TEXTS[use](session)
