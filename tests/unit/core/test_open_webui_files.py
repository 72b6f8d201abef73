"""configs/open-webui, as far as it is read without Open WebUI (`make test-open-webui` has that)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from kb.config import load
from tests.commands import REPOSITORY

FOLDER = REPOSITORY / "configs" / "open-webui"
SWITCHED_OFF = (
    *("ENABLE_VERSION_UPDATE_CHECK", "ENABLE_COMMUNITY_SHARING", "ENABLE_WEB_SEARCH"),
    *("ENABLE_OTEL", "ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS", "ENABLE_PLUGINS"),
    *("RAG_EMBEDDING_MODEL_AUTO_UPDATE", "WHISPER_MODEL_AUTO_UPDATE", "ENABLE_TITLE_GENERATION"),
    *("ENABLE_TAGS_GENERATION", "ENABLE_FOLLOW_UP_GENERATION", "ENABLE_AUTOCOMPLETE_GENERATION"),
    *("ENABLE_SEARCH_QUERY_GENERATION", "ENABLE_RETRIEVAL_QUERY_GENERATION"),
)


def environment() -> dict[str, str]:
    lines = (FOLDER / "open-webui.env").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    assert len(pairs) == len({name for name, _ in pairs})
    return dict(pairs)


def services() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = read["services"]
    return found


def test_everything_that_leads_outside_is_switched_off() -> None:
    said = environment()
    assert said["OFFLINE_MODE"] == "True"
    assert {name: said[name] for name in SWITCHED_OFF} == dict.fromkeys(SWITCHED_OFF, "False")
    assert said["RAG_EMBEDDING_ENGINE"] == "openai", "else it loads a model from a hub"
    addresses = re.findall(r"https?://([^/\s]+)", " ".join(said.values()))
    assert {one.split(":")[0] for one in addresses} == {"127.0.0.1"}


def test_the_header_it_names_users_by_is_the_one_that_kb_is_told_to_believe(tmp_path: Path) -> None:
    kb = services()["kb"]["environment"]
    settings = load(home=tmp_path, environ=kb)
    assert settings.serve.identity_header == environment()["FORWARD_USER_INFO_HEADER_USER_EMAIL"]
    webui = services()["open-webui"]
    assert settings.serve.trusted_proxies == [webui["networks"]["front"]["ipv4_address"]]


def test_in_a_container_it_asks_kb_at_kbs_own_address_and_is_on_no_network_that_leads_out() -> None:
    text = (REPOSITORY / "configs/container/compose.yaml").read_text(encoding="utf-8")
    theirs = yaml.safe_load(text)
    kb, webui = theirs["services"]["kb"]["environment"]["KB_SERVE__HOST"], services()["open-webui"]
    asked = {value.split("/")[2] for value in webui["environment"].values()}
    assert asked == {f"{kb}:8642"}
    assert [*webui["networks"]] == ["front"]
    options = theirs["networks"]["front"]["driver_opts"]
    assert options["com.docker.network.bridge.enable_ip_masquerade"] == "false"


@pytest.mark.process
def test_its_unit_is_sound(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not there")
    text = (FOLDER / "open-webui.service").read_text(encoding="utf-8")
    unit = tmp_path / "open-webui.service"
    unit.write_text(text.replace("/opt/open-webui/bin/open-webui", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    # kb-serve.service, which it asks for, is not installed here.
    said = [line for line in done.stderr.splitlines() if "kb-serve.service" not in line]
    assert (done.returncode, said) == (0, [])
