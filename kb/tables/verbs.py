"""English verbs of a question: which of them name a column (built by: Builder), and which say
nothing beside what is linked (which label released Second Sun, how many votes did Ruth receive).
"""

from __future__ import annotations

import re
from functools import lru_cache

_IRREGULAR = {
    form: verb
    for verb, forms in {
        "begin": "began begun",
        "bear": "born",
        "break": "broke broken",
        "build": "built",
        "buy": "bought",
        "choose": "chose chosen",
        "draw": "drew drawn",
        "drive": "drove driven",
        "fly": "flew flown",
        "found": "founded",
        "hold": "held",
        "keep": "kept",
        "lead": "led",
        "leave": "left",
        "lend": "lent",
        "lose": "lost",
        "make": "made",
        "pay": "paid",
        "ride": "rode ridden",
        "sell": "sold",
        "send": "sent",
        "sing": "sang sung",
        "sink": "sank sunk",
        "take": "took taken",
        "teach": "taught",
        "win": "won",
        "write": "wrote written",
    }.items()
    for form in (verb, *forms.split())
}
_NO_VERBS = frozenset(("found", "left", "bear", "lead", "keep", "hold", "make", "begin", "break"))
"""Forms that are other words more often."""
_ENDING = re.compile(r"(?:ers?|ors?|ed|ing|es|s|e)$")
_LEAST = 3


_THIRD_PERSON = re.compile(r"[a-z]{3,}(?<![rus])s")
_AGENT = re.compile(r"[a-z]{3,}(?:er|or)")


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """What the forms of a verb have in common, also with who does it: writer, wrote, written."""
    word = _IRREGULAR.get(word, word)
    if len(word) <= _LEAST:
        return word
    cut = _ENDING.sub("", word)
    if len(cut) < _LEAST:
        return word
    if cut[-1] == cut[-2] and cut[-1] not in "aeiousl":
        cut = cut[:-1]
    return _IRREGULAR.get(cut, _IRREGULAR.get(f"{cut}e", cut)).removesuffix("e")


def is_inflected(word: str) -> bool:
    """Whether a word is a verb by its form: opened, launching, won, take."""
    if word in _NO_VERBS:
        return False
    return word in _IRREGULAR or bool(re.fullmatch(r"[a-z]{3,}(?:ed|ing)", word))


def is_irregular(word: str) -> bool:
    """Whether a word is a form of a verb that a list has: take, took, written."""
    return word in _IRREGULAR and word not in _NO_VERBS


def names_column(word: str, column: str) -> bool:
    """Whether a verb is one that a folded column name has: built of Builder, launched of Launch
    date, direct (who did direct it) of Directed by."""
    words = re.findall(r"[a-z]{3,}", column)
    if _THIRD_PERSON.fullmatch(word):  # drives of Driver, teaches of Teacher
        agents = [one for one in words if _AGENT.fullmatch(one)]
        return any(stem(word) == stem(one) for one in agents)
    if not is_inflected(word):
        words = [one for one in words if is_inflected(one) and one != word]
    return any(stem(word) == stem(one) for one in words)


EVENTS = re.compile(
    r"(?<![a-z])(?:(?:play|host|releas|publish|air|broadcast|finish|belong|feature|compet"
    r"|participat|perform|stag|contest|appear|attend|exist|recruit|inaugurat|complet|construct"
    r"|establish|found|creat|form|introduc|open|launch|occur|employ|offer|provid|operat|start"
    r"|depart)(?:r?ed|es|e|s|ing)?|built"
    r"|came|comes?|went|beg[iau]ns?|runs?|ran|took place"
    r"|takes? place|taking part|took part|takes? part"
    r"|ha[ds] taken place)(?![a-z])"
)
"""That something happened, which the rows of a table say by being there."""

LASTS = re.compile(
    r"(?<![a-z])(?:serv(?:ed?|es|ing)|last(?:ed|s)?|reign(?:ed)?|in office|hold office"
    r"|stay(?:ed|s)?|run|ran)(?![a-z])|任职|在任|担任|任(?=了)|持续|服务|履行|[住借租签做当]了"
)
"""Verbs for how long something goes on, where it is asked how long."""

GAINS = re.compile(
    r"(?<![a-z])(?:w[io]n|winning|wins|earn(?:ed|s)?|receiv(?:ed?|es)|scor(?:ed?|es)|gain(?:ed|s)?"
    r"|collect(?:ed|s)?|obtain(?:ed|s)?|g[eo]t|gotten|achieved?|record(?:ed)?|garner(?:ed)?"
    r"|amass(?:ed)?|attract(?:ed)?|draw|drew|serv(?:ed?|es)|caus(?:ed?|es)|suffer(?:ed|s)?)(?![a-z])"
)
"""Verbs for having the number that is named beside them: won the most medals."""
