"""Several people at one server: what each may see, who adds what, who waits for whom."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.commands import Kb
from tests.page.conftest import Open, Person, ask, picture, stubbed
from tests.serving import serving


def test_a_reader_sees_their_collections_and_neither_uploads_nor_the_server(
    opened: Open, person: Person
) -> None:
    with opened(person("rosa", "reader", "office")) as page:
        assert page.locator("#state").inner_text().startswith("office")
        turn = ask(page, "How high is the bonus a month?")
        assert "731" not in turn.inner_text()
        assert not page.locator("#add").is_visible()
        assert not page.locator("#admin").is_visible()


def test_one_uploads_and_another_asks(opened: Open, person: Person) -> None:
    with (
        opened(person("anna", "editor", "office,hr")) as anna,
        opened(person("otto", "reader", "office")) as otto,
    ):
        anna.locator("#add").click()
        anna.locator("#into").select_option("office")
        files = [
            ("garage.txt", b"The garage of Oak House has 41 places."),
            ("broken.pdf", b"%PDF-1.7 of nothing"),
        ]
        given = [{"name": n, "mimeType": "x/y", "buffer": content} for n, content in files]
        anna.locator("#files").set_input_files(given)
        anna.locator("#mine li", has_text="garage.txt").get_by_text("can be asked").wait_for()
        broken = anna.locator("#mine li", has_text="broken.pdf")
        broken.get_by_text("The file is damaged").wait_for()
        picture(anna, "serve-uploads")
        turn = ask(otto, "How many places has the garage of Oak House?")
        assert "41" in turn.locator(".said").inner_text()
        assert "anna/garage.txt" in turn.locator(".place").first.inner_text()
        anna.on("dialog", lambda dialog: dialog.accept())
        for name, _ in files:
            anna.get_by_role("button", name=f"Delete {name}").click()
            anna.locator("#mine li", has_text=name).wait_for(state="detached")


def test_files_may_be_dropped_anywhere_on_the_page(opened: Open, person: Person) -> None:
    with opened(person("dora", "editor", "office")) as page:
        page.locator("#add").wait_for()  # who she is, is known
        page.evaluate(
            """() => {
              const dataTransfer = new DataTransfer();
              dataTransfer.items.add(new File(["x".repeat(101 << 20)], "huge.txt"));
              dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
            }"""
        )
        page.locator("#mine li", has_text="huge.txt").get_by_text("too large").wait_for()


def test_an_admin_sees_runs_and_walls(opened: Open, person: Person) -> None:
    with opened(person("ada", "admin", "office")) as page:
        page.locator("#admin").click()
        facts = page.locator("#facts")
        facts.get_by_text("Last runs").wait_for()
        assert "ingest" in facts.inner_text()
        assert "seccomp-datagrams" in facts.inner_text()


def test_four_people_are_answered_in_turn_and_see_their_place(
    kb: Kb, opened: Open, person: Person, tmp_path: Path
) -> None:
    """A stub that waits for a file stands in for the chat model: nobody is answered before all of
    them have asked."""
    gate = tmp_path / "gate"
    names = ["q1", "q2", "q3", "q4"]
    tokens = [person(name, "reader", "office") for name in names]
    with (
        serving(stubbed(kb, gate), tmp_path / "log", before=("--collection", "office")) as server,
        ExitStack() as stack,
    ):
        pages = [stack.enter_context(opened(token, of=server)) for token in tokens]
        for page in pages:
            page.locator("#question").fill("When does the lease of Pine House end?")
        for page in pages:
            page.locator("#send").click()
        pages[3].locator(".kind", has_text="3 before you, about").wait_for()
        gate.touch()
        for page in pages:
            page.locator(".turn.found, .turn.refused").wait_for()
        assert "of it waiting)" in pages[3].locator(".foot").inner_text()
