"""What a person does in Open WebUI, in Chromium: signs up, chooses the knowledge base, asks.

    python open_webui_browser.py ADDRESS EMAIL PICTURE QUESTION…

Run by the Python of Open WebUI's own environment, which has Playwright. Prints one JSON object:
the model's name as the page shows it, the answers as texts, and every host that the page asked.
"""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any
from urllib.parse import urlsplit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "a-secret-of-this-test"
LOAD, ANSWER = 120_000, 240_000
"""Milliseconds; two cores may be busy."""
# As a whole answer has it: the buttons below it come when it has ended.
DONE = "button.copy-response-button"


def sign_up(page: Any, address: str, email: str) -> None:
    page.goto(address, timeout=LOAD)
    page.locator("button").first.click(timeout=LOAD)  # past the picture of its first start
    page.fill("#name", "Anna", timeout=LOAD)
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.locator("button[type=submit]").click()
    page.locator("#chat-input").wait_for(timeout=LOAD)
    page.keyboard.press("Escape")  # what is new in this version


def choose(page: Any, model: str) -> str:
    """The list of models is opened, and the knowledge base taken from it."""
    page.locator("#model-selector-model-button").click(timeout=LOAD)
    entry = page.get_by_role("option").filter(has_text=model)
    name = str(entry.inner_text(timeout=LOAD)).strip()
    entry.click()
    return name


def ask(page: Any, question: str, number: int) -> str:
    page.locator("#chat-input").click()
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    page.locator(DONE).nth(number).wait_for(timeout=ANSWER)
    return str(page.locator(".chat-assistant").nth(number).inner_text())


def main(address: str, email: str, picture: str, *questions: str) -> None:
    from playwright.sync_api import sync_playwright  # type: ignore[import-not-found,unused-ignore]

    hosts: set[str] = set()
    with sync_playwright() as started:
        # Chromium's own sandbox needs rights that a namespace does not give.
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 860}, locale="zh-CN")
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).netloc))
        try:
            sign_up(page, address, email)
            model = choose(page, "kb")
            answers = [ask(page, question, n) for n, question in enumerate(questions)]
        finally:
            page.screenshot(path=picture)
        browser.close()
    print(json.dumps({"model": model, "answers": answers, "hosts": sorted(hosts - {""})}))


if __name__ == "__main__":
    main(*sys.argv[1:])
