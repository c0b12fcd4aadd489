"""DEQAR ids of providers, and the numbers by which the registry is asked for their details.

Most ids are `DEQARINST` and the number, but the registry keeps them as texts of their own: other providers
have had ids such as `DEQARINSTAP0010`, and nothing keeps an id from telling another number than its own.
What a list states therefore holds; where nothing was stated, the number makes the id, and the last digits
of the id make the number.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from mutua_deqar_sync.shapes import Node

Mentioned = Callable[[Node], str]
"""Tells the DEQAR id of a provider that somebody mentions."""
_STATED: Final = re.compile(r"\S{1,25}")
_LAST_DIGITS: Final = re.compile(r"[0-9]{1,9}$")


def provider_mirror_id(number: int) -> str:
    """The id that the registry makes for a number, unless somebody gives it another one."""
    return f"DEQARINST{number:04d}"


def stated_id(node: Node) -> str | None:
    """The DEQAR id that a row or a mention states. Raises ShapeChanged."""
    stated = node.get("deqar_id")
    text = stated.text()
    if text is not None and not _STATED.fullmatch(text):
        raise stated.unlike("a DEQAR id")
    return text


def mentioned_id(node: Node) -> str:
    """The DEQAR id of a provider as a row or a mention tells it: stated, or by its number alone."""
    made = provider_mirror_id(node.get("id").required_key())
    return stated_id(node) or made


class ProviderIds:
    """What lists have stated so far."""

    def __init__(self) -> None:
        self._ids: dict[int, str] = {}
        self._numbers: dict[str, int] = {}

    def learn(self, stated: Mapping[int, str]) -> None:
        """What a page of a list states, by number.

        An id that several numbers state belongs to the one that it tells, else to the first on a page and
        the newest of several pages; the others have the ids that are made of their numbers.
        """
        given: dict[str, int] = {}
        for number in sorted(stated, key=lambda n: (stated[n] != provider_mirror_id(n), n)):
            id = stated[number]
            holder = self._numbers.get(id, number)
            tells_holder = holder != number and self._ids[holder] == id == provider_mirror_id(holder)
            given[provider_mirror_id(number) if id in given or tells_holder else id] = number
        for id, number in given.items():
            holder = self._numbers.get(id, number)
            if holder != number and self._ids[holder] == id:
                self._ids[holder] = provider_mirror_id(holder)
            self._ids[number] = id
            self._numbers[id] = number

    def id_of(self, number: int) -> str:
        return self._ids.get(number) or provider_mirror_id(number)

    def mentioned(self, node: Node) -> str:
        """Of a provider as somebody mentions it: the providers' own list knows better, where it has told."""
        mention = mentioned_id(node)
        return self._ids.get(node.get("id").required_key(), mention)

    def number_of(self, id: str) -> int | None:
        """None where there is no such provider: the number that the id tells is known under another id."""
        candidates = [self._numbers.get(id), _last_digits(id)]
        return next((n for n in candidates if n and self._ids.get(n, id) == id), None)


def _last_digits(id: str) -> int | None:
    digits = _LAST_DIGITS.search(id)
    return int(digits[0]) if digits else None
