"""kb as a LlamaIndex retriever, embedding model and LLM; docs/llamaindex.md has an example.

A `KnowledgeBase` holds the models; the three others are made from it and end with it. Importing
this module puts kb's network guard in force: what `[egress] allow` does not name is refused, to
the rest of the process too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import llama_index.core
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.custom import CustomLLM
from llama_index.core.schema import (
    NodeRelationship,
    NodeWithScore,
    QueryBundle,
    RelatedNodeInfo,
    TextNode,
)
from llama_index.core.tools import FunctionTool

from kb.config import Settings
from kb.integrations.llamaindex_answers import KbQueryEngine, answering_tool
from kb.models.profiles import profile_for
from kb.ports import Embedder, Generator
from kb.session import Session
from kb.text.tokens import chat_tokens
from kb.types import ChatPiece, Hit, Message, Where

_FOR_PROGRAMS = ["chunk_id", "start", "end"]


class KnowledgeBase:
    """A home, a collection (or several: "law,hr") and the models that its configuration names.

    A context manager; closing it frees what the embedded engine has loaded. LlamaIndex gets kb's
    estimate of tokens, unless a tokenizer was set before: its own one is made for other models.

    Args:
        home, collection, config: as `--home`, `--collection` and `--config` of the command line.

    Raises:
        UsageError: the configuration cannot be read.
        ServerUnreachable: it asks for a server, and none answers.
    """

    def __init__(
        self,
        home: str | Path | None = None,
        *,
        collection: str | None = None,
        config: str | Path | None = None,
    ) -> None:
        self.session = Session.open(home, config=config, collection=collection)
        if llama_index.core.global_tokenizer is None:
            llama_index.core.Settings.tokenizer = _tokens
        self.models = self.session.models

    def retriever(
        self,
        *,
        top_k: int | None = None,
        where: Sequence[tuple[str, str]] = (),
        mode: str | None = None,
    ) -> KnowledgeBaseRetriever:
        """What is not given is taken from the configuration."""
        return KnowledgeBaseRetriever(self.session, top_k, tuple(where), mode)

    def query_engine(self) -> KbQueryEngine:
        """What `kb ask` answers: with kb's refusals, sources and computations."""
        return KbQueryEngine(self.session)

    def tool(self) -> FunctionTool:
        """The same for an agent, as a tool `ask_documents(question)`."""
        return answering_tool(self.session)

    def embedding(self) -> KbEmbedding:
        return KbEmbedding(self.models.embedder())

    def llm(self) -> KbLLM:
        return KbLLM(self.models.generator(), self.session.settings)

    def close(self) -> None:
        """Let go of the models. Closing twice does no harm."""
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class KnowledgeBaseRetriever(BaseRetriever):  # type: ignore[misc]  # LlamaIndex has no types here
    """kb's hybrid retrieval, on what is live when a question comes: a run in between is seen.

    Nodes carry the chunk's id, and source, page, line, section, chunk_id, start and end as
    metadata; offsets count code points of the document's text.

    Raises, when it retrieves:
        NothingFound: the collection is empty.
        ModelMismatch: the collection was embedded with another model.
    """

    def __init__(self, session: Session, top_k: int | None, where: Where, mode: str | None) -> None:
        self._session = session
        self._top_k = top_k
        self._where = where
        self._mode = mode
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._session.search(
            query_bundle.query_str, top_k=self._top_k, where=self._where, mode=self._mode
        )
        return [_node(hit) for hit in found.hits]


def _node(hit: Hit) -> NodeWithScore:
    chunk = hit.chunk
    metadata = {
        "source": hit.source,
        "page": chunk.page,
        "line": chunk.line,
        "section": chunk.section,
        "chunk_id": chunk.id,
        "start": chunk.start,
        "end": chunk.end,
    }
    node = TextNode(
        id_=chunk.id,
        text=chunk.text,
        metadata={key: value for key, value in metadata.items() if value is not None},
        excluded_llm_metadata_keys=_FOR_PROGRAMS,
        excluded_embed_metadata_keys=_FOR_PROGRAMS,
        start_char_idx=chunk.start,
        end_char_idx=chunk.end,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=chunk.doc_id)},
    )
    return NodeWithScore(node=node, score=hit.score)


class KbEmbedding(BaseEmbedding):  # type: ignore[misc]
    """The embedding model behind kb's port: its own prefixes, vectors of length 1.

    Raises InputTooLong for a text that does not fit the model; nothing is cut.
    """

    _embedder: Embedder = PrivateAttr()

    def __init__(self, embedder: Embedder, **options: Any) -> None:
        super().__init__(model_name=embedder.info().name, **options)
        self._embedder = embedder

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embedder.embed_query(query).tolist()

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [vector.tolist() for vector in self._embedder.embed_passages(texts)]


class KbLLM(CustomLLM):  # type: ignore[misc]
    """The chat model behind kb's port. A reasoning model's thoughts are never in its answers."""

    _generator: Generator = PrivateAttr()
    _settings: Settings = PrivateAttr()

    def __init__(self, generator: Generator, settings: Settings, **options: Any) -> None:
        super().__init__(**options)
        self._generator = generator
        self._settings = settings

    @property
    def metadata(self) -> LLMMetadata:
        answer = self._settings.answer
        return LLMMetadata(
            context_window=answer.num_ctx,
            num_output=answer.max_tokens,
            is_chat_model=True,
            model_name=self._generator.info().name,
        )

    @llm_chat_callback()  # type: ignore[untyped-decorator]
    def chat(self, messages: Sequence[ChatMessage], **options: Any) -> ChatResponse:
        text = "".join(self._say(messages))
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text))

    @llm_chat_callback()  # type: ignore[untyped-decorator]
    def stream_chat(
        self, messages: Sequence[ChatMessage], **options: Any
    ) -> Iterator[ChatResponse]:
        def stream() -> Iterator[ChatResponse]:
            text = ""
            for delta in self._say(messages):
                text += delta
                message = ChatMessage(role=MessageRole.ASSISTANT, content=text)
                yield ChatResponse(message=message, delta=delta)

        return stream()

    @llm_completion_callback()  # type: ignore[untyped-decorator]
    def complete(self, prompt: str, formatted: bool = False, **options: Any) -> CompletionResponse:
        return CompletionResponse(text="".join(self._say([ChatMessage(content=prompt)])))

    @llm_completion_callback()  # type: ignore[untyped-decorator]
    def stream_complete(
        self, prompt: str, formatted: bool = False, **options: Any
    ) -> Iterator[CompletionResponse]:
        def stream() -> Iterator[CompletionResponse]:
            text = ""
            for delta in self._say([ChatMessage(content=prompt)]):
                text += delta
                yield CompletionResponse(text=text, delta=delta)

        return stream()

    def _say(self, messages: Sequence[ChatMessage]) -> Iterator[str]:
        answer = self._settings.answer
        pieces = self._generator.chat(
            [Message(message.role.value, message.content or "") for message in messages],
            num_ctx=answer.num_ctx,
            max_tokens=answer.max_tokens,
            think=answer.think,
            temperature=profile_for(self._settings.models.chat).temperature,
        )
        for piece in pieces:
            if isinstance(piece, ChatPiece) and piece.content:
                yield piece.content


def _tokens(text: str) -> list[int]:
    """As many items as the text has tokens at most: LlamaIndex counts them and no more."""
    return [0] * chat_tokens(text)
