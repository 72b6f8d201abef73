"""Models behind a server of OpenAI's protocol: the same contract as any engine's, against
llama.cpp's own server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import ServerUnreachable
from kb.models.connect import Models, open_models
from kb.models.demo import DEMO_NAMES
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
