"""The binding table: one organisation under many names, and never two under one."""

from datetime import UTC, datetime

import pytest

from mutua_credentials.bindings import BindingTable, Confidence, Key, Row, key_of

LISVIK, OTHER = "https://univ-lisvik.example", "https://univ-other.example"
AT = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("scheme", "value", "country", "key"),
    [
        ("NTR", "17207834", "EE", Key("NTR", "EE", "17207834")),
        ("NTR", "17207834", "EST", Key("NTR", "EE", "17207834")),
        ("eIDAS", "NTREE-17207834", None, Key("NTR", "EE", "17207834")),
        ("VAT", "VATES-A00000000", None, Key("VAT", "ES", "A00000000")),
        ("VAT", "ES A-00000000", None, Key("VAT", "ES", "A00000000")),
        ("VAT", "A00000000", "ES", Key("VAT", "ES", "A00000000")),
        ("VAT", "EL123456789", None, Key("VAT", "GR", "123456789")),
        ("VAT", "123456789", None, None),
        ("NTR", "17207834", None, None),
        ("NTR", "17207834", "XX", None),
        ("eIDAS", "EE/LT/17207834", None, Key("EIDAS", "EE", "17207834")),
        ("DEQARINST", "DEQARINST7105", None, Key("DEQARINST", None, "7105")),
        ("DEQARINST", "7105", None, Key("DEQARINST", None, "7105")),
        ("SCHAC", "Univ-Lisvik.example.", None, Key("SCHAC", None, "UNIV-LISVIK.EXAMPLE")),
        ("Erasmus", "N OSLO 01", None, Key("ERASMUS", None, "NOSLO01")),
        ("PIC", "999 999 999", None, Key("PIC", None, "999999999")),
        ("ETER", "", None, None),
    ],
)
def test_type_country_and_number(scheme: str, value: str, country: str | None, key: Key | None) -> None:
    assert key_of(scheme, value, country) == key


@pytest.fixture
def table() -> BindingTable:
    return BindingTable(
        [
            Row(LISVIK, "NTR", "17207834", "registry", Confidence.HIGH, AT, "EE"),
            Row(
                "did:web:univ-lisvik.example",
                "NTR",
                "NTREE-17207834",
                "seal-certificate",
                Confidence.HIGH,
                AT,
            ),
            Row(LISVIK, "SCHAC", "univ-lisvik.example", "domain", Confidence.MEDIUM, AT),
            Row(OTHER, "SCHAC", "univ-lisvik.example", "declared", Confidence.LOW),
            Row(OTHER, "ETER", "XX0001", "declared", Confidence.LOW),
            Row(LISVIK, "ETER", "XX0001", "declared", Confidence.LOW),
        ]
    )


def test_the_same_party_in_either_spelling(table: BindingTable) -> None:
    match, *others = table.issuers_of("eIDAS", "NTREE-17207834")
    assert (match.issuer, match.confidence, len(match.rows), others) == (LISVIK, Confidence.HIGH, 2, [])
    assert table.issuers_of("NTR", "17207834", "LT") == ()
    assert [row.confidence for row in table.identifiers_of("did:web:univ-lisvik.example")] == [3, 3, 2, 1]


def test_what_confirms_says_on_what_it_rests(table: BindingTable) -> None:
    found = table.confirms(LISVIK, "NTR", "17207834", "EST")
    assert found == {"confidence": "high", "sources": ["registry", "seal-certificate"]}
    assert table.confirms(LISVIK, "SCHAC", "univ-lisvik.example") is not None
    assert table.confirms(OTHER, "SCHAC", "univ-lisvik.example") is None
    assert table.confirms(LISVIK, "ETER", "XX0001") is None
    assert table.confirms(LISVIK, "PIC", "1") is None
