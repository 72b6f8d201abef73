"""A conversation on a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kb.session.asking import Options
from kb.session.events import Answering
from kb.types import Turn, Where

Begin = Callable[[str, Options, list[Turn]], Answering]


class Chat:
    """Turns, and the next question, which may lean on them. For one thread at a time.

    >>> chat = session.chat()
    >>> chat.ask("刘备的电话号码是多少？").answer().found
    False
    >>> next(chat.ask("那关羽的呢？")).rewritten
    '关羽的电话号码是多少？'
    >>> [turn.question for turn in chat.turns]
    ['刘备的电话号码是多少？']
    """

    def __init__(self, begin: Begin, turns: Iterable[Turn] = ()) -> None:
        self._begin = begin
        self._turns = [*turns]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What was said so far, the last turn last. A turn that was broken off is not there.

        >>> session.chat([Turn("Who?", "", "He.")]).turns[0].answer
        'He.'
        """
        return tuple(self._turns)

    def ask(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: Where = (),
        mode: str | None = None,
        think: bool | None = None,
        strict: bool | None = None,
        collection: str = "",
        wish: str = "",
        model: str | None = None,
    ) -> Answering:
        """As `Session.ask`, but first comes an Understood: a question that leans on the turns
        before it is asked of the documents as it stands alone.

        `wish`: what the program that asks would like of the answer's tone and form. It stands
        behind kb's own rules in the prompt, changes nothing of what is found, refused or checked,
        and makes the answer strict.

        >>> chat = session.chat([Turn("张飞的电话号码是多少？", "", "u987438274")])
        >>> next(chat.ask("那关羽的呢？"))
        Understood(question='那关羽的呢？', rewritten='关羽的电话号码是多少？')
        """
        options = Options(top_k, where, mode, think, strict, collection, wish, model)
        return self._begin(question, options, self._turns)

    def forget(self) -> None:
        """Begin anew: the turns so far are not leant on any more.

        >>> chat = session.chat([Turn("Who?", "", "He.")])
        >>> chat.forget()
        >>> chat.turns
        ()
        """
        self._turns.clear()
