"""The first token of an answer over Ollama's protocol: what is asked, and what is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import httpx
import pytest

from kb.errors import InputTooLong
from kb.model_types import FirstToken
from kb.models.ollama.adapters import ModelGenerator
from kb.models.ollama.calls import Client, Engine
from kb.models.reading import LOADING
from kb.types import Message, Progress

PROMPT = [Message("user", "In which passage? Answer only 1, 2 or 0.")]


class FakeServer(httpx.BaseTransport):
    """Begins its answer with a token, whose place it tells the log-probabilities of."""

    def __init__(
        self, token: str, likeliest: Sequence[Mapping[str, object]], read: int = 90, *can: str
    ) -> None:
        self.asked: list[dict[str, object]] = []
        self._capabilities = ["completion", *can]
        line: dict[str, object] = {"message": {"role": "assistant", "content": token}}
        if likeliest:
            line["logprobs"] = [{**likeliest[0], "top_logprobs": [*likeliest]}]
        end = {"message": {"role": "assistant", "content": ""}, "done_reason": "length"}
        self._lines = [{**line, "done": False}, {**end, "done": True, "prompt_eval_count": read}]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/show":
            shown = {
                "modelfile": f"FROM /blobs/sha256-{'a' * 64}",
                "model_info": {"general.architecture": "qwen3"},
                "capabilities": self._capabilities,
            }
            return httpx.Response(200, text=json.dumps(shown))
        self.asked.append(json.loads(request.read()))
        return httpx.Response(200, text="\n".join(map(json.dumps, self._lines)))


def first_token(server: FakeServer) -> FirstToken:
    engine = Engine("Ollama 0.20.0", "http://127.0.0.1:11434", "ollama pull {}")
    client = Client(server, "http://127.0.0.1:11434", engine, lambda seconds: None)
    [found] = ModelGenerator(client, "m").first_token(PROMPT, num_ctx=512)
    assert isinstance(found, FirstToken)
    return found


@pytest.mark.parametrize(("loaded", "told"), [("m:latest", []), ("other", [LOADING])])
def test_that_a_server_has_to_load_the_model_is_told(loaded: str, told: list[Progress]) -> None:
    class Lists(FakeServer):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/api/ps":
                return httpx.Response(200, json={"models": [{"model": loaded}]})
            return super().handle_request(request)

    engine = Engine("Ollama 0.20.0", "http://h", "ollama pull {}", lists_loaded=True)
    client = Client(Lists("1", LIKELIEST), "http://h", engine, lambda seconds: None)
    *before, found = ModelGenerator(client, "m").first_token(PROMPT, num_ctx=512)
    assert isinstance(found, FirstToken)
    assert before == told


LIKELIEST = (
    {"token": "1", "logprob": -0.2, "bytes": [49]},
    {"token": "0", "logprob": -1.9, "bytes": [48]},
)


def test_the_likeliest_tokens_come_with_their_log_probabilities() -> None:
    found = first_token(FakeServer("1", LIKELIEST))
    assert (found.text, dict(found.logprobs)) == ("1", {"1": -0.2, "0": -1.9})
    assert (found.result.prompt_tokens, found.result.done_reason) == (90, "length")


def test_of_two_tokens_that_read_the_same_the_likelier_one_counts() -> None:
    found = first_token(FakeServer("�", [{"token": "�", "logprob": one} for one in (-0.5, -3.0)]))
    assert dict(found.logprobs) == {"�": -0.5}


def test_a_server_that_does_not_know_log_probabilities_gives_the_word_alone() -> None:
    found = first_token(FakeServer("0", ()))
    assert (found.text, dict(found.logprobs)) == ("0", {})


def test_one_token_is_asked_for_and_nothing_is_cut_off_before_it_is_drawn() -> None:
    server = FakeServer("1", LIKELIEST)
    first_token(server)
    [asked] = server.asked
    assert (asked["logprobs"], asked["top_logprobs"]) == (True, 20)
    assert asked["options"] == {
        "num_ctx": 512,
        "num_predict": 1,
        "temperature": 0.0,
        "repeat_penalty": 1.0,
        "top_k": 0,
        "top_p": 1.0,
        "min_p": 0.0,
    }
    assert "think" not in asked, "true or false is an error for a model that cannot think"


def test_a_model_that_can_think_is_told_not_to() -> None:
    server = FakeServer("1", LIKELIEST, 90, "thinking")
    first_token(server)
    assert server.asked[0]["think"] is False


def test_an_answer_is_asked_for_without_log_probabilities() -> None:
    server = FakeServer("1", ())
    engine = Engine("Ollama 0.20.0", "http://127.0.0.1:11434", "ollama pull {}")
    client = Client(server, "http://127.0.0.1:11434", engine, lambda seconds: None)
    generator = ModelGenerator(client, "m")
    list(generator.chat(PROMPT, num_ctx=512, max_tokens=9, think=False, temperature=0))
    assert not {"logprobs", "top_logprobs"} & server.asked[0].keys()


def test_a_prompt_that_an_old_server_has_cut_is_not_judged_by() -> None:
    with pytest.raises(InputTooLong):
        first_token(FakeServer("1", LIKELIEST, 512))
