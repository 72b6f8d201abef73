"""The line below an answer of `kb ask`: the model, what it read, and how long each step took."""

from __future__ import annotations

from kb.session import Answer


def footer(answer: Answer, engine: str) -> str:
    """`engine` runs the chat model; both are left out where no model was asked."""
    times = answer.timings
    parts = f"{answer.model}, {engine}: " if answer.model else ""
    parts += f"retrieve {times.retrieve:.1f} s"
    if answer.model:
        parts += f", load {times.load:.1f} s"
        parts += f", read {answer.prompt_tokens} tokens {times.prompt:.1f} s"
        parts += f", generate {times.generate:.1f} s"
    return f"({parts}; total {times.total:.1f} s)"
