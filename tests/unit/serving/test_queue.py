"""The queue of kb serve: questions take turns, and nobody who has gone holds up the others."""

from __future__ import annotations

import asyncio
import threading

import pytest

from kb import errors
from kb.serving.backend import Lines
from kb.serving.queue import AnswerQueue
from kb.serving.statuses import STATUS, status_of
from tests.unit.core.test_errors import every_class

SOON = 10.0


class Writer:
    """Writes a word each time it is let; `closed` when it was stopped or has ended."""

    def __init__(self, words: int = 2) -> None:
        self.words = words
        self.let = threading.Semaphore(0)
        self.begun = threading.Event()
        self.closed = threading.Event()

    def __call__(self) -> Lines:
        self.begun.set()
        try:
            for number in range(self.words):
                assert self.let.acquire(timeout=SOON)
                yield f"word {number}"
        finally:
            self.closed.set()


async def happens(event: threading.Event) -> bool:
    return await asyncio.to_thread(event.wait, SOON)


def test_a_reply_is_what_was_said_in_its_order_and_then_its_end() -> None:
    async def scene() -> list[str | None]:
        queue, writer = AnswerQueue(1, 0), Writer()
        reply = queue.put(writer)
        writer.let.release(2)
        received = [await reply.next() for _ in range(3)]
        queue.close()
        return received

    assert asyncio.run(scene()) == ["word 0", "word 1", None]


def test_one_is_answered_some_wait_and_the_next_is_told_when_to_come_again() -> None:
    async def scene() -> None:
        queue, first, second = AnswerQueue(1, waiting=1), Writer(), Writer()
        reply, waits = queue.put(first), queue.put(second)
        assert await happens(first.begun)
        assert not second.begun.is_set(), "one question at a time"
        with pytest.raises(errors.RequestRejected) as refused:
            queue.put(Writer())
        assert (refused.value.status, refused.value.headers) == (503, (("Retry-After", "10"),))
        first.let.release(2)
        second.let.release(2)
        while await reply.next() is not None:
            pass
        assert await waits.next() == "word 0"
        queue.close()

    asyncio.run(scene())


def test_who_goes_away_stops_the_model_and_makes_room() -> None:
    async def scene() -> None:
        queue, first, second = AnswerQueue(1, waiting=0), Writer(words=1000), Writer(words=1)
        gone = queue.put(first)
        first.let.release()
        assert await gone.next() == "word 0"
        gone.abandoned.set()
        first.let.release()
        assert await happens(first.closed)
        assert await gone.next() is None
        reply = queue.put(second)
        second.let.release()
        assert await reply.next() == "word 0"
        queue.close()

    asyncio.run(scene())


def test_who_goes_away_while_waiting_is_never_begun_and_disturbs_nobody() -> None:
    async def scene() -> None:
        halted: list[str] = []
        queue = AnswerQueue(1, waiting=1, halt=lambda: halted.append("now"))
        first, second = Writer(words=2), Writer()
        reading, waiting = queue.put(first), queue.put(second)
        assert await happens(first.begun)
        queue.abandon(waiting)
        assert halted == [], "the model works for somebody else"
        first.let.release()
        assert await reading.next() == "word 0"
        queue.abandon(reading)
        assert halted == ["now"]
        first.let.release()
        assert await waiting.next() is None
        while queue.load != (0, 0):
            await asyncio.sleep(0.01)
        queue.abandon(reading)
        assert halted == ["now"], "it has ended"
        queue.close()
        assert not second.begun.is_set()

    asyncio.run(scene())


def test_an_error_is_raised_where_the_reply_is_read() -> None:
    def fails() -> Lines:
        yield "a word"
        raise errors.EngineFailed("the engine is gone", why="out of memory", hint="ask again")

    async def scene() -> None:
        queue = AnswerQueue(1, 0)
        reply = queue.put(fails)
        assert await reply.next() == "a word"
        with pytest.raises(errors.EngineFailed):
            await reply.next()
        queue.close()

    asyncio.run(scene())


