"""Words that the tables are made of."""

from __future__ import annotations

from random import Random

_FIRST = (
    "Alma", "Boris", "Celia", "Dario", "Edith", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katya",
    "Lionel", "Mirela", "Nils", "Odile", "Pavel", "Rosa", "Stefan", "Talia", "Viktor",
)  # fmt: skip
_LAST = (
    "Ashdown", "Brandt", "Castellano", "Dufresne", "Eklund", "Farkas", "Grimshaw", "Holt",
    "Ivarsson", "Jelinek", "Kowal", "Lindqvist", "Moreau", "Novotny", "Osborne", "Petrov",
    "Rinaldi", "Sokolov", "Tremblay", "Whitcombe",
)  # fmt: skip
TOWNS = (
    "Ardwell", "Bellmoor", "Carrick", "Dunhaven", "Easterby", "Fallowden", "Garrowby", "Hexley",
    "Inchmore", "Kelderby", "Langholm", "Marwick", "Netherby", "Oakhampton", "Penrose", "Quarley",
    "Rothwell", "Selbourne", "Thornbury", "Ullesthorpe",
)  # fmt: skip
NATIONS = (
    "Norway", "Kenya", "Brazil", "Japan", "Italy", "Canada", "Poland", "Ghana", "Chile", "Estonia",
    "Ireland", "Hungary",
)  # fmt: skip
_ADJECTIVES = ("Silent", "Golden", "Broken", "Distant", "Crimson", "Hollow", "Winter", "Paper")
_NOUNS = ("River", "Harbour", "Garden", "Mirror", "Lantern", "Orchard", "Engine", "Compass")


def people(rnd: Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[f"{rnd.choice(_FIRST)} {rnd.choice(_LAST)}"] = None
    return [*found]


def works(rnd: Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[f"{rnd.choice(_ADJECTIVES)} {rnd.choice(_NOUNS)}"] = None
    return [*found]
