"""Follow-ups in English: "And Alice's?", "How heavy is it?", "What about the price?"."""

from __future__ import annotations

import re

from kb.answering.followup.history import History, is_time, names, within

_I = re.IGNORECASE
_LEAD = re.compile(
    r"(?:(?:and|so|but|or|then|also|well|now|ok|okay|thanks|thank you|sorry|no)\b[,.!]? +)+", _I
)
_ABOUT = re.compile(r"(?:what|how) about (?P<x>.+)|(?:the )?same (?:question )?for (?P<y>.+)", _I)
_MEANT = re.compile(r"(?:no, ?)?i (?:mean|meant|was asking about) (?P<x>.+)", _I)
_PREPOSITION = re.compile(r"(?:for|in|on|at|of|with|from|since|until|during) ", _I)
_CLAUSE = re.compile(
    r"(?:what|who|whose|whom|where|when|why|how|which|is|are|was|were|do|does|did|can|could|will|"
    r"would|should|has|have|had|may|must|tell|give|show|list|explain|describe|please)\b",
    _I,
)
_OPEN = re.compile(
    r"why(?: not| so| is that)?|when|where|who|since when|until when|how so|how come|how much|how"
    r"|how many|anything else|what else|(?:tell me )?more|go on|really|are you sure",
    _I,
)
_HOW = re.compile(
    r"how (?P<a>heavy|high|long|big|large|old|far|wide|deep|tall|fast|expensive|thick|loud|warm)",
    _I,
)
_PRONOUN = re.compile(
    r"\b(?P<of>its|his|theirs?|hers|her(?= (?!(?:in|at|on|for|to|from|by|and|or)\b)\w))\b"
    r"|\b(?P<person>he|she|him|her)\b"
    r"|\b(?P<thing>it|they|them)\b(?! (?:possible|necessary|allowed|required|ok|okay|true)\b)"
    r"|(?:^|\b(?:of|for|in|on|is|by|to|was|are|did|can|has|with|does|were|from|about) )"
    r"(?P<shown>this|that|these|those)\b"
    r"(?! (?:year|month|week|time|morning|afternoon|evening|quarter|day|way|case)\b)",
    _I,
)
_EXPLETIVE = re.compile(
    r"\b(?:does|will|did|would) it (?:\w+ )?(?:take|cost) (?:\w+ ){0,4}?(?:to|for)\b"
    r"|\bit (?:takes?|costs?|is|was|'s) (?:\w+ ){0,3}(?:to|that)\b|\btime is it\b"
    r"|\bis it (?:\w+ ){1,3}(?:to|that)\b",
    _I,
)
_NOUN = r"\b(?:the|a|an|my|our|your|each|every|any|all|some|no) (?:[\w-]+ )*?[\w-]+"
_OTHER_CLAUSE = re.compile(
    _NOUN + r"\b.*(?:,|\b(?:when|if|before|after|because|while|that|which|so|until|once|and|but|or"
    r"|to|unless|where|as)\b)",
    _I,
)
# "Which pump needs its oil changed": the pronoun means what is asked for.
_WANTED = re.compile(
    r"(?:which [\w-]+|who) (?!(?:is|are|was|were|does|do|did|can|will|has|have|should)\b)", _I
)
_STOP = (
    r"(?= (?:in|on|at|with|when|if|that|which|who|is|are|was|were|does|do|did|and|per|under|from"
    r"|to|by|for|according|have|has|there|need|can)\b|[,;?]|$)"
)
_OF = re.compile(
    rf"(?P<aspect>(?:the |a |an )?[\w-]+(?: [\w-]+)*?) (?:of|for) (?P<s>.+?){_STOP}", _I
)
_POSSESSIVE = re.compile(r"(?P<s>(?:(?:the|our|my) )?(?:[a-z-]+ ){0,2}?[\w-]+)['’]s (?=[a-z])", _I)
_NOT_POSSESSIVE = re.compile(r"\b(?:what|who|where|how|when|that|it|there|here|let|he|she)$", _I)
_BE = re.compile(r"\b(?:is|are|was|were) (?P<s>(?:the|our|my) [\w-]+(?: [\w-]+)?)$", _I)
_DO = re.compile(
    rf"\b(?:does|do|did|can|will) (?P<s>(?:the|our|my) [\w-]+(?: [\w-]+)?) [\w-]+{_STOP}", _I
)


def read(question: str, history: History) -> tuple[bool, str | None]:
    """Whether the question leans on earlier turns, and by rule how it stands alone."""
    body = question.strip().rstrip("？?。.！! ")
    lead = _LEAD.match(body)
    rest = body[lead.end() :] if lead else body
    if about := _ABOUT.fullmatch(rest) or _MEANT.fullmatch(rest):
        x = about["x"] or about["y"]
        return _echo(x, body.index(x), body, history)
    if _OPEN.fullmatch(rest):
        return True, None
    if how := _HOW.fullmatch(rest):
        subject = _subject(history)
        return True, f"How {how['a']} is {subject}?" if subject else None
    fragment = not _CLAUSE.match(rest) and len(rest.split()) <= 7
    if fragment and (lead or (_PREPOSITION.match(rest) and len(rest.split()) <= 4)):
        return _echo(rest, len(body) - len(rest), body, history)
    if leaning := _leaning(rest, history):
        replaced = _with_antecedents(rest, leaning, history)
        return True, replaced and _sentence(replaced)
    return False, None


