"""The leaks that this field is known for, one by one: each stock library is seen to reach out,
and kb, which uses it, is seen not to; without the guard, so that the switch is what is shown."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.airgap.machine import Seen, environment, watch
from tests.airgap.tracing import opened
from tests.commands import REPOSITORY, Kb

SCAN = next((REPOSITORY / "data" / "demo" / "docs").rglob("*扫描件.png"))

BLANK = """
import spacy
import unstructured.nlp.tokenize as tokenize
def blank():
    pipeline = spacy.blank("xx")
    pipeline.add_pipe("sentencizer")
    return pipeline
tokenize._load_spacy_model = blank
"""
ENGLISH = "This is a sentence in English. And this is another one."

STOCK = {
    "unstructured's telemetry": f"""{BLANK}
import unstructured.partition.html as html
html.partition_html(text="<p>{ENGLISH}</p>")
""",
    "unstructured's spaCy model": f"""
os.environ.update(DO_NOT_TRACK="true", SCARF_NO_ANALYTICS="true")
import unstructured.partition.html as html
html.partition_html(text="<p>{ENGLISH}</p>")
""",
    "LlamaIndex's tiktoken data": """
from llama_index.core.utils import get_tokenizer
get_tokenizer()("text")
""",
    "LlamaIndex's NLTK data": """
from llama_index.core.utils import globals_helper
globals_helper.punkt_tokenizer
""",
    "Qdrant's client through a proxy": """
from qdrant_client import QdrantClient
QdrantClient("http://127.0.0.1:9", check_compatibility=False).get_collections()
""",
}

ONNX = """
import onnxruntime, pathlib, rapidocr
model = next(pathlib.Path(rapidocr.__file__).parent.rglob("*.onnx"))
onnxruntime.InferenceSession(str(model))
"""

WHOLE_PATH = f"""
from pathlib import Path
from kb import egress
from kb.documents.chunking.chunk import chunk
from kb.documents.parse import parse
from kb.types import SourceFile

def taken_in(path):
    return chunk(parse(SourceFile("root", path.name, str(path), path.stat().st_size, 0)), 256, 1)

page = Path(r"{{folder}}", "page.html")
page.write_text("<h1>Title</h1>" + "<p>{ENGLISH}</p>" * 200, encoding="utf-8")
made = taken_in(page) + taken_in(Path(r"{SCAN}"))
assert not egress.is_installed()
print(len(made), "停水" in made[-1].text)
"""

QDRANT_OF_KB = """
from kb.errors import StoreError
from kb.config.settings import Store
from kb.index.qdrant_server.store import ServerStore
try:
    ServerStore(Store(url="http://127.0.0.1:9")).version()
except StoreError as error:
    print(error.reference)
"""


def seen_by(program: str, folder: Path) -> Seen:
    """A program of a user who has nothing: no cache of NLTK's, tiktoken's or anybody's data.

    unstructured leaves a lock in the temporary folder, which the next user of the machine may
    not open: the program has a folder of its own.
    """
    empty, own = folder / "nobodys-data", folder / "own-temporary-files"
    empty.mkdir()
    own.mkdir()
    data = {"NLTK_DATA": str(empty), "TIKTOKEN_CACHE_DIR": str(empty), "TMPDIR": str(own)}
    return watch([sys.executable, "-c", program], {**environment(folder / "user"), **data})


@pytest.mark.nightly
@pytest.mark.parametrize("name", STOCK)
def test_the_stock_library_reaches_out(name: str, tracer: None, tmp_path: Path) -> None:
    """Where this fails the leak is closed upstream, and kb's switch may go."""
    assert seen_by(STOCK[name], tmp_path).leaks


def test_onnxruntime_gives_the_machine_an_id(tracer: None, tmp_path: Path) -> None:
    """And sends it within seconds: `make demo` was caught at it, see docs/airgap.md."""
    seen = seen_by(ONNX, tmp_path)
    assert seen.done.code == 0, seen.done.err
    assert [*(tmp_path / "user").rglob("deviceid")]


@pytest.fixture(scope="module")
def through_kb(tracer: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Seen, Path]:
    """An English page and a scan, parsed and chunked in one process."""
    folder = tmp_path_factory.mktemp("through-kb")
    return seen_by(WHOLE_PATH.format(folder=folder), folder), folder


