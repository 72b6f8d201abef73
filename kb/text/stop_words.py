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
about according after also answer because been before being between both called could does done
during each from given have having here into just kind like long made many more most much name
named only other over passage passages said same should some such than that their them then
there these they this those through time type under until used upon very were what when where
which while whom whose will with within would year years your
"""
ENGLISH_STOP_WORDS = frozenset(_ENGLISH.split())
"""Words of four letters and more that a question does not ask for."""
