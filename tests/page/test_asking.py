"""Somebody asks in the browser: the answer, its sources opened, what was said before."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_serve_models import two_names
from tests.commands import Kb
from tests.page.conftest import PHONE, Open, Person, ask, picture
from tests.serving import Server, serving


def test_an_answer_a_follow_up_and_both_again_after_a_reload(opened: Open, person: Person) -> None:
    with opened(person("lina", "reader", "office")) as page:
        first = ask(page, "When does the lease of Pine House end?")
        assert "2031" in first.locator(".said").inner_text()
        second = ask(page, "And how high is its rent?")
        assert "Pine House" in second.locator(".meant").inner_text(), "how it was understood"
        assert "1250" in second.locator(".said").inner_text()
        picture(page, "serve-conversation")
        page.reload()
        page.locator(".turn").nth(1).wait_for()
        assert "1250" in page.locator(".turn").nth(1).inner_text()
        assert page.locator("#kept button").count() == 1


def test_an_answer_is_copied_with_its_sources_and_a_conversation_exported(opened: Open) -> None:
    with opened() as page:
        turn = ask(page, "When does the lease of Pine House end?")
        turn.get_by_role("button", name="Copy with sources").click()
        turn.get_by_role("button", name="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert "[1] lease.pdf · p. " in copied
        assert "3 May 2031" in copied.partition("[1] lease.pdf")[2], "the quote"
        with page.expect_download() as got:
            page.get_by_role("button", name="Export").click()
        assert got.value.suggested_filename.endswith(".md")
        text = got.value.path().read_text(encoding="utf-8")
        assert text.startswith("# When does the lease of Pine House end?")
        assert "[1] lease.pdf, p. " in text


def open_source(turn: Any, ending: str) -> Any:
    page = turn.page
    turn.locator(".place", has_text=ending).first.click()
    page.locator("#found:not(:empty)").wait_for()
    return page.locator("#viewer")


def test_a_cited_pdf_is_a_picture_with_boxes_and_can_be_read_as_text(opened: Open) -> None:
    with opened() as page:
        viewer = open_source(ask(page, "When does the lease of Pine House end?"), "lease.pdf")
        canvas = viewer.locator("canvas")
        canvas.wait_for()
        assert "page 2 of 2" in canvas.get_attribute("aria-label")
        assert yellow_pixels(page) > 100
        picture(page, "serve-pdf")
        viewer.get_by_role("button", name="Back").click()
        viewer.get_by_text("page 1 of 2").wait_for()
        viewer.get_by_role("button", name="Text").click()
        assert "3 May 2031" in viewer.locator("mark").inner_text()
        page.keyboard.press("Escape")
        assert not viewer.is_visible()
        assert page.evaluate("document.activeElement.className") == "place", "focus comes back"


def test_a_pdf_within_an_archive_is_a_picture_too(opened: Open) -> None:
    with opened() as page:
        turn = ask(page, "How many barrels does the cellar of Elm House hold?")
        viewer = open_source(turn, "papers.zip!/2024/annex.pdf")
        viewer.locator("canvas").wait_for()
        assert yellow_pixels(page) > 100


def yellow_pixels(page: Any) -> int:
    script = """() => {
      const canvas = document.querySelector('canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let at = 0; at < data.length; at += 4) found += data[at] > 200 && data[at + 2] < 150;
      return found;
    }"""
    return int(page.evaluate(script))


def test_a_cited_sheet_is_a_table_with_its_row_marked(opened: Open) -> None:
    with opened() as page:
        turn = ask(page, "What is the price of SK-2040?")
        assert "145" in turn.locator(".said").inner_text()
        viewer = open_source(turn, "parts.xlsx")
        assert viewer.locator("tr.cited td").all_inner_texts() == ["SK-2040", "Seal", "145", "36"]
        assert viewer.locator("tbody tr").count() == 4
        picture(page, "serve-sheet")


def test_a_cited_mail_has_its_heads_above_its_text(opened: Open) -> None:
    with opened() as page:
        viewer = open_source(ask(page, "When does the power cut in hall two begin?"), "notice.eml")
        heads = viewer.locator("dl.heads").inner_text()
        assert "Power cut in hall two" in heads
        assert "power@office.example" in heads
        assert "6:30" in viewer.locator("mark").inner_text()


def test_a_cited_text_has_the_passage_marked(opened: Open) -> None:
    with opened(locale="zh-CN") as page:
        viewer = open_source(ask(page, "张飞的电话号码是多少？"), "通讯录.md")
        assert "u987438274" in viewer.locator("mark").inner_text()


def test_what_would_act_on_the_screen_is_a_mark_in_answers_documents_and_titles(
    opened: Open,
) -> None:
    with opened() as page:
        turn = ask(page, "What is the code of Ash House\u202e?")
        quote = turn.locator("blockquote bdi").first
        assert "12⟨U+202E⟩43 <img" in quote.inner_text()
        open_source(turn, "hostile.txt")
        assert "12⟨U+202E⟩43" in page.locator("#text").inner_text()
        page.locator("#kept button", has_text="Ash House⟨U+202E⟩").wait_for()
        everything = page.evaluate("document.body.textContent")
        assert not {"\u202e", "\x1b"} & {*everything}
        assert page.locator("img").count() == 0


def test_a_model_is_chosen_where_there_are_several_and_kept_for_the_browser(
    opened: Open, kb: Kb, models_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    variables = {"KB_SERVE__MODELS": "twin:1.5b"}
    two = replace(kb, models_folder=two_names(models_folder, folder), variables=variables)
    with opened() as page:
        ask(page, "When does the lease of Pine House end?")
        assert not page.locator("#model").is_visible(), "there is nothing to choose"
    with (
        serving(two, tmp_path / "log", before=("--collection", "office")) as other,
        opened(of=other, **PHONE) as page,
    ):
        model = page.get_by_role("combobox", name="Model")
        assert model.input_value() == "qwen2.5-coder:1.5b"
        model.select_option("twin:1.5b")
        turn = ask(page, "When does the lease of Pine House end?")
        assert "2031" in turn.locator(".said").inner_text()
        assert turn.locator(".foot").inner_text().startswith("twin:1.5b · ")
        page.reload()
        page.locator(".turn").wait_for()
        assert model.input_value() == "twin:1.5b"
        page.get_by_role("button", name="中文").click()
        page.get_by_role("combobox", name="模型").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "on a phone"


def test_a_computed_answer_shows_how_and_from_which_rows(opened: Open) -> None:
    with opened() as page:
        details = ask(page, "What is the price of SK-2040?").locator("details")
        details.get_by_text("How it was computed").click()
        facts = details.locator("dl").inner_text()
        assert "1 of 4, parts.xlsx" in facts
        assert "145" in facts


def test_versions_and_conflicts_are_shown_as_such(
    opened: Open, models_folder: Path, tmp_path: Path
) -> None:
    docs, kb = tmp_path / "docs", Kb(tmp_path / "home", models_folder)
    docs.mkdir()
    for number, year, euros in ((1, 2022, 90), (2, 2024, 120)):
        text = (
            f"# Travel policy\n\nVersion {number}.0, in force from 1 January {year}.\n\n"
            f"The hotel allowance is {euros} euros a night.\n"
        )
        (docs / f"travel-policy-v{number}.0.md").write_text(text, encoding="utf-8")
    assert kb("ingest", str(docs)).code == 0
    with (
        serving(kb, tmp_path / "log") as other,
        opened(other.client.announced["token"], of=other) as page,
    ):
        turn = ask(page, "What is the hotel allowance a night?")
        assert "Version in force: v2.0" in turn.inner_text()
        conflict = turn.locator(".doubt", has_text="Another passage says: ")
        assert "90 euros a night. (travel-policy-v1.0.md" in conflict.inner_text()
        assert "replaced" in conflict.inner_text()
        older = "What was the hotel allowance a night in version 1.0 of the travel policy?"
        warning = ask(page, older).locator(".doubt", has_text="has been replaced by")
        assert "travel-policy-v2.0.md" in warning.inner_text()


def test_a_refusal_is_shown_as_one_and_says_so(opened: Open) -> None:
    with opened() as page:
        turn = ask(page, "What is the phone number of 刘备?")
        assert turn.locator(".kind").inner_text() == "Not in the documents"
        assert turn.locator(".place").count() == 0


def test_an_answer_is_judged_which_a_reload_keeps_and_the_same_button_takes_back(
    opened: Open,
) -> None:
    with opened() as page:
        turn = ask(page, "What is the price of IM-2040?")
        turn.get_by_role("button", name="No", exact=True).click()
        turn.locator(".judging input").fill("in euros?")
        with page.expect_response(lambda got: "in euros?" in (got.request.post_data or "")):
            turn.locator(".judging input").press("Enter")
        page.reload()
        judged = page.locator(".judging").first
        assert judged.locator("[aria-pressed=true]").inner_text() == "No"
        assert judged.locator("input").input_value() == "in euros?"
        judged.get_by_role("button", name="No", exact=True).click()
        page.locator("#live", has_text="Taken back.").wait_for(state="attached")
        page.reload()
        page.locator(".judging").first.wait_for()
        assert page.locator("[aria-pressed=true]").count() == 0


def test_a_question_is_narrowed_down_to_days_that_count_themselves(opened: Open) -> None:
    with opened() as page:
        page.locator("#narrow summary").click()
        page.locator("#since").fill("2024-11-28")
        page.locator("#until").fill("2024-11-28")
        with page.expect_request("**/api/conversations") as sent:
            turn = ask(page, "When does the power cut in hall two begin?")
        assert sent.value.post_data_json["where"] == ["after=2024-11-27", "before=2024-11-29"]
        assert "notice.eml" in turn.locator(".place").first.inner_text()
        page.locator("#since").fill("2024-11-29")
        page.locator("#until").fill("")
        later = ask(page, "When does the power cut in hall two begin?")
        assert later.locator(".place").count() == 0


def test_conversations_are_found_renamed_and_deleted(opened: Open) -> None:
    with opened() as page:
        ask(page, "What is the price of SK-2040?")
        page.get_by_role("button", name="Rename").click()
        page.locator("#newtitle").fill("Seals")
        page.locator("#newtitle").press("Enter")
        page.locator("#find").fill("Seals")
        page.locator("#kept button", has_text="Seals").wait_for()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Delete").click()
        page.locator("#kept button", has_text="Seals").wait_for(state="detached")
        assert page.locator(".turn").count() == 0


def test_an_error_is_told_in_the_reader_s_words_and_the_page_lives_on(
    kb: Kb, opened: Open, tmp_path: Path
) -> None:
    """A server that goes away while it is asked."""
    with (
        serving(kb, tmp_path / "log", before=("--collection", "office")) as server,
        opened(of=server) as page,
    ):
        server.stop()
        turn = ask(page, "When does the lease of Pine House end?")
        assert turn.locator(".kind").inner_text() == "It did not work"
        assert "does not answer" in turn.locator(".said").inner_text()
        assert page.locator("#question").is_enabled()


@pytest.mark.parametrize(("locale", "said"), [("en-GB", "not valid"), ("zh-CN", "密钥无效")])
def test_a_wrong_key_looks_wrong(browser: Any, server: Server, locale: str, said: str) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(f"{server.client.announced['url']}#token=wrong")
    page.locator("#locked", has_text=re.compile(said)).wait_for()
    assert page.locator("#token").get_attribute("aria-invalid") == "true"
    page.locator("#token").fill(server.client.announced["token"])
    page.locator("#token").press("Enter")
    page.locator("#conversation").wait_for()
    context.close()
