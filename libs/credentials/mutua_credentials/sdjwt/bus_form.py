"""The bus form, and the proof that it names nobody: what travels holds no personal data (design, 3.2).

The proof is by allow-list: every member must be one that is known to be about the course, not about the
person. Nothing that `leaks` returns quotes a value, so it may be logged.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from mutua_credentials import jws
from mutua_credentials.annex_i import ELEMENTS, PERSONAL, Grade, Learner
from mutua_credentials.annex_i.elements import reader
from mutua_credentials.annex_i.fields import field_errors
from mutua_credentials.identities import canonical_identity
from mutua_credentials.json_text import Refused
from mutua_credentials.pointers import pointer
from mutua_credentials.sdjwt.disclosures import HASHES
from mutua_credentials.sdjwt.issuing import CREDENTIAL_ID
from mutua_credentials.sdjwt.token import TYP, VCT, parse

_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in base64url: a digest of a disclosure, or the thumbprint of a key."""


@dataclass(frozen=True, slots=True)
class Leak:
    """One reason why this may not travel: a stable code and a JSON Pointer, never a value."""

    code: str
    path: str


def leaks(bus_form: str, *, learner: Learner | None = None, grade: Grade | None = None) -> tuple[Leak, ...]:
    """Everything that speaks against sending this; empty means that it holds no personal data.

    Given the learner (and grade) it was issued for, the clear texts are searched for them too. Codes:
    `not_sd_jwt`, `disclosure_attached`, `key_binding_attached`, `subject_named`, `holder_key_named`,
    `unknown_member`, `unknown_value`, `personal_in_clear`, `id_not_random`, `learner_in_text`,
    `grade_in_text`.
    """
    token = parse(bus_form)
    if isinstance(token, Refused):
        return (Leak("not_sd_jwt", ""),)
    found = [Leak("disclosure_attached", "")] if token.disclosures else []
    found += [Leak("key_binding_attached", "")] if token.key_binding else []
    for name, value in token.jwt.header.items():
        found += _member_leaks(name, value, _HEADER)
    for name, value in token.payload.items():
        found += _element_leaks(name, value) if name in ELEMENTS else _member_leaks(name, value, _CLAIMS)
    clear = {name: value for name, value in token.payload.items() if name not in (*PERSONAL, "jti")}
    for path, text in _texts(clear, ""):
        if learner is not None and _names(text, learner):
            found.append(Leak("learner_in_text", path))
        if grade is not None and len(grade.value) > 3 and _is_word(grade.value.casefold(), text.casefold()):
            found.append(Leak("grade_in_text", path))
    return tuple(found)


def _member_leaks(name: str, value: Any, known: Mapping[str, Callable[[Any], bool]]) -> list[Leak]:
    """A member of header or payload that is no element of Annex I."""
    if name in known and known[name](value):
        return []
    code = _CODES.get(name) or ("unknown_value" if name in known else "unknown_member")
    return [Leak(code, pointer(name))]


def _element_leaks(name: str, value: Any) -> list[Leak]:
    if name in PERSONAL:
        return [] if _only_digests(value) else [Leak("personal_in_clear", pointer(name))]
    try:
        reader(name).validate_python(value)
    except ValidationError as error:
        return [Leak("unknown_value", wrong.path) for wrong in field_errors(error, name)]
    return []


def _only_digests(value: Any) -> bool:
    match value:
        case {"_sd": [*digests], **rest} if not rest:
            return all(isinstance(one, str) and bool(_DIGEST.fullmatch(one)) for one in digests)
        case _:
            return False


def _only_a_reference(value: Any) -> bool:
    match value:
        case {"status_list": {"idx": int(), "uri": str(), **rest}, **more}:
            return not rest and not more
        case _:
            return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_web_identity(value: Any) -> bool:
    return isinstance(value, str) and canonical_identity(value).startswith("https://")


_HEADER: Mapping[str, Callable[[Any], bool]] = {
    "alg": lambda value: value in jws.ALGORITHMS,
    "kid": lambda value: isinstance(value, str) and bool(_DIGEST.fullmatch(value)),
    "typ": lambda value: value == TYP,
}
_CLAIMS: Mapping[str, Callable[[Any], bool]] = {
    "_sd_alg": lambda value: value in HASHES,
    "exp": _is_number,
    "iat": _is_number,
    "iss": _is_web_identity,
    "jti": lambda value: isinstance(value, str) and bool(CREDENTIAL_ID.fullmatch(value)),
    "nbf": _is_number,
    "status": _only_a_reference,
    "vct": lambda value: value == VCT,
}
_CODES = {"sub": "subject_named", "cnf": "holder_key_named", "jti": "id_not_random"}


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
    # Mostly it is not in there at all, which is told in a tenth of the time.
    return word in text and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


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