def test_parsing_ocr_and_chunking_reach_for_nothing(through_kb: tuple[Seen, Path]) -> None:
    seen, _ = through_kb
    assert seen.done.code == 0, seen.done.err
    assert seen.done.out.split()[1] == "True"
    assert seen.leaks == []


def test_they_look_for_nobodys_data(through_kb: tuple[Seen, Path]) -> None:
    """Where data is looked for on the disk first, a download is what follows."""
    wanted = re.compile(r"nltk_data|nltk_cache|tiktoken_cache|en_core_web|nobodys-data|deviceid")
    assert [path for path in opened(through_kb[0].calls) if wanted.search(path)] == []


def test_the_ocr_models_are_those_of_the_wheel(through_kb: tuple[Seen, Path]) -> None:
    models = {path for path in opened(through_kb[0].calls) if path.endswith(".onnx")}
    assert models
    assert all("/site-packages/rapidocr/models/" in path for path in models)


def test_nothing_is_kept_in_the_users_home(through_kb: tuple[Seen, Path]) -> None:
    _, folder = through_kb
    assert [*(folder / "user").rglob("*")] == []


def test_kb_asks_its_qdrant_server_and_no_proxy(tracer: None, tmp_path: Path) -> None:
    seen = seen_by(QDRANT_OF_KB, tmp_path)
    assert seen.done.out == "store-unavailable\n", seen.done.err
    assert seen.leaks == []


# --- what is not there cannot telephone -----------------------------------------------


@pytest.mark.parametrize(
    "package",
    [
        *("huggingface_hub", "transformers", "sentence_transformers", "fastembed"),
        *("posthog", "sentry_sdk", "segment", "mixpanel", "langchain", "boto3"),
        # The SDK of MCP needs opentelemetry-api, which sends nothing: these would.
        *("opentelemetry.sdk", "opentelemetry.exporter"),
    ],
)
def test_a_package_that_telephones_is_not_installed(package: str) -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8").lower()
    locked = {line.partition("==")[0].replace("-", "_") for line in lock.splitlines()}
    assert not any(f"{name}.".startswith(f"{package.replace('.', '_')}.") for name in locked)
    assert not _is_there(package)


def _is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # of the package above it
        return False


def test_the_clients_that_the_tests_ask_with_are_no_part_of_the_product() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    assert "\nopenai==" not in lock


def test_the_servers_own_telemetry_is_turned_off_where_a_server_is_configured() -> None:
    """A server is another program: its configuration is documented, and no sandbox of kb's."""
    cluster = (REPOSITORY / "configs" / "cluster.toml").read_text(encoding="utf-8")
    assert "QDRANT__TELEMETRY_DISABLED=true" in cluster
    for name in ("cluster", "ollama"):
        text = (REPOSITORY / "configs" / f"{name}.toml").read_text(encoding="utf-8")
        assert "OLLAMA_NO_CLOUD=1" in text


# --- Ollama's cloud models ------------------------------------------------------------


class FakeOllama(BaseHTTPRequestHandler):
    """A server on loopback that would take anything, and notes what it was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.answer({"version": "0.17.4"})

    def do_POST(self) -> None:
        self.answer({"remote_host": "https://ollama.com:443", "model_info": {}})

    def answer(self, document: dict[str, object]) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append(self.path)
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def ollama() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("FakeOllamaOfOneTest", (FakeOllama,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"127.0.0.1:{http.server_address[1]}", asked
        http.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("model", "received"),
    [("gpt-oss:120b-cloud", {"/api/version"}), ("renamed", {"/api/version", "/api/show"})],
)
def test_a_cloud_model_of_ollama_gets_no_document(
    ollama: tuple[str, list[str]], tmp_path: Path, model: str, received: set[str]
) -> None:
    host, asked = ollama
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("张飞的电话号码是u987438274。", encoding="utf-8")
    kb = Kb(
        tmp_path / "home",
        config="ollama.toml",
        variables={"KB_MODELS__HOST": host, "KB_MODELS__EMBEDDING": model},
    )
    done = kb("ingest", str(docs))
    assert done.code == 9
    what, why, fix = done.err.splitlines()[-3:]
    assert what == f"error: the model {model} does not run on the model server [egress-refused]"
    assert "https://ollama.com:443" in why or "ollama.com" in why
    assert "OLLAMA_NO_CLOUD=1" in fix
    assert set(asked) == received
