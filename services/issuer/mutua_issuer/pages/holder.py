"""The holder's page: one credential with every element, its status now, a code to check it, and the files.

Everything that comes from a credential is escaped here and nowhere else; the page loads nothing, runs no
script, and its style is the only one that its own policy allows.
"""

import base64
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from importlib import resources
from string import Template
from typing import Final, Literal

import segno

from mutua_credentials import code_lists
from mutua_credentials.annex_i import Learner, Level, MicroCredential, Text, Workload

_ROOM = resources.files("mutua_issuer.pages")
_PAGE: Final = Template(_ROOM.joinpath("holder.html").read_text("utf-8"))
_STYLE: Final = _ROOM.joinpath("holder.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page."""

Standing = Literal["valid", "suspended", "revoked", "expired"]

_CODE_TITLE: Final = "Link to this page"
_SAID: Final = {
    "valid": "Valid",
    "suspended": "Suspended: its issuer is looking at it",
    "revoked": "Revoked by its issuer",
    "expired": "Expired",
}


@dataclass(frozen=True, slots=True)
class File:
    """A form of the credential to take along."""

    name: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows. `address` is the holder's link."""

    content: MicroCredential
    issuer: str
    standing: Standing
    looked_at: datetime
    valid_until: date | None
    credential_id: str
    digest: str
    address: str
    files: Sequence[File]


def page(shown: Shown, languages: Sequence[str]) -> str:
    """The page as HTML; texts in the first of `languages` that they have, else in English, else as they
    are."""
    content, say = shown.content, _Words((*languages, "en"))
    return _PAGE.substitute(
        language=escape(say.language(content.title)),
        title=escape(say(content.title)),
        awarding_body=escape(say(content.awarding_body.name)),
        learner=escape(_name(content.learner)),
        status=_status(shown),
        facts="".join(
            f"<div><dt>{escape(term)}</dt><dd>{escape(value)}</dd></div>" for term, value in _facts(content)
        ),
        outcomes="".join(f"<li>{escape(say(one.statement))}</li>" for one in content.learning_outcomes),
        details=_list(_details(shown, say)),
        qr=_code(shown.address),
        address=escape(shown.address),
        numbers=_list((("Number", shown.credential_id), ("Digest", shown.digest))),
        downloads="".join(_download(shown.address, one) for one in shown.files),
        style=_STYLE,
    )


class _Words:
    """Chooses among the languages of a text; tags of languages are the same in any case."""

    def __init__(self, order: Sequence[str]) -> None:
        self._order = [tag.lower() for tag in order]

    def __call__(self, text: Text) -> str:
        return text[self.language(text)]

    def language(self, text: Text) -> str:
        """The one that is taken of this text."""
        tags = {tag.lower(): tag for tag in text}
        return next((tags[tag] for tag in self._order if tag in tags), next(iter(text)))


def _name(learner: Learner) -> str:
    names = [name for name in (learner.given_name, learner.family_name) if name is not None]
    return " ".join(names) or ", ".join(one.value for one in learner.identifiers or ())


def _status(shown: Shown) -> str:
    looked = shown.looked_at.strftime("%d %B %Y, %H:%M UTC").lstrip("0")
    said = escape(f"{_SAID[shown.standing]} · seen at its issuer on {looked}")
    return f'<p class="status {shown.standing}">{said}</p>'


def _facts(content: MicroCredential) -> Iterator[tuple[str, str]]:
    yield "Awarded on", _day(content.date_of_issuing)
    yield "Workload", _workload(content.workload)
    yield "Level", _level(content.level)
    if content.grade is not None:
        yield "Grade", content.grade.value


def _details(shown: Shown, say: _Words) -> Iterator[tuple[str, str]]:
    """Every other element of Annex I, in its order; what a credential lacks is left out."""
    content, place = shown.content, shown.content.country_of_issuer
    learner = content.learner
    if learner.birth_date is not None:
        yield "Born on", _day(learner.birth_date)
    for one in learner.identifiers or ():
        yield f"Learner ({one.scheme})", one.value
    yield "Country of the issuer", ", ".join(filter(None, (_label("country", place.country), place.region)))
    yield "Awarding body", _body(content, say)
    yield "Issued by", shown.issuer
    if shown.valid_until is not None:
        yield "Valid until", _day(shown.valid_until)
    yield "Assessment", _labels("assessment", content.type_of_assessment)
    yield "Participation", _labels("participation", content.form_of_participation)
    yield "Quality assurance", _quality(content)
    if content.prerequisites is not None:
        yield "Prerequisites", say(content.prerequisites)
    if content.supervision_and_identity_verification is not None:
        yield "Supervision and identity", _label("supervision", content.supervision_and_identity_verification)
    if content.grade is not None and content.grade.scheme is not None:
        yield "Grading scheme", content.grade.scheme
    if content.stackability is not None:
        towards = content.stackability.towards
        option = _label("stackability", content.stackability.option)
        yield "Stackability", option if towards is None else f"{option}: {say(towards)}"
    if content.field_of_study is not None:
        yield "Field of study", _labels("isced-f", content.field_of_study)
    if content.component is not None:
        yield "Course", content.component
    if (more := content.further_information) is not None:
        parts = ([say(more.text)] if more.text is not None else []) + list(more.links)
        yield "Further information", " · ".join(parts)


def _body(content: MicroCredential, say: _Words) -> str:
    known = ", ".join(f"{one.scheme} {one.value}" for one in content.awarding_body.identifiers)
    return say(content.awarding_body.name) + (f" ({known})" if known else "")


def _quality(content: MicroCredential) -> str:
    parts = [
        " · ".join(filter(None, (_label("quality-assurance", one.type), one.agency, one.report)))
        for one in content.type_of_quality_assurance
    ]
    return "; ".join(parts)


def _workload(workload: Workload) -> str:
    parts = [(workload.ects, "ECTS"), (workload.hours, "hours")]
    return ", ".join(f"{amount.normalize():f} {unit}" for amount, unit in parts if amount is not None)


def _level(level: Level) -> str:
    if level.not_applicable:
        return "no level applies"
    parts = [f"EQF {level.eqf}"] if level.eqf is not None else []
    parts += [_label("qf-ehea", level.qf_ehea)] if level.qf_ehea is not None else []
    parts += [level.nqf] if level.nqf is not None else []
    return ", ".join(parts)


def _labels(list_id: code_lists.ListId, codes: Iterable[str]) -> str:
    return ", ".join(_label(list_id, code) for code in codes)


def _label(list_id: code_lists.ListId, code: str) -> str:
    found = code_lists.get(list_id).get(code)
    return code if found is None else found.label


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _list(rows: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<dt>{escape(term)}</dt><dd>{escape(value)}</dd>" for term, value in rows)


def _code(address: str) -> str:
    """A QR code of the address as SVG; level M survives print and folds."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        border=2,
        dark="#14213d",
        title=_CODE_TITLE,
    )
    return out.getvalue().decode()


def _download(address: str, file: File) -> str:
    href = escape(f"{address.rpartition('/')[2]}/{file.name}")
    return f'<li><a href="{href}" download>{escape(file.title)}<small>{escape(file.about)}</small></a></li>'
