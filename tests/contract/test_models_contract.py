"""What any model engine does behind the ports Embedder and Generator.

Runs on the embedded engine with the demo models, and on a real Ollama server where
KB_TEST_OLLAMA_HOST names one; its models are KB_TEST_OLLAMA_EMBEDDING and KB_TEST_OLLAMA_CHAT
(bge-m3 and deepseek-r1:7b where they are not set).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import InputTooLong, ModelError, ModelMissing
from kb.model_types import Filled, FirstToken, Form
from kb.models.connect import Models, open_models
from kb.models.demo import DEMO_NAMES
from kb.types import ChatPiece, ChatResult, Message, Progress, Vector
from tests.contract.llama_server import KEY

SERVER = os.environ.get("KB_TEST_OLLAMA_HOST", "")
SERVER_MODELS = (
    os.environ.get("KB_TEST_OLLAMA_EMBEDDING", "bge-m3"),
    os.environ.get("KB_TEST_OLLAMA_CHAT", "deepseek-r1:7b"),
)
TOO_LONG = Message("user", "甲乙丙丁。" * 400)
TEXTS = ["张飞的电话号码是u987438274。", "The weather is fine today.", "水泵的扬程为三十米。"]


def cosine(a: Vector, b: Vector) -> float:
    product = sum(x * y for x, y in zip(a, b, strict=True))
    return product / (math.hypot(*a) * math.hypot(*b))


def reply_of(models: Models, *messages: Message, max_tokens: int = 40) -> tuple[str, ChatResult]:
    reply = ""
    for piece in models.generator().chat(
        messages, num_ctx=1024, max_tokens=max_tokens, think=False, temperature=0
    ):
        if isinstance(piece, ChatResult):
            return reply, piece
        if isinstance(piece, Progress):
            continue
        reply += piece.content
    raise AssertionError("the stream has no end")


def reopened(models: Models, folder: Path, embedding: str, chat: str) -> Models:
    """The same engine with other models."""
    if models.engine.startswith("embedded"):
        return open_models("embedded", [], folder, embedding, chat, stores=())
    if "OpenAI" in models.engine:
        return open_models("openai", [models.where], folder, embedding, chat, key=KEY)
    return open_models("ollama", [SERVER], folder, embedding, chat, stores=())


class ModelsContract:
    """What every engine does behind the ports: inherit it, and override one fixture."""

    @pytest.fixture(scope="class")
    @classmethod
    def models(cls) -> Models:
        raise NotImplementedError("an engine's test class overrides this fixture")

    def test_a_model_is_known_by_the_sha256_of_its_weights(self, models: Models) -> None:
        for info in (models.embedder().info(), models.generator().info()):
            assert len(info.digest) == 64
            assert int(info.digest, 16)
        assert "embedding" in models.embedder().info().capabilities
        assert "completion" in models.generator().info().capabilities

    def test_vectors_come_in_order_of_length_one_and_of_the_models_dimension(
        self, models: Models
    ) -> None:
        embedder = models.embedder()
        vectors = embedder.embed_passages(TEXTS)

        assert [len(vector) for vector in vectors] == [embedder.info().dimension] * 3
        assert all(abs(math.hypot(*vector) - 1) < 1e-3 for vector in vectors)
        for text, vector in zip(TEXTS, vectors, strict=True):
            assert cosine(embedder.embed_passages([text])[0], vector) > 0.999

    def test_a_question_lies_nearest_to_the_passage_that_answers_it(self, models: Models) -> None:
        embedder = models.embedder()
        passages = embedder.embed_passages(TEXTS)
        question = embedder.embed_query("怎样打电话给张飞？")
        nearness = [cosine(question, passage) for passage in passages]
        assert nearness[0] == max(nearness)

    def test_no_text_is_ever_cut_to_be_embedded(self, models: Models) -> None:
        embedder = models.embedder()
        long = "张飞的电话号码是多少。" * embedder.info().context_length
        with pytest.raises(InputTooLong):
            embedder.embed_passages(["short", long])
        assert len(embedder.embed_passages(["short"])) == 1

    def test_no_text_at_all_gives_no_vector(self, models: Models) -> None:
        assert models.embedder().embed_passages([]) == []

    def test_an_answer_is_streamed_and_ends_with_its_figures(self, models: Models) -> None:
        reply, end = reply_of(
            models, Message("user", "Write the numbers from one to five as digits.")
        )
        assert "3" in reply
        assert end.prompt_tokens > 5
        assert end.answer_tokens > 1
        assert end.answer_seconds > 0

    def test_how_far_the_prompt_is_read_is_told_where_the_engine_knows(
        self, models: Models
    ) -> None:
        if models.engine.startswith("Ollama"):
            pytest.skip("an Ollama server says nothing before its first word")
        steps = [
            *models.generator().chat(
                [Message("user", "Wie bitte? " * 45)],
                num_ctx=1024,
                max_tokens=2,
                think=False,
                temperature=0,
            )
        ]
        told = [one for one in steps if isinstance(one, Progress) and one.total]
        assert [one.done for one in told] == sorted(one.done for one in told)
        assert {(one.stage, one.unit) for one in told} == {("reading", "tokens")}
        end = steps[-1]
        assert isinstance(end, ChatResult)
        assert told[-1].done == told[-1].total == end.prompt_tokens > 130

    def test_an_answer_stops_at_its_limit(self, models: Models) -> None:
        _, end = reply_of(models, Message("user", "Count from 1 to 500."), max_tokens=5)
        assert (end.done_reason, end.answer_tokens) == ("length", 5)

    def test_an_answer_copies_what_the_passage_says(self, models: Models) -> None:
        reply, _ = reply_of(
            models,
            Message("system", "Copy the passage's own words."),
            Message("user", "[1] 张飞的电话号码是u987438274。\n\n问题：张飞的电话号码是什么？"),
        )
        assert "u987438274" in reply

    def test_an_answer_goes_on_from_its_beginning_where_the_engine_says_that_it_can(
        self, models: Models
    ) -> None:
        if not models.generator().info().continues:
            pytest.skip("this engine takes words of the assistant as a whole turn")
        asked = Message("user", "Write the letters from A to F, separated by blanks.")
        reply, _ = reply_of(models, asked, Message("assistant", "A B C"), max_tokens=4)
        assert reply.split()[0] == "D"

    def test_a_prompt_that_does_not_fit_is_refused_and_nothing_is_generated(
        self, models: Models
    ) -> None:
        answer = models.generator().chat(
            [TOO_LONG],
            num_ctx=512,
            max_tokens=5,
            think=False,
            temperature=0,
        )
        with pytest.raises(InputTooLong):
            assert [*answer]

    def test_the_first_token_is_told_with_how_likely_it_and_others_were(
        self, models: Models
    ) -> None:
        """In nats: what is certain is 0, and all probabilities together are no more than 1."""
        question = Message("user", "Is water wet? Answer only yes or no.")
        *_, first = models.generator().first_token([question], num_ctx=1024)
        assert isinstance(first, FirstToken)

        assert first.text.strip().lower() in {"yes", "no"}
        assert first.result.answer_tokens == 1
        if not first.logprobs:
            pytest.skip("this server is from before 0.12.11 and tells no log-probabilities")
        assert first.logprobs[first.text] == max(first.logprobs.values())
        assert 10 < len(first.logprobs) <= 20
        assert 0.5 < sum(map(math.exp, first.logprobs.values())) < 1.001

    def test_the_first_token_of_a_prompt_that_does_not_fit_is_refused(self, models: Models) -> None:
        with pytest.raises(InputTooLong):
            assert [*models.generator().first_token([TOO_LONG], num_ctx=512)]

    def test_a_form_is_filled_in_with_values_that_it_offers_and_with_no_other_word(
        self, models: Models
    ) -> None:
        form = Form({"animal": ("cat", "whale"), "legs": ("0", "4")})
        asked = Message("user", "It lives in the sea, is large and breathes air. Which is it?")
        *_, filled = models.generator().fill([asked], form, num_ctx=1024)
        assert isinstance(filled, Filled)

        assert {*filled.values} == {"animal", "legs"}
        assert filled.values["animal"] == "whale"
        assert filled.result.answer_tokens < 30

    def test_a_form_whose_prompt_does_not_fit_is_refused(self, models: Models) -> None:
        with pytest.raises(InputTooLong):
            assert [*models.generator().fill([TOO_LONG], Form({"n": ("1", "2")}), num_ctx=512)]

    def test_an_answer_that_nobody_wants_any_more_is_stopped(self, models: Models) -> None:
        answer = models.generator().chat(
            [Message("user", "Count from 1 to 500, one number a line.")],
            num_ctx=1024,
            max_tokens=400,
            think=False,
            temperature=0,
        )
        assert isinstance(next(one for one in answer if not isinstance(one, Progress)), ChatPiece)
        answer.close()  # type: ignore[attr-defined]  # a generator, as every implementation is
        reply, _ = reply_of(models, Message("user", "Say yes."), max_tokens=3)
        assert reply

    def test_a_model_that_is_not_there_is_named_with_the_way_to_get_it(
        self, models: Models, models_folder: Path
    ) -> None:
        with (
            reopened(models, models_folder, "no-such-model", "x") as other,
            pytest.raises(ModelMissing, match="no-such-model") as raised,
        ):
            other.embedder().info()
        assert "no-such-model" in raised.value.hint

    def test_an_embedding_model_does_not_chat(self, models: Models, models_folder: Path) -> None:
        name = models.embedder().name
        with (
            reopened(models, models_folder, name, name) as other,
            pytest.raises(ModelError, match="not made for completion"),
        ):
            reply_of(other, Message("user", "x"))


class TestEmbeddedEngine(ModelsContract):
    @pytest.fixture(scope="class")
    @classmethod
    def models(cls, models_folder: Path) -> Iterator[Models]:
        with open_models("embedded", [], models_folder, *DEMO_NAMES, stores=()) as opened:
            yield opened


@pytest.mark.skipif(not SERVER, reason="KB_TEST_OLLAMA_HOST names no server")
class TestOllamaServer(ModelsContract):
    @pytest.fixture(scope="class")
    @classmethod
    def models(cls, models_folder: Path) -> Iterator[Models]:
        with open_models("ollama", [SERVER], models_folder, *SERVER_MODELS, stores=()) as opened:
            yield opened
