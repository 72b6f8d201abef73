"""configs/default.toml and the tables of docs/configuration.md, from the fields of the settings."""

from __future__ import annotations

import json
import textwrap

from kb.config import DESCRIPTIONS, SECTIONS, Description, Value, defaults

_HEAD = """\
# Every key of kb with its default. Made by `make docs` from kb/config/settings.py.
# A file given by --config, KB_CONFIG or $KB_HOME/config.toml needs only the keys that it changes.
# KB_SECTION__KEY in the environment wins over a file, an option of the command line over both.
# An unknown key is an error.
"""


def default_toml() -> str:
    """The whole file."""
    values = defaults()
    parts = [_HEAD]
    for section in SECTIONS:
        parts.append(f"\n[{section}]\n")
        for key, value in values.items():
            name, _, field = key.partition(".")
            if name == section:
                about = DESCRIPTIONS[key]
                page = f" See {_from_the_root(about.page)}." if about.page else ""
                parts.append(_comment(_meaning(about) + page))
                parts.append(f"{field} = {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(parts)


def tables() -> str:
    """One table a section."""
    values = defaults()
    parts = []
    for section, kind in SECTIONS.items():
        parts.append(f"\n## `[{section}]`\n\n{kind.__doc__}\n\n")
        parts.append("| key | default | meaning |\n| --- | --- | --- |\n")
        for key, value in values.items():
            if key.partition(".")[0] == section:
                parts.append(_row(key, value, DESCRIPTIONS[key]))
    return "".join(parts) + "\n"


def _row(key: str, value: Value, about: Description) -> str:
    page = f" See [{about.page.removeprefix('../')}]({about.page})." if about.page else ""
    return f"| `{key}` | {_default(value) or about.unset} | {_meaning(about)}{page} |\n"


def _default(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(f"`{one}`" for one in value)
    if isinstance(value, str):
        return f"`{value}`" if value else ""
    return json.dumps(value)


def _meaning(about: Description) -> str:
    return f"{about.text} At least {about.least:g}." if about.least else about.text


def _from_the_root(page: str) -> str:
    return page.removeprefix("../") if page.startswith("../") else f"docs/{page}"


def _comment(text: str) -> str:
    wrapped = textwrap.wrap(text, 97, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in wrapped)
