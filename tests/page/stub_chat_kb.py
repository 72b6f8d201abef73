"""`kb` with a stub in place of the chat model: it answers with the first passage's first line,
once the file `KB_TEST_STUB_GATE` is there. Embedding is real."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kb.types import ChatPiece, ChatResult, Message
from tests.fakes import FakeGenerator


@dataclass
class StubChat(FakeGenerator):
    def chat(self, messages: Sequence[Message], **options: Any) -> Iterator[ChatPiece | ChatResult]:
        while not os.path.exists(os.environ["KB_TEST_STUB_GATE"]):
            time.sleep(0.05)
        passage = re.search(r"<passage[^>]*>\n(.+)", messages[-1].content)
        self.says = (ChatPiece(f"{passage[1].strip() if passage else 'Nothing.'} [1]"),)
        yield from super().chat(messages, **options)


def main() -> None:
    from kb.cli.main import main as kb_main
    from kb.models.connect import Models

    setattr(Models, "generator", lambda self, name="": StubChat())  # noqa: B010 mypy knows another type
    kb_main()


if __name__ == "__main__":
    main()