def test_a_server_that_stops_ends_every_reply_at_once() -> None:
    async def scene() -> None:
        queue, first, second = AnswerQueue(1, waiting=1), Writer(words=1000), Writer()
        replies = [queue.put(first), queue.put(second)]
        assert await happens(first.begun)
        queue.stop()
        for reply in replies:
            with pytest.raises(errors.Interrupted):
                await asyncio.wait_for(reply.next(), SOON)
        first.let.release()
        assert await happens(first.closed)
        await asyncio.to_thread(queue.close)
        assert not second.begun.is_set()

    asyncio.run(scene())


def test_a_thread_that_hears_nothing_does_not_hold_up_the_end() -> None:
    async def scene() -> None:
        queue, deaf = AnswerQueue(1, waiting=0), Writer()
        queue.put(deaf)
        assert await happens(deaf.begun)
        queue.stop()
        assert await asyncio.to_thread(queue.close, 0.1) is False
        deaf.let.release(2)
        assert await asyncio.to_thread(queue.close, SOON) is True

    asyncio.run(scene())


def test_every_exit_code_has_its_http_status() -> None:
    assert STATUS.keys() == {kind.exit_code for kind in every_class()}
    assert status_of(errors.NothingFound("empty", why="not there", hint="wait")) == 404
    assert status_of(errors.ModelMissing("no model", why="not there", hint="wait")) == 503

    assert (
        status_of(errors.RequestRejected("too large", why="not there", hint="wait", status=413))
        == 413
    )


def test_turns_go_round_by_person_and_each_has_a_bound_of_their_own() -> None:
    async def scene() -> tuple[list[str], tuple[str, ...]]:
        queue, first = AnswerQueue(1, waiting=9, each=3), Writer(words=1)
        begun: list[str] = []

        def asked(name: str) -> Lines:
            begun.append(name)
            yield name

        replies = [queue.put(first, "otto")]
        assert await happens(first.begun)
        for name in ("anna 1", "anna 2", "anna 3", "ben 1"):
            replies.append(queue.put(lambda name=name: asked(name), name.split()[0]))  # type: ignore[misc]
        places = [queue.place(reply) for reply in replies]
        assert places == [0, 1, 3, 4, 2]
        with pytest.raises(errors.RequestRejected, match="too many of your questions") as refused:
            queue.put(first, "anna")
        first.let.release()
        for reply in replies:
            while await reply.next() is not None:
                pass
        queue.close()
        return begun, refused.value.headers[0]

    begun, told = asyncio.run(scene())
    assert begun == ["anna 1", "ben 1", "anna 2", "anna 3"]
    assert told == ("Retry-After", "20"), "the running one's ten seconds, then her own"


def test_how_long_a_turn_takes_is_a_guess_only_before_there_was_one() -> None:
    async def scene() -> tuple[float, float]:
        queue, first = AnswerQueue(1, waiting=9), Writer(words=1)
        before = queue.seconds_to(1)
        reply = queue.put(first, "otto")
        assert await happens(first.begun)
        first.let.release()
        while await reply.next() is not None:
            pass
        queue.close()
        return before, queue.seconds_to(1)

    guess, known = asyncio.run(scene())
    assert guess == 10
    assert 0 < known < 5, "what the first one took, and nothing of the guess"


def test_who_is_being_answered_comes_behind_those_who_ask_meanwhile() -> None:
    async def scene() -> tuple[int, int]:
        queue, first = AnswerQueue(1, waiting=9), Writer(words=1)
        queue.put(first, "otto")
        assert await happens(first.begun)
        again, anna = queue.put(Writer(), "otto"), queue.put(Writer(), "anna")
        places = queue.place(again), queue.place(anna)
        queue.stop()
        first.let.release()
        queue.close()
        return places

    assert asyncio.run(scene()) == (2, 1)
