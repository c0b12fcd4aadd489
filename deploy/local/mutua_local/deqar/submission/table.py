"""Reports as rows of a CSV table: column names say where a cell belongs (`institution[1].deqar_id`).

A row becomes the same body that the API takes; empty cells and `-` are left out.
"""

import csv
import io
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from mutua_local.deqar.model import Json

_COLUMN: Final = re.compile(r"(?P<name>\w+)(\[(?P<at>\d+)\])?(\.(?P<part>\w+)(\[(?P<each>\d+)\])?)?")
_LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "institution": "institutions",
        "platform": "platforms",
        "programme": "programmes",
        "file": "report_files",
        "link": "report_links",
        "link_display_name": "report_links",
        "activities": "activities",
    }
)
_OBJECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "identifier": "identifiers",
        "resource": "identifiers",
        "name_alternative": "alternative_names",
        "qualification_alternative": "alternative_names",
    }
)
_PLURALS: Final[Mapping[str, str]] = MappingProxyType(
    {"country": "countries", "learning_outcome": "learning_outcomes"}
)


def bodies(table: str) -> list[Json]:
    """One body a row; none where the text is no table."""
    try:
        dialect = csv.Sniffer().sniff(table, delimiters="\t,;")
    except csv.Error:
        return []
    rows = csv.DictReader(io.StringIO(table), dialect=dialect)
    return [_body({(name or "").strip().lower(): cell for name, cell in row.items()}) for row in rows]


def _body(row: Mapping[str, str | None]) -> Json:
    body: Json = {}
    for column, cell in row.items():
        place = _COLUMN.fullmatch(column)
        if place is not None and cell and cell != "-":
            _put(body, place, cell)
    return _compact(body)


def _put(body: Json, place: re.Match[str], cell: str) -> None:
    name, at, part, each = place["name"], place["at"], place["part"], place["each"]
    if at is None:
        body[name] = cell
    elif name not in _LISTS:
        _at(body.setdefault(name, []), int(at), str)
        body[name][int(at) - 1] = cell
    else:
        element = _at(body.setdefault(_LISTS[name], []), int(at), dict)
        if each is None:
            element[part or name] = cell
        elif part in _OBJECTS:
            _at(element.setdefault(_OBJECTS[part], []), int(each), dict)[part] = cell
        else:
            element.setdefault(_PLURALS.get(part, part), []).append(cell)


def _at(elements: list[Any], number: int, kind: type) -> Any:
    elements += [kind() for _ in range(number - len(elements))]
    return elements[number - 1]


def _compact(value: Any) -> Any:
    """Without what is empty, as the real server cleans a row."""
    if isinstance(value, dict):
        return {name: kept for name, each in value.items() if (kept := _compact(each))}
    if isinstance(value, list):
        return [kept for each in value if (kept := _compact(each))]
    return value
