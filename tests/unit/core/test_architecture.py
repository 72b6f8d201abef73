"""The house's rules, checked on the code itself: who may import whom, and what a start costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kb.index.generation import Collection
from tests.index_samples import FINGERPRINT, put, table_of

REPOSITORY = Path(__file__).parents[3]
# kb/pipelines is a link to pipelines/, which rglob does not follow.
FILES = sorted([*(REPOSITORY / "kb").rglob("*.py"), *(REPOSITORY / "kb/pipelines").glob("*.py")])
ROOMS = (
    *("documents", "models", "index", "retrieval", "answering", "evaluation"),
    *("reporting", "bundle", "versions"),
)
# Above the pipelines: what a program holds, kb.session. Above it the faces, by which kb is used:
# the command line, HTTP, and kb as a part of what others build; and the doctor, which looks into
# every room.
SESSION = "kb.session"
FACES = ("kb.cli", "kb.serving", "kb.mcp", "kb.integrations")
TOP = (*FACES, "kb.doctor")

IMPORTERS = {
    "click": {"kb.cli"},
    "rich": {"kb.cli.progress"},
    "platformdirs": {"kb.config"},
    "unstructured": {"kb.documents.converters.common.unstructured"},
    "pypdfium2": {"kb.documents.converters.pdf"},
    "rapidocr": {"kb.documents.converters.common.ocr"},
    "charset_normalizer": {"kb.documents.text.encoding"},
    "markdown_it": {"kb.documents.converters.markdown"},
    "lxml": {"kb.documents.converters.common.markup"},
    "openpyxl": {"kb.documents.converters.xlsx"},
    "pi_heif": {"kb.documents.converters.heic"},
    "xlrd": {"kb.documents.converters.xls"},
    "pptx": {"kb.documents.converters.pptx"},
    "oxmsg": {"kb.documents.converters.msg"},
    "pypandoc": {"kb.documents.converters.common.pandoc"},
    "llama_index": {"kb.documents.chunking.chunk", "kb.integrations"},
    "httpx": {
        *("kb.models.ollama", "kb.models.engine.transport", "kb.models.openai"),
        *("kb.http", "kb.index.qdrant_server"),
    },
    "numpy": {"kb.documents.converters.common.ocr"},
    "ollama": {"kb.models.ollama.calls"},
    "xllamacpp": {"kb.models.engine.llama"},
    "qdrant_edge": {"kb.index.qdrant_edge"},
    "qdrant_client": {"kb.index.qdrant_server"},
    "rjieba": {"kb.answering.tagger"},
    "cryptography": {"kb.bundle.keys"},
    "pyrage": {"kb.bundle.age"},
    "zstandard": {"kb.bundle.frames"},
    "packaging": {"kb.requirements"},
    "starlette": {"kb.serving.app", "kb.serving.responses", "kb.serving.routes"},
    "mcp": {"kb.mcp.protocol"},
    "jinja2": {"kb.evaluation.report"},
    "uvicorn": {"kb.serving.server", "kb.serving.connections"},
}


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(file: Path) -> frozenset[str]:
    """Every module a file imports, wherever in it."""
    return frozenset(_imports(file))


def _imports(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            # `from kb.index import disk` names a module by its last part.
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Call) and _name(node.func).endswith("import_module"):
            yield ast.unparse(node.args[0]).lstrip("f").strip("'\"")


def _name(function: ast.expr) -> str:
    """The last part of what is called; empty where that has no name."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else ""


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_imports_go_one_way(file: Path) -> None:
    module = module_of(file)
    for found in imports(file):
        inside = found.split(".")[0] == "kb"
        if not inside or module.startswith(TOP):
            continue
        assert not found.startswith(TOP), "nothing imports what stands above it"
        if module.startswith(SESSION):
            continue
        assert not found.startswith(SESSION), "only the faces hold a session"
        if module.startswith("kb.pipelines"):
            continue
        assert not found.startswith("kb.pipelines"), (
            "only what stands above the pipelines imports them"
        )
        foundation = (
            "errors",
            "types",
            "run_types",
            "version_types",
            "table_types",
            "model_types",
            "config",
            "egress",
            "ports",
            "atomic",
            "http",
        )
        if module.startswith(tuple(f"kb.{name}" for name in foundation)):
            assert not room_of(found), "the foundation knows no room"
        if module.startswith("kb.text"):
            assert found.startswith("kb.text"), "text stands below everything else of ours"
        if module.startswith("kb.sandbox"):
            assert found.startswith("kb.sandbox"), "so does the sandbox, which workers enter too"
        if room_of(module):
            assert room_of(found) in ("", room_of(module)), "rooms do not know each other"


