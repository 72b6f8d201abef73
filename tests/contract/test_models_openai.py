"""Models behind a server of OpenAI's protocol: the same contract as any engine's, against
llama.cpp's own server."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kb.errors import ServerUnreachable
from kb.model_types import Filled, Form
from kb.models.connect import Models, open_models
from kb.models.demo import DEMO_NAMES
from kb.types import Message
from tests.contract.llama_server import KEY, llama_server
from tests.contract.test_models_contract import ModelsContract


class TestLlamaServer(ModelsContract):
    @pytest.fixture(scope="class")
    @classmethod
    def models(cls, models_folder: Path) -> Iterator[Models]:
        """Two servers, as llama.cpp has one for each model: each is asked for its own."""
        embedding, chat = DEMO_NAMES
        files = [models_folder / f"{name.replace(':', '-')}.gguf" for name in DEMO_NAMES]
        with (
            llama_server(files[0], embedding, "embedding") as first,
            llama_server(files[1], chat) as second,
            open_models(
                "openai", [first, f"{second}/v1"], models_folder, *DEMO_NAMES, key=KEY
            ) as opened,
        ):
            yield opened

    def test_a_server_that_wants_a_key_is_sent_it_and_it_is_written_nowhere(
        self, models: Models, models_folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            assert models.embedder().embed_passages(["a"])
            with pytest.raises(ServerUnreachable) as refused:
                open_models("openai", [models.where], models_folder, *DEMO_NAMES, key="wrong")
        assert "status 401: it wants a key, or another one (models.api_key_file)" in (
            refused.value.why
        )
        assert KEY not in caplog.text


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachable, match=r"127\.0\.0\.1:9"):
        open_models("openai", ["http://127.0.0.1:9"], tmp_path, *DEMO_NAMES)


def test_a_server_that_offers_no_schemas_is_told_the_schema_in_words(tmp_path: Path) -> None:
    form = Form({"plan": ("1", "2")})
    with (
        fake_server_without_schemas('```json\n{"plan": "2"}\n```') as (address, asked),
        open_models("openai", [address], tmp_path, "small", "small") as models,
    ):
        *_, filled = models.generator().fill([Message("user", "Which?")], form, num_ctx=1024)
    assert isinstance(filled, Filled)

    assert filled.values == {"plan": "2"}
    with_schema, in_words = asked
    assert with_schema["response_format"]["json_schema"]["schema"] == form.schema()
    assert "response_format" not in in_words
    assert json.dumps(form.schema()) in in_words["messages"][-1]["content"]


def test_what_such_a_server_says_besides_the_form_fills_in_nothing(tmp_path: Path) -> None:
    with (
        fake_server_without_schemas("I think it is the second plan.") as (address, _),
        open_models("openai", [address], tmp_path, "small", "small") as models,
    ):
        form = Form({"plan": ("1", "2")})
        *_, filled = models.generator().fill([Message("user", "Which?")], form, num_ctx=1024)
    assert isinstance(filled, Filled)
    assert filled.values == {}


@contextmanager
def fake_server_without_schemas(says: str) -> Iterator[tuple[str, list[Any]]]:
    """The address of a server that answers 400 to `response_format`, and what it was asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(200, json.dumps({"data": [{"id": "small"}]}))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                return self._send(404, "{}")
            asked.append(body)
            if "response_format" in body:
                return self._send(400, '{"error": {"message": "unknown field response_format"}}')
            piece = {"choices": [{"delta": {"content": says}, "finish_reason": "stop"}]}
            usage = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 9}}
            events = (json.dumps(one) for one in (piece, usage))
            return self._send(200, "".join(f"data: {one}\n\n" for one in events))

        def _send(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            """Nothing on standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
