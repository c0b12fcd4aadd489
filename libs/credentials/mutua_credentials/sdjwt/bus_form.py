"""The bus form, and the proof that it names nobody: what travels holds no personal data (design, 3.2).

The proof is by allow-list: every member must be one that is known to be about the course, not about the
person. Nothing that `leaks` returns quotes a value, so it may be logged.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from mutua_credentials.annex_i import ELEMENTS, PERSONAL, Grade, Learner
from mutua_credentials.annex_i.elements import reader
from mutua_credentials.annex_i.fields import field_errors
from mutua_credentials.json_text import Refused
from mutua_credentials.pointers import pointer
from mutua_credentials.sdjwt.issuing import CREDENTIAL_ID
from mutua_credentials.sdjwt.token import parse

HEADER_MEMBERS = frozenset({"alg", "kid", "typ"})
CLAIMS = frozenset(
    {"iss", "jti", "iat", "nbf", "exp", "vct", "vct#integrity", "_sd_alg", "status", *ELEMENTS}
)
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Leak:
    """One reason why this may not travel: a stable code and a JSON Pointer, never a value."""

    code: str
    path: str


def leaks(bus_form: str, *, learner: Learner | None = None, grade: Grade | None = None) -> tuple[Leak, ...]:
    """Everything that speaks against sending this; empty means that it holds no personal data.

    Given the learner (and grade) it was issued for, the clear texts are searched for them too. Codes:
    `not_sd_jwt`, `disclosure_attached`, `key_binding_attached`, `header_member`, `subject_named`,
    `holder_key_named`, `unknown_claim`, `personal_in_clear`, `id_not_random`, `more_than_a_reference`,
    `learner_in_text`, `grade_in_text`.
    """
    token = parse(bus_form)
    if isinstance(token, Refused):
        return (Leak("not_sd_jwt", ""),)
    found = [Leak("disclosure_attached", "")] if token.disclosures else []
    found += [Leak("key_binding_attached", "")] if token.key_binding else []
    found += [Leak("header_member", pointer(name)) for name in token.jwt.header if name not in HEADER_MEMBERS]
    for name, value in token.payload.items():
        found += _claim_leaks(name, value)
    if not CREDENTIAL_ID.fullmatch(str(token.payload.get("jti"))):
        found.append(Leak("id_not_random", "/jti"))
    clear = {name: value for name, value in token.payload.items() if name not in (*PERSONAL, "jti")}
    for path, text in _texts(clear, ""):
        if learner is not None and _names(text, learner):
            found.append(Leak("learner_in_text", path))
        if grade is not None and len(grade.value) > 3 and _is_word(grade.value.casefold(), text.casefold()):
            found.append(Leak("grade_in_text", path))
    return tuple(found)


def _claim_leaks(name: str, value: Any) -> list[Leak]:
    path = pointer(name)
    if name == "sub":
        return [Leak("subject_named", path)]
    if name == "cnf":
        return [Leak("holder_key_named", path)]
    if name not in CLAIMS:
        return [Leak("unknown_claim", path)]
    if name in PERSONAL:
        return [] if _only_digests(value) else [Leak("personal_in_clear", path)]
    if name == "status":
        match value:
            case {"status_list": {"idx": int(), "uri": str()} as reference} if (
                len(value) == 1 and len(reference) == 2
            ):  # pyright: ignore[reportUnknownArgumentType]
                return []
            case _:
                return [Leak("more_than_a_reference", path)]
    if name in ELEMENTS:
        try:
            reader(name).validate_python(value)
        except ValidationError as error:
            return [Leak("unknown_claim", wrong.path) for wrong in field_errors(error, name)]
    return []


def _only_digests(value: Any) -> bool:
    match value:
        case {"_sd": [*digests]} if len(value) == 1:  # pyright: ignore[reportUnknownArgumentType]
            return all(isinstance(one, str) and bool(_DIGEST.fullmatch(one)) for one in digests)
        case _:
            return False


def _names(text: str, learner: Learner) -> bool:
    """Whether a text names the learner: both names as words, an identifier, or the date of birth.

    One name alone is no sign: there are people called Data, and courses of that name.
    """
    folded = text.casefold()
    names = [name.casefold() for name in (learner.given_name, learner.family_name) if name is not None]
    numbers = [known.value.casefold() for known in learner.identifiers or () if len(known.value) > 3]
    if learner.birth_date is not None:
        numbers.append(learner.birth_date.isoformat())
    both = len(names) == 2 and all(_is_word(name, folded) for name in names)
    return both or any(_is_word(number, folded) for number in numbers)


def _is_word(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, names of members too, with its pointer."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, member in cast("dict[str, Any]", value).items():
            yield path, name
            yield from _texts(member, path + pointer(name))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _texts(item, path + pointer(str(index)))
