"""A face of its own on kb: JSON-RPC, a line a message, on standard input and output.

    python -m tests.session.json_rpc_face HOME CONFIG

What a new protocol needs of kb is a Session, and nothing below it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from kb.errors import KbError
from kb.session import Answer, Answering, Session, parse_where, to_dict, to_json

_PARSE, _METHOD, _PARAMETERS, _OURS = -32700, -32601, -32602, -32000


class Face:
    """Answers requests; the events of an answer are sent before it, as notifications."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._chat = session.chat()
        self.methods: dict[str, Callable[..., object]] = {
            "status": session.status,
            "sources": session.sources,
            "document": session.document,
            "around": session.around,
            "search": self.search,
            "ask": self.ask,
            "chat": self.chat,
            "forget": self._chat.forget,
        }

    def search(self, question: str, where: list[str] | None = None, **how: Any) -> object:
        return self._session.search(question, where=parse_where(where or []), **how)

    def ask(self, question: str, where: list[str] | None = None, **how: Any) -> object:
        return self._follow(self._session.ask(question, where=parse_where(where or []), **how))

    def chat(self, question: str) -> object:
        return self._follow(self._chat.ask(question))

    def _follow(self, events: Answering) -> Answer:
        for event in events:
            if not isinstance(event, Answer):
                send(method=type(event).__name__.lower(), params=event)
        return events.answer()

    def reply(self, line: str) -> None:
        try:
            request = json.loads(line)
            number, name = request["id"], request["method"]
        except (ValueError, KeyError, TypeError) as error:
            fail(None, _PARSE, f"no request: {error}")
            return
        if name not in self.methods:
            fail(number, _METHOD, f"there are {', '.join(self.methods)}")
            return
        try:
            send(id=number, result=self.methods[name](**request.get("params", {})))
        except TypeError as error:
            fail(number, _PARAMETERS, str(error))
        except KbError as error:
            fail(number, _OURS, error.what, to_dict(error)["error"])


def fail(number: object, code: int, message: str, data: object = None) -> None:
    send(id=number, error={"code": code, "message": message, "data": data})


def send(**message: object) -> None:
    print(to_json({"jsonrpc": "2.0", **message}), flush=True)


def main(home: str, config: str) -> None:
    with Session.open(home, config=config) as session:
        face = Face(session)
        for line in sys.stdin:
            face.reply(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
