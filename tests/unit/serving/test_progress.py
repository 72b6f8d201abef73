"""A stream that waits says so, again and again: nobody takes it for a dead connection."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

from kb.serving.queue import AnswerQueue
from kb.serving.routes.common import Services, with_progress
from tests.unit.serving.test_queue import SOON, Writer, happens


def test_a_place_and_that_it_is_being_answered_are_told_again_while_nothing_else_comes() -> None:
    async def scene() -> list[str]:
        queue, first, second = AnswerQueue(1, waiting=1), Writer(), Writer(words=1)
        queue.put(first)
        assert await happens(first.begun)
        services = cast(Services, SimpleNamespace(answers=queue))
        heard: list[str] = []
        async for line in with_progress(services, queue.put(second), silent=0.05):
            heard.append(line)
            if len(heard) == 3:
                first.let.release(2)
            if heard.count('{"answering": true}') == 3:
                second.let.release()
        queue.close()
        return heard

    heard = asyncio.run(asyncio.wait_for(scene(), SOON))
    waits = '{"waiting": {"place": 1, "seconds": 10}}'
    assert heard[:3] == [waits] * 3
    assert heard[-4:] == ['{"answering": true}'] * 3 + ["word 0"]
