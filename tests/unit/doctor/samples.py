"""Patients for the doctor: homes, models and servers, healthy until a test breaks them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from kb import config
from kb.doctor import CHECKS, CheckResult, DoctorContext, run_checks
from kb.index.generation import Collection
from kb.models.demo import gguf_writer
from tests.index_samples import DIMENSION, FINGERPRINT, put

NOBODY = 65534
EMBEDDING = FINGERPRINT.embedding
CHAT = "chatty:1b"
DIGEST = FINGERPRINT.digest


def context_of(
    home: Path,
    settings: Mapping[str, config.Value] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    now: float | None = None,
    collection: str | None = None,
    **keys: config.Value,
) -> DoctorContext:
    """`models__engine="ollama"` sets that key, as `{"models.engine": …}` in `settings` does.

    Models lie beside the home folder, and Ollama's stores of this machine are left out of the
    picture.
    """
    flags = {
        "models.engine": "embedded",
        "models.embedding": EMBEDDING,
        "models.chat": CHAT,
        **(settings or {}),
        **{key.replace("__", "."): value for key, value in keys.items()},
    }
    read = config.load(home=home, collection=collection, flags=flags, environ={})
    around = {"OLLAMA_MODELS": str(home.parent / "store"), **(environ or {})}
    context = DoctorContext(read, home.parent / "models", environ=around)
    if now is not None:
        context.now = now
    return context


def checks(context: DoctorContext, name: str) -> list[CheckResult]:
    """What one check finds."""
    return [*run_checks(context, tuple(one for one in CHECKS if one.name == name))]


def check(context: DoctorContext, name: str) -> CheckResult:
    [found] = checks(context, name)
    return found


def filled(home: Path, name: str = "default") -> Path:
    """A collection of three chunks; the folder of its one generation."""
    with Collection(home, name).writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "phones.md", ["张飞的电话号码是u987438274", "曹操 123456"])
        put(draft, "other.md", ["Nothing of note."])
        draft.commit()
    return home / "collections" / name / "generations" / "00000001"


def add_model(
    folder: Path,
    name: str,
    *,
    embeds: bool = False,
    dimension: int = DIMENSION,
    context: int = 8192,
    digest: str = "",
) -> Path:
    """A GGUF file of a header alone; with `digest` beside it what kb would have computed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace(':', '-')}.gguf"
    facts: dict[str, gguf_writer.Value] = {
        "general.architecture": "bert" if embeds else "qwen2",
        f"{'bert' if embeds else 'qwen2'}.embedding_length": dimension,
        f"{'bert' if embeds else 'qwen2'}.context_length": context,
    }
    if embeds:
        facts["bert.pooling_type"] = 1
    with path.open("wb") as file:
        gguf_writer.write(file, facts, [])
    if digest:
        status = path.stat()
        kept = path.with_name(f"{path.name}.sha256")
        kept.write_text(f"{status.st_size} {status.st_mtime_ns} {digest}\n")
    return path


@contextmanager
def as_nobody(*folders: Path) -> Iterator[None]:
    """As a user without rights, also where the tests run as root. `folders`: let it in there."""
    for folder in folders:
        folder.chmod(0o755)
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


Answers = Mapping[str, object]


@contextmanager
def stub_server(answers: Answers) -> Iterator[str]:
    """A server on loopback that answers a path with the JSON given for it (bytes as they are), or
    with 404. Yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = self.rfile.read(length)
            answer = answers.get(self.path)
            if callable(answer):
                answer = answer(json.loads(asked or b"{}"))
            body = answer if isinstance(answer, bytes) else json.dumps(answer or {}).encode()
            self.send_response(404 if answer is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def ollama(
    *,
    models: tuple[str, ...] = (EMBEDDING, CHAT),
    dimension: int = DIMENSION,
    digest: str = DIGEST,
    context: int = 8192,
    loaded: tuple[Mapping[str, object], ...] = (),
    status: object = None,
) -> Answers:
    """What an Ollama server with these models answers."""

    def show(request: Mapping[str, object]) -> object:
        name = str(request["model"])
        if name not in models:
            return None
        embeds = name == EMBEDDING
        return {
            "modelfile": f"# Modelfile\nFROM /blobs/sha256-{digest}\n",
            "details": {},
            "model_info": {
                "general.architecture": "bert",
                "bert.embedding_length": dimension,
                "bert.context_length": context,
            },
            "capabilities": ["embedding"] if embeds else ["completion"],
        }

    answers: dict[str, object] = {
        "/api/version": {"version": "0.17.4"},
        "/api/show": show,
        "/api/ps": {"models": list(loaded)},
    }
    if status is not None:
        answers["/api/status"] = status
    return answers
