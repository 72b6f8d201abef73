"""How the embedded engine finds out whether a model thinks, and switches it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.models.engine.embedded import Facts, ThinkStyle
from kb.models.engine.gguf import Header
from kb.models.engine.requests import Body
from kb.models.engine.store import StoredModel
from kb.models.engine.transport import Turn

QWEN3 = (
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}"
    "{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}"
)
R1_NEW = (
    "{% set content = content.split('</think>')[-1] %}"
    "{% if add_generation_prompt %}{{'<Assistant><think>\\n'}}{% endif %}"
)
R1_OLD = (
    "{% set content = content.split('</think>')[-1] %}"
    "{% if add_generation_prompt %}{{'<Assistant>'}}{% endif %}"
)
PLAIN = "{% if add_generation_prompt %}{{'<|im_start|>assistant\\n'}}{% endif %}"
GO = "{{ if and $.IsThinkSet $.Think }}<think>{{ end }}"


def facts(chat_template: str, go_template: str = "") -> Facts:
    stored = StoredModel("m:latest", Path("m.gguf"), 1, 0.0, template=go_template)
    return Facts(stored, Header({"tokenizer.chat_template": chat_template}, ()))


@pytest.mark.parametrize(
    ("chat_template", "go_template", "style"),
    [
        (QWEN3, "", ThinkStyle.SWITCH),
        (R1_NEW, "", ThinkStyle.OPENS),
        (R1_OLD, "", ThinkStyle.WRITES),
        (PLAIN, GO, ThinkStyle.WRITES),
        (PLAIN, "{{ .Content }}", ThinkStyle.NONE),
    ],
)
def test_the_templates_tell_whether_and_how_a_model_thinks(
    chat_template: str, go_template: str, style: ThinkStyle
) -> None:
    found = facts(chat_template, go_template)
    assert found.think_style is style
    assert ("thinking" in found.capabilities) is (style is not ThinkStyle.NONE)


@pytest.mark.parametrize(
    ("template", "think", "begun"),
    [
        (R1_NEW, True, None),
        (R1_NEW, False, "\n</think>\n\n"),
        (R1_OLD, True, "<think>\n"),
        (R1_OLD, False, "<think>\n\n</think>\n\n"),
        (PLAIN, False, None),
        (QWEN3, True, None),
    ],
)
def test_the_beginning_of_the_answer_switches_a_thought_on_or_off(
    template: str, think: bool, begun: str | None
) -> None:
    body = Body({"model": "m"})
    turn = Turn(body, facts(template), [], body.options({}), think)
    request = turn.request([{"role": "user", "content": "q"}])
    messages = request["messages"]
    assert isinstance(messages, list)
    rest = messages[1:]
    assert rest == ([{"role": "assistant", "content": begun}] if begun else [])
    switched = request.get("chat_template_kwargs")
    assert switched == ({"enable_thinking": True} if template == QWEN3 else None)
