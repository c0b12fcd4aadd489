"""Languages of reports, with their codes; keys follow the backend's fixtures where those are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """`two` is ISO 639-1, `three` the bibliographic code of ISO 639-2."""

    name: str
    two: str
    three: str


_ROWS: Final = (
    (1, "Dutch", "nl", "dut"),
    (2, "Bulgarian", "bg", "bul"),
    (3, "Croatian", "hr", "hrv"),
    (4, "Czech", "cs", "cze"),
    (5, "Danish", "da", "dan"),
    (6, "Estonian", "et", "est"),
    (7, "Finnish", "fi", "fin"),
    (8, "French", "fr", "fre"),
    (9, "Georgian", "ka", "geo"),
    (10, "Greek", "el", "gre"),
    (11, "Hungarian", "hu", "hun"),
    (12, "Italian", "it", "ita"),
    (13, "Latvian", "lv", "lav"),
    (14, "Lithuanian", "lt", "lit"),
    (15, "Norwegian", "no", "nor"),
    (16, "Polish", "pl", "pol"),
    (17, "Portuguese", "pt", "por"),
    (18, "Romany", "", "rom"),
    (19, "Romanian", "ro", "rum"),
    (20, "Russian", "ru", "rus"),
    (21, "Slovak", "sk", "slo"),
    (22, "Slovenian", "sl", "slv"),
    (23, "Spanish", "es", "spa"),
    (24, "Swedish", "sv", "swe"),
    (25, "Turkish", "tr", "tur"),
    (26, "Ukrainian", "uk", "ukr"),
    (37, "English", "en", "eng"),
    (40, "German", "de", "ger"),
)
LANGUAGES: Final[Mapping[int, Language]] = MappingProxyType(
    {key: Language(name, two, three) for key, name, two, three in _ROWS}
)
LANGUAGE_NAMES: Final[Mapping[int, str]] = MappingProxyType({row[0]: row[1] for row in _ROWS})