def _echo(x: str, start: int, body: str, history: History) -> tuple[bool, str | None]:
    """ "And X?": X takes the place of its like in the last question, or is another side of it."""
    preposition = _PREPOSITION.match(x)
    bare = x[preposition.end() :] if preposition else x
    start += len(x) - len(bare)
    if leaning := _PRONOUN.search(bare):
        replaced = _with_antecedents(bare, leaning, history)
        return True, replaced and f"What is {replaced}?"
    if is_time(bare):
        swapped = history.with_time(bare)
        if swapped is None and preposition and not history.has_time():
            swapped = f"{history.base} {x}"
        return True, swapped and _sentence(swapped)
    inside = within(names(body), start, start + len(bare))
    if possessive := re.fullmatch(r"(.+?)['’]s?", bare):
        bare = possessive[1]
        inside = within(inside, 0, len(bare))
    if inside:
        # "And Alice's email?" names its subject and what is asked of it.
        if re.search(r"['’]s \w|\bof\b", bare):
            return True, f"What is {bare}?"
        swapped = history.with_name(bare, inside)
        if swapped is None and (subject := _subject(history)):
            swapped = history.base.replace(subject, bare, 1)
        return True, swapped and _sentence(swapped)
    found = _like(bare, history) or _aspect(bare, history)
    return True, found and _sentence(found)


def _like(x: str, history: History) -> str | None:
    """ "sick leave" for "annual leave", which ends alike; another topic for one without a name."""
    words = re.sub(r"^(?:the|a|an) ", "", x, flags=_I).split()
    before = rf"\b(?:(?!(?:the|a|an|of|for|many|much)\b)[\w-]+ ){{1,{max(len(words) - 1, 1)}}}"
    if len(words) > 1 and (
        own := re.search(before + re.escape(words[-1]) + r"\b", history.base, _I)
    ):
        return history.base[: own.start()] + " ".join(words) + history.base[own.end() :]
    if re.search(r" (?:at|in|on|for|with|of|to|from|by) ", x):
        return None
    topic = "" if history.names or _owner(history) else _subject(history)
    return history.base.replace(topic, x, 1) if topic else None


def _aspect(x: str, history: History) -> str | None:
    """ "What is the weight of the X200 pump": only where the last question names something."""
    subject = _subject(history) if history.names and len(x.split()) <= 3 else ""
    article = "" if re.match(r"(?:the|a|an|its) ", x, _I) else "the "
    return f"What is {article}{x} of {subject}?" if subject else None


def _leaning(text: str, history: History) -> re.Match[str] | None:
    """A pronoun without anything in front of it, in this question, that it could mean."""
    if _EXPLETIVE.search(text):
        return None
    own = names(f": {text}")
    for found in _PRONOUN.finditer(text):
        before = text[: found.start(found.lastgroup or 0)]
        named = any(name.end - 2 <= found.start() for name in own)
        wanted = _WANTED.match(before) if found["of"] else None
        if not (named or wanted or _OTHER_CLAUSE.search(before)):
            return found
    return None


def _with_antecedents(text: str, pronoun: re.Match[str], history: History) -> str | None:
    """The pronoun replaced, in the form that its place asks for."""
    start, end = pronoun.span(pronoun.lastgroup or 0)
    before, word, after = text[:start], text[start:end].lower(), text[end:]
    personal = bool(pronoun["person"]) or word in ("his", "her", "hers")
    whom = history.persons() if personal or word.startswith("the") else []
    if personal:
        meant = whom[0] if len(whom) == 1 else ""
    elif word.startswith("the") and whom:
        meant = " and ".join(whom)
    else:
        things = history.things()
        meant = things[0] if len(things) == 1 else _thing(history)
    if not meant:
        return None
    if pronoun["shown"] and (noun := re.match(r" ([\w-]+)", after)):
        if noun[1].lower() in meant.lower().split():
            after = after[noun.end() :]
        elif not re.match(
            r" (?:is|are|was|were|have|has|cost|weigh|work|mean|include|cover)", after
        ):
            return None
    if pronoun["of"]:
        meant += "'" if meant.endswith("s") else "'s"
    return f"{before}{meant}{after}"


def _thing(history: History) -> str:
    """What "it" means: never a person."""
    subject = _subject(history)
    return "" if subject in history.persons() else subject


def _subject(history: History) -> str:
    """What the last question is about, as it says it; empty where no rule tells."""
    if len(history.names) == 1:
        return history.phrase(history.names[0])
    if history.names:
        return ""
    if owner := _owner(history):
        return owner
    found = _BE.search(history.base) or _DO.search(history.base)
    return found["s"] if found else ""


def _owner(history: History) -> str:
    """The S of "the A of S" and of "S's A"."""
    found = _POSSESSIVE.search(history.base)
    if found and not _NOT_POSSESSIVE.search(found["s"]):
        return found["s"]
    of = _OF.search(history.base)
    return of["s"] if of else ""


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('?')}?"
