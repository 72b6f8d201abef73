"""What goes wrong on the way to a Qdrant server, in kb's own errors.

The server is a stub on loopback that gives the answers it was told, one after another.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import httpx
import pydantic
import pytest
import qdrant_client
from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from kb.config.settings import Store
from kb.errors import (
    EgressBlocked,
    KbError,
    StoreDamaged,
    StoreError,
    StoreUnavailable,
    UsageError,
)
from kb.index.qdrant_server import points
from kb.index.qdrant_server.connection import Connection
from kb.index.qdrant_server.faults import CAUGHT, explained
from kb.index.qdrant_server.index import ServerIndex
from kb.ports import Anticipated
from kb.types import SparseVector
from tests.index_samples import DIMENSION, document, embedded, unit_vector
from tests.unit.index.qdrant_stub import OK, stub_qdrant

pytestmark = pytest.mark.filterwarnings(
    "ignore:(Payload indexes have no effect in the local|Local mode performs exact):UserWarning"
)


def exceptions_of_qdrant_client() -> set[type[Exception]]:
    """Those of every module of the client for REST, but for what it does with FastEmbed."""
    found: set[type[Exception]] = set()
    for module in pkgutil.walk_packages(qdrant_client.__path__, "qdrant_client."):
        if "fastembed" in module.name or "migrate" in module.name:
            continue
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, Exception) and kind.__module__.startswith("qdrant_client"):
                found.add(kind)
    return found


@pytest.mark.parametrize(
    "kind",
    sorted([*exceptions_of_qdrant_client(), pydantic.ValidationError], key=str),
)
def test_every_exception_of_the_client_library_has_a_meaning(kind: type[Exception]) -> None:
    assert issubclass(kind, CAUGHT), f"{kind.__name__} is missing from CAUGHT"


def refused(status: int, content: bytes = b"{}") -> UnexpectedResponse:
    return UnexpectedResponse(status, "no", content, httpx.Headers())


@pytest.mark.parametrize(
    ("error", "meaning", "hint"),
    [
        (refused(401), StoreUnavailable, "api_key_file"),
        (refused(403), StoreUnavailable, "api_key_file"),
        (refused(403, b"Limit exceeded 20 > 10. Help: reduce it"), StoreError, "strict mode"),
        (refused(404), StoreDamaged, "store.url"),
        (refused(307), EgressBlocked, "store.url"),
        (refused(400), StoreError, "log"),
        (refused(429), StoreUnavailable, "later"),
        (refused(503), StoreUnavailable, "log"),
        (ResourceExhaustedResponse("too many", 3), StoreUnavailable, "later"),
        (ResponseHandlingException(httpx.ConnectError("refused")), StoreUnavailable, "start it"),
        (ResponseHandlingException(httpx.ReadTimeout("slow")), StoreUnavailable, "log"),
        (
            ResponseHandlingException(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] no")),
            StoreUnavailable,
            "store.ca_file",
        ),
        (
            ResponseHandlingException(httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] record")),
            StoreUnavailable,
            "http://",
        ),
        (ValueError("no such thing"), StoreError, "kb -v"),
    ],
)
def test_what_is_raised_is_named(error: Exception, meaning: type[KbError], hint: str) -> None:
    found = explained(error, "kb-test")
    assert type(found) is meaning
    assert found.why
    assert hint in found.hint


def test_an_error_of_ours_comes_through_as_it_is() -> None:
    inner = UsageError("what", why="why", hint="do")
    assert explained(ResponseHandlingException(inner), "kb-test") is inner


def connection(url: str, pauses: list[float], patience: float = 60.0) -> Connection:
    return Connection(QdrantClient(url=url, check_compatibility=False), pauses.append, patience)


NONE = SparseVector((), ())
BUSY = {"status": {"error": "Too many read requests"}}


@pytest.mark.parametrize(
    ("headers", "pauses"), [({"Retry-After": "7"}, [7.0, 7.0]), ({}, [0.5, 1.0])]
)
def test_a_busy_server_is_asked_again_after_the_pause_that_it_names(
    headers: dict[str, str], pauses: list[float]
) -> None:
    slept: list[float] = []
    with stub_qdrant((429, headers, BUSY), (429, headers, BUSY), OK) as (url, asked):
        answer = connection(url, slept).call("kb-x", lambda c: c.collection_exists("kb-x"))
    assert answer is True
    assert slept == pauses
    assert len(asked) == 3


def test_a_server_that_stays_busy_is_given_up_and_says_so() -> None:
    slept: list[float] = []
    with (
        stub_qdrant((429, {"Retry-After": "25"}, BUSY)) as (url, _),
        pytest.raises(StoreUnavailable, match="busy") as raised,
    ):
        connection(url, slept).call("kb-x", lambda c: c.collection_exists("kb-x"))
    assert slept == [25.0, 25.0]
    assert "Too many read requests" in raised.value.why


def test_a_delay_that_is_a_date_is_waited_for_as_none_would_be() -> None:
    """A proxy may write one; qdrant_client raises over it."""
    slept: list[float] = []
    headers = {"Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT"}
    with stub_qdrant((429, headers, BUSY), OK) as (url, _):
        assert connection(url, slept).call("kb-x", lambda c: c.collection_exists("kb-x"))
    assert slept == [0.5]


def test_an_answer_that_is_not_qdrants_is_a_store_error() -> None:
    with stub_qdrant((200, {}, ["welcome"])) as (url, _), pytest.raises(StoreError):
        connection(url, []).call("kb-x", lambda c: c.collection_exists("kb-x"))


def test_a_path_of_very_many_documents_is_sent_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "IDS_A_FILTER", 4)
    client = QdrantClient(":memory:")
    many = {f"{number}.md": document(f"{number}.md", [f"text {number}"]) for number in range(11)}
    index = ServerIndex(
        Connection(client),
        "kb-test",
        dimension=DIMENSION,
        create=Store(),
        documents=lambda glob: [record.doc_id for record, _ in many.values()],
    )
    index.upsert([embedded(chunk) for _, chunks in many.values() for chunk in chunks])
    question = unit_vector("a question")
    whole = index.search_dense(question, 5)
    assert len(index.filters((("path", "*"),))) == 3
    names = [hit.chunk_id for hit in whole]
    found = index.search_dense(question, 5, (("path", "*"),))
    assert [hit.chunk_id for hit in found] == names
    told = index.for_question(
        Anticipated(question, NONE, NONE, ((("path", "*"),),), limit=5, sample=())
    )
    found = told.search_dense(question, 5, (("path", "*"),))
    assert [hit.chunk_id for hit in found] == names
    client.close()
