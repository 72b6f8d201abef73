"""Words that say nothing by themselves, by language.

Another language is another entry: its commonest words tell a readable text from a garbled one, its
stop words are not asked for in passages.
"""

from __future__ import annotations

_COMMONEST = {
    "en": "the of and to in is for on with that by as are be at or from this it an not was no",
    "de": "der die das und den von zu mit ist im für auf des dem ein eine nicht",
    "fr": "le la les de et en du un une est pour dans que il",
    "es": "el los las por con para del se al",
    "it": "di che non per",
    "nl": "het van een op te dat voor",
}
COMMONEST_WORDS = frozenset(word for words in _COMMONEST.values() for word in words.split())
"""Some of these stand in every text of some lines in one of the languages above."""

_ENGLISH = """
about according after also answer because been before being between both called came come comes
coming could does done during each from given goes going have having here into just kind know like
long look made make makes many more most much name named need needs only other over passage passages
please said same should show some such take takes tell than that their them then there these they
this those through time took type under until used upon very want wants were what when where which
while whom whose will with within would year years your
"""
ENGLISH_STOP_WORDS = frozenset(_ENGLISH.split())
"""Words of four letters and more that a question does not ask for."""

_CHINESE = """
不能 不可 不得 不会 不要 不用 需要 能够 应该 应当 必须 请问 想问 告诉 知道 时候 多长时间 多长 多久
现在 目前 当前 如今 现今 最后 最终 到底 究竟 总共 一共 各是 各为 各有 各自
分别
"""
CHINESE_STOP_WORDS = frozenset(_CHINESE.split())
"""Words of two characters and more that a question does not ask for: whether something may or must
be (凭证入馆 says so in its own way), how it asks, and that it asks for what holds now."""
