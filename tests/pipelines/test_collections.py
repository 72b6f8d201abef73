"""Several collections in one question. Documents, catalogs and stores are real; the embedding
model and the chat model are fakes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest

from kb.index.sparse import query_vector
from kb.pipelines.ask import Limits, Tools, ask, retrieve
from kb.retrieval.multi_collection import Catalog, MultiCatalog, MultiIndex, Part
from kb.types import Answer, ChatPiece, Query, SearchMode, Where
from tests.fakes import FakeGenerator
from tests.pipelines.workspace import Workspace

LAW = {
    "contract.md": "---\ntype: contract\n---\n# 合同\n\n合同HT-2024-0917的总价是38万元。",
    "policy.md": "# Travel\n\nA private car is reimbursed with 0.90 per kilometre.",
}
HR = {
    "phones.txt": "张飞的电话号码是u987438274。",
    "leave.txt": "年假有十天。病假需要医院的证明。",
}
QUESTIONS = ("张飞的电话号码", "合同HT-2024-0917的总价", "private car per kilometre", "年假")


@pytest.fixture
def library(workspace: Workspace) -> Workspace:
    """The collections law, hr and both; `both` holds what the other two do."""
    for name, files in {"law": LAW, "hr": HR, "both": LAW | HR}.items():
        workspace.fill(name, files)
    return workspace


@contextmanager
def opened(library: Workspace, *names: str, says: Sequence[ChatPiece] = ()) -> Iterator[Tools]:
    with ExitStack() as stack:
        live = [(name, stack.enter_context(library.named(name).reader())) for name in names]
        parts = [Part(name, one.vectors, one.catalog) for name, one in live]
        catalog: Catalog = parts[0].catalog if len(parts) == 1 else MultiCatalog(parts)
        yield Tools(
            index=parts[0].index if len(parts) == 1 else MultiIndex(parts),
            catalog=catalog,
            lexical=partial(query_vector, df=catalog.df, n=catalog.chunk_count()),
            embedder=library.embedder,
            generator=lambda: FakeGenerator(says),
            engine="fake",
            temperature=0.0,
            threshold=None,
        )


def found(
    library: Workspace, names: Sequence[str], question: str, mode: SearchMode, where: Where = ()
) -> list[tuple[str, float]]:
    with opened(library, *names) as tools:
        hits = retrieve(Query(question, 10, mode, where), tools).hits
    return [(hit.chunk.text, round(hit.score, 6)) for hit in hits]


@pytest.mark.parametrize("mode", SearchMode)
def test_two_collections_rank_and_score_as_one_that_holds_both(
    library: Workspace, mode: SearchMode
) -> None:
    for question in QUESTIONS:
        together = found(library, ["law", "hr"], question, mode)
        assert together
        assert sorted(together) == sorted(found(library, ["both"], question, mode))
        scores = [score for _, score in together]
        assert scores == sorted(scores, reverse=True)


def test_a_source_is_named_with_its_collection(library: Workspace) -> None:
    with opened(library, "law", "hr") as tools:
        hits = retrieve(Query("张飞的电话号码", 4), tools).hits
    assert hits[0].source == "hr:phones.txt"
    assert {hit.source.partition(":")[0] for hit in hits} == {"law", "hr"}
    assert len({hit.chunk.id for hit in hits}) == len(hits)


def test_a_document_that_is_in_both_is_found_once(library: Workspace) -> None:
    with opened(library, "hr", "both") as tools:
        hits = retrieve(Query("张飞的电话号码", 2), tools).hits
    places = {"hr:phones.txt", "both:phones.txt"}
    assert len([hit for hit in hits if hit.source in places]) == 1


def test_a_condition_holds_in_every_collection(library: Workspace) -> None:
    only = found(library, ["law", "hr"], "合同", SearchMode.HYBRID, (("path", "*.txt"),))
    assert only
    assert {text for text, _ in only} <= set(HR.values())


def test_an_answer_cites_the_collection(library: Workspace) -> None:
    words = [ChatPiece("张飞的电话号码是u987438274。[1]")]
    with opened(library, "law", "hr", says=words) as tools:
        limits = Limits(num_ctx=2048, max_tokens=64)
        *_, answer = ask(Query("张飞的电话号码", 2), tools, limits, think=False, strict=False)
    assert isinstance(answer, Answer)
    assert answer.found
    assert [citation.source for citation in answer.citations] == ["hr:phones.txt"]


def test_the_sample_for_the_medians_is_taken_from_each_by_its_share(library: Workspace) -> None:
    with opened(library, "law", "hr") as tools:
        whole = tools.catalog.sample(256)
        some = tools.catalog.sample(2)
        assert tools.catalog.sample(256) is whole, "put together once"
    assert len(whole) == len(LAW) + len(HR)
    assert {one.partition(":")[0] for one in some} == {"law", "hr"}


def test_the_neighbourhood_of_a_chunk_stays_in_its_collection(library: Workspace) -> None:
    with ExitStack() as stack:
        live = [(name, stack.enter_context(library.named(name).reader())) for name in ("law", "hr")]
        catalogs = MultiCatalog([Part(name, one.vectors, one.catalog) for name, one in live])
        [chunk] = catalogs.chunks([*catalogs.sample(256)][:1])
        assert catalogs.neighbours(chunk, 1)[0] == chunk
        assert catalogs.document(chunk.doc_id) is not None
        assert catalogs.document("law:unknown") is None


def test_they_are_read_only(library: Workspace) -> None:
    with opened(library, "law", "hr") as tools:
        assert tools.index.count() == len(LAW) + len(HR)
        assert list(tools.index.ids()) == sorted(tools.index.ids())
        with pytest.raises(NotImplementedError):
            tools.index.delete(["law:x"])
