"""Values of a submitted body that name something in the registry: agencies, activities, providers, codes.

Each is looked up in its own way, with its own sentence when it is not found; which is which follows the
real server. A crash of the real server is a BrokenRecord here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mutua_local.deqar.codes import ASSESSMENT, DECISION, QF_EHEA_LEVEL, STATUS
from mutua_local.deqar.languages import LANGUAGES
from mutua_local.deqar.model import Activity, Agency, BrokenRecord, Country, Json, Provider, Report
from mutua_local.deqar.truth import Truth

from .reading import Field, Invalid, Read, objects, read_object, text, word

_UNLINKED = (
    "This report cannot be linked to an institution. It is missing either a valid ETER ID, DEQAR ID, or local"
    " identifier."
)
_IDENTIFIER = {"identifier": Field(text(50), required=True), "resource": Field(text(200))}


@dataclass(frozen=True, slots=True)
class Lookups:
    """`body` is the submitted whole: activities and providers are looked up by the agency that it names.
    `allowed` are the agencies for which the user may submit; None means all."""

    truth: Truth
    body: Any
    allowed: frozenset[int] | None

    def agency(self, value: Any) -> Agency:
        """The agency for which somebody submits."""
        found = self.any_agency(value)
        if self.allowed is not None and found.id not in self.allowed:
            raise Invalid("You can't submit data to this Agency.")
        return found

    def any_agency(self, value: Any) -> Agency:
        """By its number in EQAR's register, or by its acronym in any case."""
        name = word(value)
        for agency in self.truth.every(Agency):
            if str(agency.deqar_id) == name or agency.acronym_primary.lower() == name.lower():
                return agency
        raise Invalid(f"Please provide valid Agency {'DEQAR ID' if name.isdigit() else 'Acronym'}.")

    def activity(self, value: Any) -> Activity:
        """By its id, or by the agency's own name for it."""
        if not isinstance(value, dict):
            raise BrokenRecord("the server asks a value that is no object for its members")
        own = self._own()
        number = value.get("id", value.get("activity"))
        local, group = value.get("local_identifier"), value.get("group")
        if number is None and local is None and group is None:
            raise Invalid("Either ESG Activity ID or ESG Activity local identifier is needed.")
        if number is not None and local is not None:
            raise Invalid("You cannot submit both ESG Activity ID and ESG Activity local identifier.")
        if number is not None and not str(number).isdigit():
            raise Invalid("Please provide ESG Activity ID as an integer or string.")
        agency = own if value.get("agency") is None else self.any_agency(value["agency"])
        for activity in self.truth.every(Activity):
            if activity.agency == agency.id and (
                (number is not None and str(activity.id) == str(number))
                or (local is not None and activity.local_identifier == local)
                or (number is None and local is None and str(activity.group) == str(group))
            ):
                return activity
        named = "ID" if number is not None else "local identifier" if local is not None else "Group ID"
        raise Invalid(f"Please provide valid ESG Activity {named}.")

    def provider(self, value: Any) -> Provider:
        """By DEQARINST id, else ETER id, else identifiers: a local one counts for the own agency only."""
        fields = {
            "deqar_id": Field(text(25)),
            "eter_id": Field(text(15)),
            "identifiers": Field(self.identifiers),
        }
        given = read_object(value, fields)
        by_deqar = self._by_deqar_id(given["deqar_id"]) if "deqar_id" in given else None
        by_eter = None
        if "eter_id" in given and (by_eter := self.truth.provider_by_eter(given["eter_id"])) is None:
            raise Invalid("Please provide valid ETER ID.")
        if by_deqar and by_eter and by_deqar.id != by_eter.id:
            raise Invalid("The provided DEQAR and ETER ID does not match.")
        if (found := by_deqar or by_eter) is not None:
            return found
        return self._by_identifiers(given.get("identifiers"))

    def identifiers(self, value: Any) -> list[Json]:
        found = objects(lambda each: read_object(each, _IDENTIFIER))(value)
        resources = [identifier.get("resource") for identifier in found]
        if resources.count(None) > 1:
            raise Invalid("You can only submit one identifier without resource.")
        named = [resource for resource in resources if resource is not None]
        if len(named) != len(set(named)):
            raise Invalid("You can only submit different type of resources.")
        return found

    def report(self, value: Any) -> Report:
        key = str(value)
        found = self.truth.find(Report, int(key)) if key.isdecimal() else None
        if found is None:
            raise Invalid("Please provide valid Report ID.")
        if self.allowed is not None and found.agency not in self.allowed:
            raise Invalid("You are not allowed to submit data to this Report.")
        return found

    def country(self, value: Any) -> int:
        code = word(value).upper()
        for country in self.truth.every(Country):
            if code in (country.alpha2.upper(), (country.alpha3 or "").upper()):
                return country.id
        raise Invalid("Please provide valid country code.")

    def _own(self) -> Agency:
        if "agency" not in self.body:
            raise BrokenRecord("the server asks the body for its agency without looking")
        return self.any_agency(self.body["agency"])

    def _by_deqar_id(self, deqar_id: str) -> Provider:
        found = self.truth.provider_by_deqar_id(deqar_id)
        if found is None:
            raise Invalid("Please provide valid DEQAR ID.")
        return found

    def _by_identifiers(self, identifiers: list[Json] | None) -> Provider:
        own = self._own()
        found: set[int] = set()
        for identifier in identifiers or []:
            resource = identifier.get("resource", "local identifier")
            agency = own.id if resource == "local identifier" else None
            found |= set(self.truth.providers_with(resource, identifier["identifier"], agency))
        if len(found) > 1:
            raise Invalid(
                "The submitted institution identifiers are identifying more institutions. Please correct"
                " them."
            )
        if not found:
            raise Invalid(_UNLINKED)
        return self.truth.get(Provider, found.pop())


