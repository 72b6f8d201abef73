"""Follow-ups in Chinese: "那曹操的呢？", "它多重？", "邮箱呢？", "不是张飞，是关羽"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.answering.followup.history import History, Name, is_time, names, within
from kb.answering.names import Kind
from kb.text.han import HAN

_ASKS = r"什么|什麼|多少|怎|几|幾|哪|谁|誰|何|吗|嗎|多久|多长|多長|是否|能不能|有没有|有沒有"
_CLASSIFIER = "台臺份个個款位家种種项項条條本间間批辆輛支套篇名"
_POLITE = re.compile(
    r"(?:(?:再|我)?(?:想)?(?:请问|請問|问一?下|問一?下)|我?想知道|告诉我|告訴我|(?:帮我|麻烦)?查一?下"
    r"|(?:好的?|嗯|哦|谢谢|謝謝|对了|對了)[，,。！! ]+)[，, ]*"
)
_LEAD = re.compile(
    rf"(?:那么|那麼|那(?![{_CLASSIFIER}里裡边邊儿兒天年月时時次些])|还有|還有|另外|以及|然后|然後)"
    r"[，, ]*"
)
_ECHO = re.compile(r"(?P<x>.{1,30}?)(?P<de>的)?呢")
_MEANT = re.compile(
    r"(?:不是?[^，,]{1,16}[，,、 ]+是?|我想?[问問说說指]的?是|我是[问問说說指])"
    r"(?P<x>.{1,20}?)(?P<de>的)?"
)
_PROPERTY = re.compile(
    r"(?:[^的是有在]{1,3}|[^的是有在]{2}(?:号码|號碼|地址|电话|電話|时间|時間|日期|期限|金额|金額))(?:是多少|是什么|是什麼|是谁|是誰|多久|有?多长|有?多長|多少钱|多少錢"
    r"|在哪[里裡儿兒]?|是哪.?|是几号|是幾號)"
)
_BARE = re.compile(
    r"有?多(?:重|高|大|长|長|宽|寬|快|久|深|远|遠|厚|少钱|少錢)"
    r"|(?:什么时候|什麼時候|何时|何時|哪[天年])(?:到期|开始|開始|结束|結束|生效|签的?|簽的?|签订|截止|交货|出厂)"
    r"|在哪[里裡儿兒]?"
)
_OPEN = re.compile(
    r"为什么|為什麼|为何|什么时候|何时|几点|谁|是谁|怎么办|多少|哪里|还有(?:别的|其他的?)?[吗呢]?|然后呢"
    r"|(?:请)?(?:详细|具体)(?:说说|讲讲|一点)?|也一样吗|也是吗"
)
_PRONOUN = re.compile(
    r"(?<![其吉排利])(?P<person>[他她](?:[们們])?)(?![人国國乡鄉日山])"
    r"|(?<![其])(?P<thing>[它牠](?:[们們])?)"
    rf"|(?<![{HAN}])(?P<its>其)(?![他它她中实實余餘次间間后後一二三])"
    r"|(?P<place>[那这這](?:里|裡|儿|兒|边|邊))(?!的话|程)"
    rf"|(?P<shown>(?:[这這那]一?[{_CLASSIFIER}]|(?<![应應])[该該]))(?![月周週天年小])"
)
_BEFORE_NOUN = re.compile(rf"[是有在能可要会會和的需应多属由为包含吗，,？?]|{_ASKS}|$")


def read(question: str, history: History) -> tuple[bool, str | None]:
    """Whether the question leans on earlier turns, and by rule how it stands alone."""
    body = question.strip().rstrip("？?。.！! ")
    polite = _POLITE.match(body)
    body = body[polite.end() :] if polite else body
    lead = _LEAD.match(body)
    rest = body[lead.end() :] if lead else body
    own = names(rest)
    echo = _ECHO.fullmatch(rest) or _MEANT.fullmatch(rest)
    if echo and not re.search(_ASKS, echo["x"]):
        return _echo(echo["x"], bool(echo["de"]), own, echo.start("x"), history)
    if _OPEN.fullmatch(rest) or _OPEN.fullmatch(body):
        return True, None
    if pronoun := _leaning(rest, own):
        return True, _with_antecedent(rest, pronoun, history)
    if _BARE.fullmatch(rest):
        subject = _subject(history)
        return True, f"{subject}{rest}？" if subject else None
    if lead and not own:
        if _PROPERTY.fullmatch(rest):
            subject = _subject(history) if history.names else ""
            return True, f"{subject}的{rest}？" if subject else None
        if len(rest) <= 10 and not re.search(rf"[是有在能可要会會吗嗎]|{_ASKS}", rest):
            return _echo(rest, False, own, 0, history)
    return False, None


def _echo(
    x: str, de: bool, own: list[Name], start: int, history: History
) -> tuple[bool, str | None]:
    """ "X呢", "X的呢": X takes the place of its like in the last question."""
    x = re.sub(r"^(?:换成|換成|如果是|要是|对于|對於|关于|關於|至于|至於)", "", shown := x)
    inside = within(own, start + len(shown) - len(x), start + len(shown))
    if not de and inside and re.search(r"的.", x[inside[0].end :]):
        return False, None
    if pronoun := _PRONOUN.search(x):
        replaced = _with_antecedent(x, pronoun, history) if "的" in x else None
        return True, replaced
    if is_time(x):
        swapped = history.with_time(x)
        if swapped is None and not history.has_time():
            swapped = f"{x}{history.base}"
        return True, swapped and history.as_question(swapped)
    if inside and (swapped := history.with_name(x, inside)):
        return True, history.as_question(swapped)
    found = _in_place_of_subject(x, history, inside, certain=de or bool(inside))
    return True, found and history.as_question(found)


def _in_place_of_subject(
    x: str, history: History, inside: Sequence[Name], *, certain: bool
) -> str | None:
    """X for what the last question is about, or, where X is another side of it, "S的X"."""
    if possession := _possession(history.base):
        subject, aspect = possession
        after = history.base[len(subject) :]
        named = any(name.end <= len(subject) for name in history.names)
        if inside and inside[0].kind is Kind.PLACE and not named and x[-1] != subject[-1]:
            return x + history.base
        if certain or (not named and x[-1] == subject[-1] != aspect[-1]):
            return x + after
        return f"{subject}的{x}" if named or x[-1] == aspect[-1] else None
    if not history.names and (topic := _topic(history.base)):
        return x + history.base[len(topic) :]
    if len(history.names) == 1 and not certain:
        return f"{history.text(history.names[0])}的{x}"
    return None


def _leaning(text: str, own: list[Name]) -> re.Match[str] | None:
    """A pronoun without anything in front of it, in this question, that it could mean."""
    for found in _PRONOUN.finditer(text):
        if any(name.end <= found.start() for name in own):
            continue
        # "这份合同HT-2024-0917": what is shown is named.
        if found["shown"] and own:
            continue
        # "员工离职时他的电脑": whom it means is in the clause before.
        if re.search(r"[，,；;]|[时時后後]|之前|以前|如果", text[: found.start()]):
            continue
        return found
    return None


def _with_antecedent(text: str, pronoun: re.Match[str], history: History) -> str | None:
    before, after = text[: pronoun.start()], text[pronoun.end() :]
    if pronoun["person"]:
        many = pronoun["person"][-1] in "们們"
        whom = history.persons()
        meant = "和".join(whom) if len(whom) == 1 or many else ""
    else:
        things = history.things()
        meant = things[0] if len(things) == 1 else _thing(history)
    if not meant:
        return None
    if pronoun["shown"] and not _BEFORE_NOUN.match(after):
        size = next((n for n in (4, 3, 2, 1) if after[:n] and after[:n] in meant), 0)
        after = after[size:] if size else f"的{after}"
    return f"{before}{meant}{after}？"


def _thing(history: History) -> str:
    """What "it" means: of a person not the person but what was asked of it."""
    subject = _subject(history)
    persons = [history.text(name) for name in history.names if name.kind is Kind.PERSON]
    if subject in persons:
        possession = _possession(history.base)
        return f"{subject}的{possession[1]}" if possession else ""
    return subject


def _subject(history: History) -> str:
    """What the last question is about; empty where no rule tells."""
    if possession := _possession(history.base):
        return possession[0]
    if len(history.names) == 1:
        return history.phrase(history.names[0])
    return "" if history.names else _topic(history.base)


def _possession(base: str) -> tuple[str, str] | None:
    """("X200泵", "扬程") of "X200泵的扬程是多少": the base begins with the first and 的."""
    polite = _POLITE.match(base)
    if polite:
        return None
    found = re.match(
        rf"(?P<s>.{{1,24}})的(?P<a>[^的]{{1,12}}?)(?=是|有|在|为|為|多|{_ASKS}|$)", base
    )
    if found is None or re.search(rf"{_ASKS}|[是有]", found["s"]):
        return None
    return found["s"], found["a"]


def _topic(base: str) -> str:
    """年假 of "年假有多少天"."""
    found = re.match(rf"(.{{2,10}}?)(?=[有是要需可能应由归会在]|多|{_ASKS})", base)
    return found[1] if found and not re.search(_ASKS, found[1]) else ""
