"""The row that stands behind, or before, one that the question names: the next mayor, the episode
after Fog."""

from __future__ import annotations

from kb.tables.links import Strength
from kb.tables.operations import Want
from kb.tables.plan import Comparison, Operation, Plan
from kb.tables.planned import State, base, is_verb_of_time, only

_OTHERS = (
    Want.NUMBER, Want.SUM, Want.AVERAGE, Want.HIGHEST, Want.LOWEST, Want.SHARE, Want.DIFFERENCE,
    Want.GROWTH, Want.EXISTS, Want.LIST, Want.NOT, Want.EACH, Want.QUOTIENT,
)  # fmt: skip


def neighbour(state: State) -> Plan | None:
    """The plan that tells the row beside the one that the filters leave; None where the question
    names none, or wants more of it."""
    if state.has(*_OTHERS) or not state.filters or len(state.links.values) != 1:
        return None
    if any(one.test is not Comparison.EQUAL or len(one.values) > 1 for one in state.filters):
        return None
    ways = {one.want for one in state.wants(Want.NEXT, Want.PREVIOUS)}
    if len(ways) > 1 or state.links.values[0].part:
        return None
    targets = _targets(state)
    if not targets:
        return None
    way = Operation.NEXT if Want.NEXT in ways else Operation.PREVIOUS
    return base(state, way, targets=targets, measures=tuple(state.shape.times))


def _targets(state: State) -> tuple[int, ...]:
    used = [c for one in state.filters for c in one.columns]
    links = [
        one
        for one in state.free
        if one.strength is not Strength.ENTITY and not (is_verb_of_time(one, state))
    ]
    named = [one.columns[0] for one in links if len(one.columns) == 1]
    if len(named) < len(links):
        return ()  # it is open which
    shape = state.shape
    if state.has(Want.TIME):
        return tuple(c for c in named if c in shape.times) or tuple(only(shape.times))
    if state.has(Want.PERSON) and not named:
        named = used[:1] if used[0] in shape.people or not shape.people else only(shape.people)
    return tuple(dict.fromkeys(named)) or tuple(used[:1])