def coded(codes: Mapping[int, str], by_id: str, by_label: str) -> Read:
    """A code by its number as text, or by its label in any case."""

    def read(value: Any) -> int:
        name = word(value)
        if name.isdigit():
            if int(name) in codes:
                return int(name)
            raise Invalid(f"Please provide valid {by_id}.")
        for key, label in codes.items():
            if label.lower() == name.lower():
                return key
        raise Invalid(f"Please provide valid {by_label}.")

    return read


status = coded(STATUS, "Report Status ID", "Report Status")
decision = coded(DECISION, "Report Decision ID", "Report Decision")
assessment = coded(ASSESSMENT, "Assessment ID", "assessment name")
_level = coded({key - 1: label for key, label in QF_EHEA_LEVEL.items()}, "QF EHEA ID", "QF EHEA level")


def level(value: Any) -> int:
    """By its code (0 is the short cycle) or label; stored by its key, which is one more."""
    return _level(value) + 1


def degree_outcome(value: Any) -> int:
    for key, spellings in ((1, (1, "1", "yes", "full degree")), (2, (2, "2", "no", "no full degree"))):
        if value in spellings and not isinstance(value, bool):
            return key
    raise Invalid("Please provide valid degree_outcome value.")


def language(value: Any) -> str:
    code = word(value).lower()
    for found in LANGUAGES.values():
        if code in (found.two, found.three):
            return found.name
    raise Invalid("Please provide valid language code.")


def esco(value: Any) -> str:
    if "http://data.europa.eu/esco/" not in str(value):
        raise Invalid("ESCO base URL is missing from the data.")
    return text(70)(value)


def isced(value: Any) -> str:
    code = str(value)
    if "http://data.europa.eu/esco/isced-f" in code:
        return text(70)(code)
    if not (code.isdecimal() and len(code) <= 4):
        raise Invalid("Either full ESCO URI or max. 4-digit ISCED-F number needed.")
    return f"http://data.europa.eu/esco/isced-f/{code}"
