"""The page for everybody: by keyboard alone, on a phone, in both languages, for a screen reader."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.page.conftest import AXE, PHONE, WIDE, Open, Person, ask, picture

LANGUAGES = {"en-GB": "Ask", "zh-CN": "提问"}


def press(page: Any, key: str, until: str, most: int = 40) -> None:
    """Press a key until an element has the focus, as somebody without a mouse does."""
    for _ in range(most):
        if page.evaluate("one => document.activeElement.matches(one)", until):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {until}")


def test_everything_can_be_done_by_keyboard_alone(opened: Open) -> None:
    with opened() as page:
        assert page.evaluate("document.activeElement.id") == "question"
        page.keyboard.type("What is the price of SK-2040?")
        page.keyboard.press("Enter")
        page.locator(".turn.found").wait_for()
        assert page.evaluate("document.activeElement.id") == "question", "focus stays"
        press(page, "Shift+Tab", ".place")
        page.keyboard.press("Enter")
        page.locator("tr.cited").wait_for()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.className") == "place"
        press(page, "Tab", ".thumb")
        page.keyboard.press("Enter")
        page.locator("#live", has_text="Noted.").wait_for(state="attached")
        press(page, "Shift+Tab", "#add")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "choose"
        press(page, "Shift+Tab", "#language")
        page.keyboard.press("Enter")
        assert page.locator("#send").inner_text() == "提问"


def test_the_focus_stays_where_it_is_while_an_answer_comes_and_lists_are_renewed(
    opened: Open, person: Person
) -> None:
    with opened(person("mona", "reader", "office")) as page:
        ask(page, "What is the price of SK-2040?")
        page.locator("#kept button").evaluate("one => { one.dataset.old = 'yes'; }")
        page.locator("#question").fill("What is the price of IM-2040?")
        page.locator("#send").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "send"
        page.locator("#kept button").focus()
        page.locator("#kept button:not([data-old])").wait_for()
        assert page.evaluate("document.activeElement.matches('#kept button')")
        page.reload()
        page.locator("#language").focus()
        page.locator(".turn").nth(1).wait_for()
        assert page.evaluate("document.activeElement.id") == "language"


def test_a_screen_reader_hears_each_sentence_once(opened: Open) -> None:
    with opened() as page:
        page.evaluate(
            """() => {
              window.heard = [];
              const live = document.getElementById("live");
              new MutationObserver(() => heard.push(live.textContent)).observe(live, {
                childList: true, characterData: true, subtree: true });
            }"""
        )
        for question, said in (
            ("When does the lease of Pine House end?", "2031"),
            ("What is the price of SK-2040?", "145"),  # computed: it comes in one piece
        ):
            ask(page, question)
            heard = page.evaluate("heard.splice(0)")
            assert sum(said in one for one in heard) == 1
            assert len(heard) == len(set(heard)), "nothing is said twice"


@pytest.mark.parametrize("locale", LANGUAGES)
def test_nothing_is_left_untranslated_and_the_switch_changes_all_of_it(
    opened: Open, locale: str
) -> None:
    other = next(one for one in LANGUAGES if one != locale)
    with opened(locale=locale) as page:
        for panel in ("#add", "#admin"):
            page.locator(panel).click()
        page.locator("#facts table").first.wait_for()
        for expected in (locale, other):
            assert page.locator("#send").inner_text() == LANGUAGES[expected]
            assert "undefined" not in page.locator("body").inner_text()
            shown = page.locator("header, #uploads h2, #drop, #server h2, #facts dt, #ask")
            text = " ".join(shown.all_inner_texts()).replace("中文", "").replace("office", "")
            assert bool(re.search("[一-鿿]", text)) is (expected == "zh-CN")
            page.locator("#language").click()


def test_on_a_phone_nothing_is_wider_than_the_screen(opened: Open) -> None:
    with opened(**PHONE) as page:
        turn = ask(page, "What is the price of SK-2040?")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
        page.evaluate("scrollTo(0, 0)")
        picture(page, "serve-phone")
        turn.locator(".place").first.click()
        page.locator("tr.cited").wait_for()
        box = page.locator("#viewer").bounding_box()
        assert (box["x"], box["width"]) == (0, PHONE["viewport"]["width"])
        page.locator("#close").click()
        page.locator("#menu").click()
        assert page.locator("#find").is_visible()
        assert not page.locator(".keys").is_visible(), "no hint about keys"


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is missing: make test-page fetches it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_serious(opened: Open, scheme: str, size: dict[str, Any]) -> None:
    # axe is put into the page as a script, which the page's own policy would not let in.
    with opened(**size, color_scheme=scheme, bypass_csp=True) as page:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert serious(page) == [], "empty"
        ask(page, "What is the phone number of 刘备?")
        turn = ask(page, "What is the price of SK-2040?")
        turn.get_by_role("button", name="Yes", exact=True).click()
        turn.locator("summary").click()
        assert serious(page) == [], "answers"
        for panel in ("#add", "#admin"):
            page.locator(panel).click()
        page.locator("#facts table").first.wait_for()
        assert serious(page) == [], "panels"
        turn.locator(".place").first.click()
        page.locator("tr.cited").wait_for()
        assert serious(page) == [], "a document"


def serious(page: Any) -> list[str]:
    found = page.evaluate("axe.run()")["violations"]
    return [
        f"{one['id']}: {[node['html'][:100] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
