"""Which engine answers: an Ollama server, or llama.cpp in this process."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kb.errors import UsageError
from kb.models.demo import DEMO_NAMES
from kb.models.engine.store import ModelStore, file_stem, ollama_stores
from kb.models.ollama.adapters import ModelEmbedder, ModelGenerator
from kb.models.ollama.calls import BUSY_SECONDS, SILENT_SECONDS, Client, Engine, unreachable
from kb.models.ollama.calls import CAUGHT as NO_ANSWER
from kb.models.ollama.hosts import normalise_host
from kb.models.ollama.pool import ServerPool
from kb.models.ollama.wire import NothingRemote, server_version

if TYPE_CHECKING:
    from kb.models.engine.embedded import EmbeddedEngine

log = logging.getLogger(__name__)

_AUTO_SECONDS = 0.3
_SERVER_SECONDS = 5.0


class Models:
    """The models of one run, behind whichever engine was taken. No model is loaded before it
    is used. A context manager; closing it frees what the embedded engine has loaded."""

    def __init__(
        self,
        client: Client,
        embedding: str,
        chat: str,
        halt: Callable[[], None] = lambda: None,
        free: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._halt = halt
        self._free = free
        self._embedding = embedding
        self._chat = chat
        # llama.cpp's threads must end before the interpreter does, whatever happens to the caller.
        atexit.register(self.close)

    @property
    def engine(self) -> str:
        """Which engine was taken, in words: `Ollama 0.17.4`, or `embedded llama.cpp`."""
        return self._client.engine.name

    @property
    def where(self) -> str:
        """The server's address, or the models folder."""
        return self._client.engine.where

    def embedder(self) -> ModelEmbedder:
        return ModelEmbedder(self._client, self._embedding)

    def generator(self, name: str = "") -> ModelGenerator:
        """The chat model of this name, by default the configured one."""
        return ModelGenerator(self._client, name or self._chat)

    def names(self) -> tuple[str, ...]:
        """The models that the engine has. Raises ServerUnreachable, EngineFailed."""
        return self._client.names()

    def halt(self) -> None:
        """Break off the answer that is being written, from any thread: whoever reads it gets
        Interrupted. A server's goes on until its reader closes it."""
        self._halt()

    def free(self) -> None:
        """Free what the embedded engine has loaded and nobody uses; it loads it again when it is
        asked. A server keeps its own."""
        self._free()

    def close(self) -> None:
        """Let go of the engine. Closing twice does no harm."""
        atexit.unregister(self.close)
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_models(
    engine: str,
    hosts: Sequence[str],
    folder: Path,
    embedding: str,
    chat: str,
    stores: Sequence[Path] | None = None,
    *,
    busy_seconds: float = BUSY_SECONDS,
    key: str = "",
) -> Models:
    """Open the engine that is asked for.

    Args:
        engine: `ollama`, `openai` (each model is asked of the first host that lists it),
            `embedded`, or `auto`: the first server that answers within 0.3 s,
            else the embedded engine.
        hosts: addresses of Ollama servers in any form that OLLAMA_HOST takes. The first that
            answers is used, the others when it can no longer be reached.
        folder: GGUF files for the embedded engine, see kb/models/engine/store.py.
        embedding, chat: names of models, as Ollama knows them.
        stores: Ollama's own model stores; None for those of this machine.
        busy_seconds: for which a busy server is waited for.
        key: what each server of `openai` is sent in `Authorization`.

    Raises:
        ServerUnreachable: `ollama`, and no server answers.
        UsageError: a host is not an address.
        EgressBlocked: a host is not allowed; later, a model that a server would not run itself.
    """
    if engine not in ("auto", "ollama", "openai", "embedded"):
        raise UsageError(
            f"models.engine = '{engine}' is not valid",
            why="the engines are auto, ollama, openai and embedded",
            hint="correct models.engine",
        )
    if engine == "openai":
        return Models(_openai(hosts, busy_seconds, key), embedding, chat)
    if engine != "embedded":
        addresses = [normalise_host(host) for host in hosts]
        found = _server(addresses, busy_seconds, required=engine == "ollama")
        if found is not None:
            return Models(found, embedding, chat)
    from kb.models.engine.embedded import EmbeddedEngine

    places = ollama_stores() if stores is None else stores
    engine_here = EmbeddedEngine(ModelStore(folder, places))
    client = _embedded(engine_here, (embedding, chat))
    return Models(client, embedding, chat, engine_here.halt, engine_here.close)


def _server(hosts: list[str], busy_seconds: float, *, required: bool) -> Client | None:
    """The first server that answers, the rest behind it. Raises ServerUnreachable if `required`."""
    for place, host in enumerate(hosts):
        version = server_version(host, _SERVER_SECONDS if required else _AUTO_SECONDS)
        if version is not None:
            log.info("models: Ollama %s at %s", version, host)
            return server_client(hosts[place:] + hosts[:place], version, busy_seconds=busy_seconds)
    if required:
        raise unreachable(", ".join(hosts) or "no address at all", "")
    return None


def _openai(hosts: Sequence[str], busy_seconds: float, key: str) -> Client:
    """Raises ServerUnreachable: none of the servers answers."""
    from kb.models.openai.transport import OpenAITransport, unreachable

    addresses = [normalise_host(host).removesuffix("/v1") for host in hosts]
    transport = OpenAITransport(addresses, key)
    try:
        log.info("models: OpenAI's protocol, %s", ", ".join(transport.models()))
    except NO_ANSWER as error:
        transport.close()
        raise unreachable(addresses, error) from error
    get = "start a server that lists it at /v1/models, or correct the name ({})"
    # OpenAI's protocol has no word for it: most servers take such a message as a whole turn.
    engine = Engine("an OpenAI-compatible server", addresses[0], get, continues=False)
    return Client(transport, addresses[0], engine, busy_seconds=busy_seconds)


def server_client(
    hosts: Sequence[str],
    version: str,
    seconds: float = SILENT_SECONDS,
    busy_seconds: float = BUSY_SECONDS,
) -> Client:
    """A client of the first of these servers, with the others behind it; nothing is sent yet.

    `seconds`: after which a silent server is given up; `busy_seconds`: a busy one.
    """
    get = "on a machine with a network: ollama pull {}"
    engine = Engine(f"Ollama {version}", hosts[0], get, lists_loaded=True)
    transport = NothingRemote(ServerPool(hosts))
    return Client(transport, hosts[0], engine, seconds=seconds, busy_seconds=busy_seconds)


def how_to_get(wanted: Sequence[str]) -> str:
    """The command by which the embedded engine gets a missing model (`{}`), of those wanted."""
    stems = {file_stem(name) for name in DEMO_NAMES}
    if stems.intersection(file_stem(name) for name in wanted):
        return "fetch the demo models: kb models fetch-demo"
    return "put its GGUF file into the models folder: kb models add FILE.gguf --name {}"


def _embedded(engine: EmbeddedEngine, wanted: Sequence[str]) -> Client:
    from kb.models.engine.transport import EmbeddedTransport

    folder = engine.store.folder
    log.info("models: embedded llama.cpp, from %s", folder)
    return Client(
        EmbeddedTransport(engine),
        "http://embedded",
        Engine("embedded llama.cpp", str(folder), how_to_get(wanted)),
    )
