"""The two subjects of a question that compares: what is lacking of one cannot be compared."""

from __future__ import annotations

import re

_SUBJECT = r"[^，,。？?；;：:、]"
_CHINESE = (
    re.compile(
        rf"(?:请问|请|比较一下|对比一下|比较|对比)*(?P<one>{_SUBJECT}{{1,20}}?)(?:和|与|跟|还是)"
        rf"(?P<other>{_SUBJECT}{{1,20}}?)"
        r"(?=现在|目前|之间|两|的|在|哪|谁|更|有何|有什么|有多|相比|相差|差|比|分别|各|一样|是否|[，,。？?；;]|$)"
    ),
    re.compile(
        rf"(?P<one>{_SUBJECT}{{1,20}}?)比(?P<other>{_SUBJECT}{{1,20}}?)(?:更|要)?"
        r"(?:贵|便宜|高|低|多|少|大|小|早|晚|长|短|快|慢|重|轻|远|近|好|差|强|弱)"
    ),
)
_CHINESE_CUE = re.compile(
    "哪个|哪一|哪家|哪种|哪款|哪位|谁|更|区别|不同|差别|差异|差多少|差几|相差|相比|比较|对比|一样|相同|分别|各是|各有|比"
)
_ENGLISH = (
    re.compile(
        r"\b(?:differences? between|compar\w* (?:of )?(?:the )?)\s*(?P<one>.{1,60}?)"
        r" (?:and|with|to|against) (?P<other>.{1,60}?)(?=[?.,;]| in (?:terms|respect)\b|$)",
        re.IGNORECASE,
    ),
    re.compile(
        r"[,:]\s*(?P<one>[^,:?]{1,60}?),? (?:or|vs\.?|versus) (?P<other>[^,:?]{1,60}?)(?=[?.;]|$)",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?P<one>[\w.-]{1,40}) (?:vs\.?|versus) (?P<other>[\w.-]{1,40})", re.IGNORECASE),
)


def subjects(question: str) -> tuple[str, str] | None:
    """The two things that a question compares, as it names them; None where it compares nothing,
    or in a way that no rule knows."""
    chinese = _CHINESE if _CHINESE_CUE.search(question) else ()
    for pattern in (*chinese, *_ENGLISH):
        if found := pattern.search(question):
            return _bare(found["one"]), _bare(found["other"])
    return None


def _bare(subject: str) -> str:
    return re.sub(r"^(?:the|an?) ", "", subject.strip(), flags=re.IGNORECASE)