def test_the_client_and_the_engine_behind_it_do_not_know_each_other() -> None:
    """What speaks Ollama's protocol must do without knowing what answers, and the other way."""
    for this, other in (("ollama", "engine"), ("engine", "ollama"), ("engine", "demo")):
        for file in (REPOSITORY / "kb/models" / this).glob("*.py"):
            assert [it for it in imports(file) if it.startswith(f"kb.models.{other}")] == []


def test_faces_stand_side_by_side_on_the_session() -> None:
    """A command starts the face of its name, and kb serve offers what kb mcp does at /mcp."""
    across = {
        (module_of(file), found)
        for file in FILES
        for found in imports(file)
        for face in FACES
        if found.startswith(face) and not module_of(file).startswith(face)
    }
    assert {(module, found.split(".")[1]) for module, found in across} == {
        ("kb.cli.serve", "serving"),
        ("kb.cli.mcp", "mcp"),
        ("kb.serving.routes.mcp", "mcp"),
    }


OF_TYPES = ("kb.text", "kb.version_types", "kb.table_types")


def test_errors_import_nothing_and_types_only_text_of_ours() -> None:
    assert imports(REPOSITORY / "kb" / "errors.py") == frozenset()
    ours = [one for one in imports(REPOSITORY / "kb" / "types.py") if one.startswith("kb")]
    assert [one for one in ours if not one.startswith(OF_TYPES)] == []
    for name in ("version_types", "table_types"):
        assert not [one for one in imports(REPOSITORY / "kb" / f"{name}.py") if "kb" in one]


@pytest.mark.parametrize("package", IMPORTERS)
def test_a_third_party_package_is_imported_in_one_place(package: str) -> None:
    found = {
        module_of(file)
        for file in FILES
        if any(name.split(".")[0] == package for name in imports(file))
    }
    allowed = IMPORTERS[package]
    assert {m for m in found if not any(m == a or m.startswith(f"{a}.") for a in allowed)} == set()
    assert found, f"{package} is imported nowhere: take it out of the dependencies"


def test_pipelines_import_no_third_party() -> None:
    own = {*sys.stdlib_module_names, "kb"}
    for file in FILES:
        if module_of(file).startswith("kb.pipelines"):
            assert {name.split(".")[0] for name in imports(file)} <= own


@pytest.mark.process
@pytest.mark.parametrize("arguments", [["--help"], ["status"]], ids=" ".join)
def test_a_quick_command_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    heavy = [
        *("llama_index", "unstructured", "qdrant_client", "ollama", "xllamacpp", "numpy"),
        *("cryptography", "pyrage", "zstandard", "packaging", "starlette", "uvicorn", "anyio"),
        *("jinja2", "mcp", "pydantic"),
    ]
    if arguments == ["--help"]:
        heavy += ["kb.session", "kb.index"]
    code = (
        "import sys; from kb.cli.main import run\n"
        f"assert run(['--home', {str(tmp_path)!r}, *{arguments!r}]) == 0\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.process
def test_the_status_of_a_collection_imports_nothing_of_what_writes_or_answers(
    tmp_path: Path,
) -> None:
    """Half of its time is imports: what few commands need is imported where it is used."""
    with Collection(tmp_path, "default").writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "a.txt", ["one", "two"], tables=[table_of(["one"])])
        draft.commit()
    others = (
        *("kb.table_types", "kb.version_types", "kb.run_types", "kb.model_types"),
        *("kb.index.tables", "kb.index.draft", "kb.index.checks", "kb.index.lexical"),
        *("kb.session.asking", "kb.session.fields", "kb.text.fold", "kb.cli.wrapping", "email"),
    )
    code = (
        "import sys; from kb.cli.main import run\n"
        f"assert run(['--home', {str(tmp_path)!r}, 'status']) == 0\n"
        f"print([name for name in {others!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert "documents    1 (2 chunks" in done.stdout
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.process
def test_a_nightly_run_without_a_gate_does_not_load_what_answers_questions() -> None:
    code = (
        "import sys, kb.pipelines.reindex; "
        "print([n for n in sys.modules if n.startswith(('kb.answering', 'kb.tables'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.strip() == "[]"


def test_no_file_is_longer_than_400_lines() -> None:
    tests = (REPOSITORY / "tests").rglob("*.py")
    long = {
        str(file.relative_to(REPOSITORY)): lines
        for file in [*FILES, *tests]
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}
