"""A document's facts as a version: from its name, title and labels, and the ends of its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import getaddresses
from functools import lru_cache

from kb.text.fold import fold
from kb.version_types import VersionFacts
from kb.versions.dates import first_day
from kb.versions.names import name_parts, without_ending
from kb.versions.statements import statements

_OUT_OF_FORCE = re.compile(
    r"(?:^|/)[^/]*(?:作废|废止|旧版|历史版本|归档|存档)[^/]*/"
    r"|(?:^|/)(?:archived?|old|obsolete|superseded|history|outdated)/"
)


def version_facts(
    path: str, title: str, labels: Mapping[str, str], *, head: str, tail: str
) -> VersionFacts:
    """Args:
    path: below the source's folder.
    labels: of its front matter, or a mail's headers.
    head: the first some thousand characters of the text.
    tail: the last ones; empty where the head is all of it.
    """
    mail = is_mail(labels)
    own = name_parts(labels["subject"] if mail else title)
    file = name_parts(without_ending(path))
    said = statements(f"{title}\n{head}", tail)
    people = getaddresses([labels.get("from", ""), labels.get("to", "")]) if mail else []
    marks = (own, file)
    return VersionFacts(
        name="" if mail else file.stem,
        title=own.stem,
        label=next((one.label for one in (own, file) if one.label), ""),
        number=own.number or file.number or said.number,
        named=own.day or file.day,
        effective=said.effective,
        dated=said.dated or first_day(fold(labels.get("date", ""))),
        marked=any(one.marked for one in marks),
        draft=any(one.draft for one in marks) or said.draft,
        repealed=said.repealed
        or any(one.old for one in marks)
        or _is_out_of_force(path.rpartition("/")[0]),
        replaces=said.replaces,
        replaced=tuple(one for one in said.replaced if one not in (own.stem, file.stem)),
        people=tuple(sorted({address.lower() for _, address in people if address})),
        is_reply=own.reply,
    )


def is_mail(labels: Mapping[str, str]) -> bool:
    return "from" in labels and "subject" in labels


@lru_cache(maxsize=256)
def _is_out_of_force(folder: str) -> bool:
    return bool(_OUT_OF_FORCE.search(fold(f"{folder}/")))
