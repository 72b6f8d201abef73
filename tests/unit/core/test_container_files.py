"""The container files, as far as they can be read without a container engine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from kb.config import load
from kb.errors import UsageError

FOLDER = Path(__file__).resolve().parents[3] / "configs" / "container"
_KNOWN = {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "ENTRYPOINT", "CMD"}


def instructions() -> list[tuple[str, str]]:
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in whole]


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return read


def test_every_instruction_is_one_and_its_lists_are_json() -> None:
    for name, value in instructions():
        assert name in _KNOWN
        if value.startswith("["):
            assert all(isinstance(one, str) for one in json.loads(value))


def test_the_image_runs_as_an_ordinary_user_and_its_stages_exist() -> None:
    found = instructions()
    stages = [match[1] for _, value in found if (match := re.search(r" AS (\w+)$", value))]
    assert [re.search(r"--from=(\w+)", value) for name, value in found if name == "COPY"][-1]
    assert {m[1] for _, v in found if (m := re.search(r"--from=(\w+)", v))} <= {*stages}
    last = [name for name, _ in found][::-1].index("FROM")
    (user,) = [value for name, value in found[-last:] if name == "USER"]
    assert user.split(":")[0].isdecimal()
    assert user.split(":")[0] != "0"


def test_what_is_copied_into_the_image_exists() -> None:
    root = FOLDER.parents[1]
    for name, value in instructions():
        if name == "COPY" and "--from" not in value:
            for pattern in value.split()[:-1]:
                assert [*root.glob(pattern)], pattern


def test_the_servers_reach_nothing_outside_and_their_own_switches_are_off() -> None:
    services = compose()["services"]
    for name in ("ollama", "qdrant"):
        assert services[name]["networks"] == ["inside"]
        assert "ports" not in services[name]
    assert compose()["networks"]["inside"]["internal"] is True
    assert services["ollama"]["environment"]["OLLAMA_NO_CLOUD"] == "1"
    assert services["qdrant"]["environment"]["QDRANT__TELEMETRY_DISABLED"] == "true"


def test_kb_is_read_only_and_reachable_from_this_machine_alone() -> None:
    kb = compose()["services"]["kb"]
    assert kb["read_only"] is True
    assert all(port.startswith("127.0.0.1:") for port in kb["ports"])


def test_the_environment_holds_keys_that_kb_knows(tmp_path: Path) -> None:
    environment = compose()["services"]["kb"]["environment"]
    settings = load(home=tmp_path, environ=environment)
    assert settings.egress.allow == ["ollama:11434", "qdrant:6333"]
    with pytest.raises(UsageError):
        load(home=tmp_path, environ={**environment, "KB_STORE__ADDRESS": "x"})
