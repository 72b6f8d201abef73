"""kb's own answers within LlamaIndex: a query engine and a tool, with kb's refusals, sources and
computations. kb/integrations/llamaindex.py makes both."""

from __future__ import annotations

import asyncio
import json

from llama_index.core.base.response.schema import Response
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.query_engine.custom import CustomQueryEngine
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.tools import FunctionTool

from kb.session import Answer, Citation, Session, to_json
from kb.session.plain import text_with_sources

DESCRIPTION = (
    "Answers a question from the private documents of a knowledge base, with sources; counts and "
    "sums are computed over tables. Where the documents do not hold the answer it says so: then "
    "say that as well, and do not guess."
)


class KbQueryEngine(CustomQueryEngine):  # type: ignore[misc]  # LlamaIndex has no types here
    """What `kb ask` answers. `source_nodes` are the passages that the answer names, each node's
    text a verbatim quote; `metadata` has the fields of `kb ask --json`, `found` and `refused_by`
    among them. A refusal is a response without source nodes.

    Raises, when it is asked: what Session.ask raises.
    """

    _session: Session = PrivateAttr()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def custom_query(self, query_str: str) -> Response:
        answer = self._session.ask(query_str).answer()
        return Response(
            response=answer.text,
            source_nodes=[_node(one) for one in answer.citations],
            metadata=json.loads(to_json(answer)),
        )

    async def acustom_query(self, query_str: str) -> Response:
        return await asyncio.to_thread(self.custom_query, query_str)


def answering_tool(session: Session) -> FunctionTool:
    """A tool for an agent: a question in, the answer with its sources as text out."""

    def ask_documents(question: str) -> str:
        answer: Answer = session.ask(question).answer()
        return text_with_sources(answer)

    return FunctionTool.from_defaults(fn=ask_documents, description=DESCRIPTION)


def _node(citation: Citation) -> NodeWithScore:
    place = {
        "source": citation.source,
        "page": citation.page,
        "line": citation.line,
        "section": citation.section,
    }
    metadata = {key: value for key, value in place.items() if value is not None}
    return NodeWithScore(node=TextNode(text=citation.quote, metadata=metadata))
