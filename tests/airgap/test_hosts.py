"""Servers that are configured and would lead out: a public address, a proxy, a name that changes
its address. The command ends with exit 9, and nothing was sent."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.airgap.machine import AirgappedKb, environment, watch
from tests.airgap.tracing import leaks

PUBLIC = "203.0.113.1"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("张飞的电话号码是u987438274。", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "variables",
    [
        {"OLLAMA_HOST": PUBLIC, "KB_MODELS__ENGINE": "ollama"},
        {"OLLAMA_HOST": f"https://{PUBLIC}", "KB_MODELS__ENGINE": "auto"},
        {"OLLAMA_HOST": "api.openai.com", "KB_MODELS__ENGINE": "auto"},
        {"KB_MODELS__HOST": f"{PUBLIC}:11434", "KB_MODELS__ENGINE": "ollama"},
        {"KB_STORE__ENGINE": "server", "KB_STORE__URL": f"http://{PUBLIC}:6333"},
    ],
    ids=lambda variables: " ".join(variables.values()),
)
def test_a_server_elsewhere_is_refused_and_hears_nothing(
    tracer: None, tmp_path: Path, docs: Path, models_folder: Path, variables: dict[str, str]
) -> None:
    kb = AirgappedKb(tmp_path / "home", models_folder, variables=variables)
    seen = kb.watched("ingest", str(docs))
    assert seen.done.code == 9, seen.done.err
    what, why, fix = seen.done.err.splitlines()[-3:]
    assert what.endswith("[egress-refused]")
    assert why.startswith("why: ")
    assert "in [egress]" in fix
    assert "Traceback" not in seen.done.err
    assert seen.leaks == []


REBINDING = """
import socket
now = ["10.0.0.5"]

def fake_resolver(host, port, *rest, **options):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (now[0], port or 0))]

socket.getaddrinfo = fake_resolver
from kb import egress
from kb.errors import EgressBlocked
from kb.models.ollama.wire import server_version

egress.install(["models.hospital.internal:11434"])
for address in ("10.0.0.5", "203.0.113.9", "127.0.0.1"):
    now[0] = address
    try:
        print(server_version("http://models.hospital.internal:11434", 1))
    except EgressBlocked as error:
        print(error.reference)
"""


def test_a_name_that_changes_its_address_is_not_followed(tracer: None, tmp_path: Path) -> None:
    """It was allowed, and led to a server of the house. What it leads to later is not asked."""
    seen = watch([sys.executable, "-c", REBINDING], environment(tmp_path))
    first, *later = seen.done.out.split()
    assert first == "None", "nobody is there, but it may be asked"
    assert set(later) <= {"None", "egress-refused"}
    tried = {leak.call.arguments for leak in leaks(seen.calls)}
    assert tried
    assert all('inet_addr("10.0.0.5")' in arguments for arguments in tried)


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    tracer: None, tmp_path: Path, docs: Path
) -> None:
    """environment() names proxies that lead out; the server that is not there is on loopback."""
    kb = AirgappedKb(tmp_path / "home", config="ollama.toml")
    seen = kb.watched("ingest", str(docs))
    assert seen.done.code == 8
    assert "no model server answers at http://127.0.0.1:11434" in seen.done.err
    assert seen.leaks == []
