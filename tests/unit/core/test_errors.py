"""The exception tree: each class has its exit code, a reference, and three lines to print."""

from __future__ import annotations

import pickle

import pytest

from kb import errors


def every_class() -> list[type[errors.KbError]]:
    found = [errors.KbError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return found


def test_an_error_prints_what_happened_why_and_what_to_do() -> None:
    error = errors.LockHeld(
        "another run is writing", why="process 4711 holds the lock", hint="wait, or use --wait 60"
    )
    assert error.lines() == (
        "error: another run is writing [lock-held]",
        "why:   process 4711 holds the lock",
        "fix:   wait, or use --wait 60",
    )


def test_an_error_without_a_reason_or_a_remedy_cannot_be_made() -> None:
    for kind in every_class():
        for given in ({"why": "it is so"}, {"hint": "wait"}):
            with pytest.raises(TypeError, match="required keyword-only"):
                kind("it went wrong", **given)


def test_references_are_unique_and_in_kebab_case() -> None:
    references = [kind.reference for kind in every_class()]
    assert len(set(references)) == len(references)
    assert all(reference == reference.lower().replace("_", "-") for reference in references)


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert {kind.exit_code for kind in every_class()} == {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130}


def test_the_map_at_the_head_of_the_module_names_every_class() -> None:
    assert errors.__doc__ is not None
    assert [kind.__name__ for kind in every_class() if kind.__name__ not in errors.__doc__] == []


def test_an_error_survives_the_way_home_from_a_worker() -> None:
    sent = errors.LimitExceeded("too big", why="200 MB", hint="split it")
    received = pickle.loads(pickle.dumps(sent))
    assert type(received) is errors.LimitExceeded
    assert received.lines() == sent.lines()
