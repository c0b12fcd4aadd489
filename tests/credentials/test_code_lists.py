"""The code lists: whole, equal to their public sources, found by every name."""

import re
from pathlib import Path

import pytest

from mutua_contracts.issuer import IDENTIFIER_SCHEMES
from mutua_credentials import code_lists


@pytest.mark.parametrize("list_id", code_lists.LIST_IDS)
def test_every_list_is_whole(list_id: code_lists.ListId) -> None:
    entries = code_lists.get(list_id)
    assert entries.id == list_id
    assert len(entries) > 0
    uris = [entry.uri for entry in entries if entry.uri]
    assert len(uris) == len(set(uris))
    assert all(entry.label.strip() == entry.label != "" for entry in entries)
    assert all(entry.broader is None or entry.broader in entries for entry in entries)
    assert all(entries.find(entry.code) == entry for entry in entries)
    assert all(entries.find(uri) is not None for uri in uris)


def test_the_digest_covers_every_list() -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", code_lists.digest())


def test_isced_f_has_three_levels() -> None:
    fields = code_lists.get("isced-f")
    assert [len([entry for entry in fields if len(entry.code) == digits]) for digits in (2, 3, 4)] == [
        12,
        58,
        150,
    ]
    assert fields.leaves("061") == ("0610", "0611", "0612", "0613", "0619")
    assert set(fields.leaves("06")) >= {"0613", "0688"}
    assert fields.leaves("0613") == ("0613",)
    assert fields.leaves("77") == ()


def test_isced_f_is_the_public_list(vectors: Path) -> None:
    text = (vectors / "elm-3" / "isced-f.xsd").read_text("utf-8")
    public = set(re.findall(r'value="(http://data.europa.eu/snb/isced-f/\d+)"', text))
    assert {entry.uri for entry in code_lists.get("isced-f")} == public


def test_cycles_correspond_to_levels() -> None:
    assert [code_lists.eqf_of_cycle(cycle) for cycle in ("0", "1", "2", "3")] == [5, 6, 7, 8]
    assert code_lists.eqf_of_cycle("4") is None


@pytest.mark.parametrize(
    "name", ["GR", "EL", "GRC", "http://publications.europa.eu/resource/authority/country/GRC"]
)
def test_a_country_is_found_by_each_of_its_names(name: str) -> None:
    country = code_lists.get("country").find(name)
    assert country is not None
    assert country.code == "GR"


def test_countries_are_all_of_iso_3166_and_kosovo() -> None:
    countries = code_lists.get("country")
    assert len(countries) == 250
    assert len({country.more["alpha3"] for country in countries}) == 250


def test_identifier_schemes_are_those_on_the_wire() -> None:
    assert {entry.code for entry in code_lists.get("identifier-scheme")} == set(IDENTIFIER_SCHEMES)
