"""A stub of a Qdrant server: qdrant_client's engine in memory, behind the part of Qdrant's REST
interface that kb uses. It shows that what kb sends and reads is what a server takes and answers;
how fast or how good a real one is it does not show.
"""

from __future__ import annotations

import json
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel, TypeAdapter
from qdrant_client import QdrantClient, models

Body = dict[str, Any]
Route = Callable[[QdrantClient, str, Body], object]


def _create(client: QdrantClient, name: str, body: Body) -> object:
    wanted = models.CreateCollection(**body)
    assert wanted.vectors is not None
    return client.create_collection(
        name, wanted.vectors, sparse_vectors_config=wanted.sparse_vectors
    )


def _upsert(client: QdrantClient, name: str, body: Body) -> object:
    return client.upsert(name, models.PointsList(**body).points)


def _query(client: QdrantClient, name: str, body: Body) -> object:
    return client.query_batch_points(name, models.QueryRequestBatch(**body).searches)


def _scroll(client: QdrantClient, name: str, body: Body) -> object:
    asked = models.ScrollRequest(**body)
    points, after = client.scroll(
        name,
        limit=asked.limit or 10,
        offset=asked.offset,
        with_payload=asked.with_payload or False,
        with_vectors=asked.with_vector or False,
    )
    return models.ScrollResult(points=points, next_page_offset=after)


def _retrieve(client: QdrantClient, name: str, body: Body) -> object:
    asked = models.PointRequest(**body)
    payload, vectors = asked.with_payload or False, asked.with_vector or False
    return client.retrieve(name, asked.ids, with_payload=payload, with_vectors=vectors)


def _delete(client: QdrantClient, name: str, body: Body) -> object:
    return client.delete(name, models.PointIdsList(**body))


ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/exists"): lambda client, name, body: {"exists": client.collection_exists(name)},
    ("GET", ""): lambda client, name, body: client.get_collection(name),
    ("PUT", ""): _create,
    ("DELETE", ""): lambda client, name, body: client.delete_collection(name),
    ("PUT", "/index"): lambda client, name, body: models.UpdateResult(
        operation_id=1, status=models.UpdateStatus.COMPLETED
    ),
    ("PUT", "/points"): _upsert,
    ("POST", "/points"): _retrieve,
    ("POST", "/points/delete"): _delete,
    ("POST", "/points/query/batch"): _query,
    ("POST", "/points/scroll"): _scroll,
    ("POST", "/points/count"): lambda client, name, body: client.count(name, exact=True),
}
_PATH = re.compile(r"/collections/([^/?]+)([^?]*)")


@contextmanager
def qdrant_stub_server() -> Iterator[str]:
    """Its address."""
    engine = QdrantClient(":memory:")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            found = _PATH.match(self.path)
            route = ROUTES.get((self.command, found[2])) if found else None
            status, result = 404, b"null"
            if found and route:
                try:
                    with lock, warnings.catch_warnings():
                        warnings.simplefilter("ignore", UserWarning)
                        result = _dumped(route(engine, unquote(found[1]), body))
                    status = 200
                except ValueError as error:
                    status = 404 if "not found" in str(error) else 400
                    result = json.dumps(str(error)).encode()
            content = b'{"result": %b, "status": "ok", "time": 0.0}' % result
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        engine.close()


def _dumped(result: object) -> bytes:
    if isinstance(result, BaseModel):
        return result.model_dump_json().encode()
    return TypeAdapter(Any).dump_json(result)
