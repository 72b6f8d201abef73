"""A browser before a running `kb serve` with real models: `make test-page`.

Debian's Chromium, driven by Playwright. Where one of them is missing, or outside of `make
test-page`, the tests are skipped and say why.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from email.message import EmailMessage
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.commands import REPOSITORY, Kb
from tests.serving import Server, serving
from tests.unit.documents.samples import pdf, workbook

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
AXE = REPOSITORY / "build" / "axe" / "package" / "axe.min.js"
PICTURES = REPOSITORY / "docs" / "pictures"
SECONDS = 300
"""For what is waited for; a machine that is busy takes a minute to load a model."""

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


def _missing() -> str:
    if not os.environ.get("KB_TEST_PAGE"):
        return "runs in make test-page"
    if not find_spec("playwright"):
        return "playwright is not installed: make test-page installs it"
    return "" if CHROMIUM else "there is no Chromium: apt-get install chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    if why := _missing():
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=why))


Open = Callable[..., AbstractContextManager[Any]]
Person = Callable[[str, str, str], str]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        # Chromium's own sandbox needs rights that containers do not give.
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    """Two collections: `office` with a document of each kind that is shown its own way, `hr`."""
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder)
    office, hr = tmp_path_factory.mktemp("office"), tmp_path_factory.mktemp("hr")
    (office / "lease.pdf").write_bytes(
        pdf("Lease of Pine House", "The lease of Pine House ends on 3 May 2031.\nRent: 1250 euros.")
    )
    rows: list[list[object]] = [
        ["Part no.", "Name", "Price (EUR)", "Stock"],
        ["SK-2040", "Seal", 145, 36],
        ["SK-2065", "Seal", 198, 52],
        ["IM-2040", "Impeller", 315, 11],
        ["BR-6308", "Bearing", 18, 120],
    ]
    (office / "parts.xlsx").write_bytes(workbook(prices=rows))
    mail = EmailMessage()
    mail["From"], mail["To"] = "Power <power@office.example>", "All <all@office.example>"
    mail["Subject"], mail["Date"] = "Power cut in hall two", "Thu, 28 Nov 2024 09:12:00 +0800"
    mail.set_content("The power cut in hall two begins at 6:30 on 7 December.")
    (office / "notice.eml").write_bytes(mail.as_bytes())
    hostile = "The code of Ash House is 12\u202e43 <img src=x onerror=alert(1)>.\n"
    (office / "hostile.txt").write_text(hostile, encoding="utf-8")
    with zipfile.ZipFile(office / "papers.zip", "w") as papers:
        papers.writestr("2024/annex.pdf", pdf("Annex", "The cellar of Elm House holds 88 barrels."))
    (office / "通讯录.md").write_text(
        "# 通讯录\n\n张飞的电话号码是u987438274。\n", encoding="utf-8"
    )
    (hr / "bonus.txt").write_text("The bonus is 731 euros a month.", encoding="utf-8")
    for name, folder in (("office", office), ("hr", hr)):
        done = kb("--collection", name, "ingest", str(folder))
        assert done.code == 0, done.err
    return kb


@pytest.fixture(scope="session")
def server(kb: Kb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("log") / "log"
    with serving(kb, log, before=("--collection", "office,hr")) as server:
        yield server


@pytest.fixture(scope="session")
def person(kb: Kb) -> Person:
    """`person(name, role, collections)`: somebody's token."""

    def add(name: str, role: str, collections: str) -> str:
        arguments = ("--role", role, "--collection", collections, "--json")
        return str(kb("users", "add", name, *arguments).json["token"])

    return add


@pytest.fixture(scope="session")
def tess(person: Person) -> str:
    """An admin's token, for `office` alone: tables are computed with in one collection."""
    return person("tess", "admin", "office")


@pytest.fixture
def opened(browser: Any, server: Server, tess: str) -> Open:
    """`opened(token, locale=…)`: the page, by default Tess's, in a browser of its own. What the
    page logs as an error fails the test, a request that was refused aside."""

    @contextmanager
    def open_page(token: str = "", *, of: Server = server, **options: Any) -> Iterator[Any]:
        context = browser.new_context(**{"locale": "en-GB", **WIDE, **options})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page, errors = context.new_page(), []
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if _is_error(message) else 0)
        url = of.client.announced["url"]
        page.goto(f"{url}#token={token or tess}")
        page.locator("#conversation").wait_for()
        try:
            yield page
        finally:
            context.close()
        assert errors == []

    return open_page


def _is_error(message: Any) -> bool:
    return message.type == "error" and "Failed to load resource" not in message.text


def ask(page: Any, question: str) -> Any:
    """Ask, and wait for the end: the turn."""
    before = page.locator(".turn").count()
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")
    turn = page.locator(".turn").nth(before)
    turn.locator("xpath=self::*[not(contains(@class, 'busy'))]").wait_for()
    return turn


def picture(page: Any, name: str) -> None:
    """Keep what is seen for the documentation, where it is to be made anew."""
    if os.environ.get("KB_TEST_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        path = PICTURES / f"{name}.png"
        page.screenshot(path=str(path), animations="disabled", caret="hide")
        assert path.stat().st_size < 200_000


def stubbed(kb: Kb, gate: Path) -> Kb:
    """The same home with a stub in place of the chat model, which answers once there is a file."""
    path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    variables = {"PYTHONPATH": path, "KB_TEST_STUB_GATE": str(gate)}

    class StubKb(Kb):
        def command(self, *arguments: str) -> list[str]:
            whole = super().command(*arguments)
            return [whole[0], "-m", "tests.page.stub_chat_kb", *whole[3:]]

    return replace(StubKb(kb.home, kb.models_folder), variables=variables)
