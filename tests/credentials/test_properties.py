"""Properties: any Annex I value survives issuing and verifying, and nothing that strangers send raises."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mutua_credentials import annex_i, code_lists, json_text, sdjwt
from mutua_credentials.annex_i import State
from mutua_credentials.keys import KeyRecord, KeyRing, PrivateKey
from mutua_credentials.verify import CHECKS, Verdict, verify

ISSUER = "https://univ-lisvik.example"
NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
KEY = PrivateKey.generate()
RING = KeyRing([KeyRecord(ISSUER, KEY.kid, KEY.public_jwk)])

fast = settings(max_examples=60, deadline=None)


def codes(list_id: code_lists.ListId) -> st.SearchStrategy[str]:
    return st.sampled_from([entry.code for entry in code_lists.get(list_id)])


def several(of: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(of, min_size=1, max_size=most)


def some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40).filter(
    str.strip
)
text = st.dictionaries(st.sampled_from(["en", "fi", "nb", "sr-Latn", "gsw"]), words, min_size=1, max_size=3)
amount = st.decimals(Decimal("0.01"), Decimal(1000), places=2).map(lambda number: format(number, "f"))
uri = st.from_regex(r"https://[a-z]{1,10}\.example/[A-Za-z0-9~%._-]{0,20}", fullmatch=True)
learner_identifiers = several(st.fixed_dictionaries({"scheme": words, "value": words}))
learner = st.one_of(
    st.fixed_dictionaries(
        {"given_name": words, "family_name": words},
        optional={"birth_date": st.dates(date(1900, 1, 1)).map(str), "identifiers": learner_identifiers},
    ),
    st.fixed_dictionaries({"identifiers": learner_identifiers}, optional={"family_name": words}),
)
level = st.one_of(
    st.just({"not_applicable": True}),
    st.fixed_dictionaries({"nqf": words}, optional={"eqf": st.integers(1, 8)}),
    st.sampled_from([{"eqf": 5 + cycle, "qf_ehea": str(cycle)} for cycle in range(4)]),
)
identifier = st.fixed_dictionaries({"scheme": codes("identifier-scheme"), "value": words})
micro_credentials = st.fixed_dictionaries(
    {
        "learner": learner,
        "title": text,
        "country_of_issuer": st.fixed_dictionaries({"country": codes("country")}, optional={"region": words}),
        "awarding_body": st.fixed_dictionaries({"name": text}, optional={"identifiers": several(identifier)}),
        "date_of_issuing": st.dates().map(str),
        "learning_outcomes": several(
            st.fixed_dictionaries({"statement": text}, optional={"id": words, "skills": several(uri)})
        ),
        "workload": some(ects=amount, hours=amount).filter(bool),
        "level": level,
        "type_of_assessment": several(codes("assessment")),
        "form_of_participation": several(codes("participation")),
        "type_of_quality_assurance": several(
            st.fixed_dictionaries(
                {"type": codes("quality-assurance")}, optional={"agency": words, "report": uri}
            )
        ),
    },
    optional={
        "prerequisites": text,
        "supervision_and_identity_verification": codes("supervision"),
        "grade": st.fixed_dictionaries({"value": words}, optional={"scheme": words}),
        "stackability": st.fixed_dictionaries({"option": codes("stackability")}, optional={"towards": text}),
        "further_information": some(text=text, links=several(uri)).filter(bool),
        "field_of_study": several(codes("isced-f")),
        "component": words,
    },
)


@fast
@given(row=micro_credentials, identity=st.uuids())
def test_any_annex_i_value_issues_verifies_and_normalises_back_to_itself(
    row: dict[str, Any], identity: Any
) -> None:
    content = annex_i.check(row)
    assert isinstance(content, annex_i.MicroCredential), content
    issued = sdjwt.issue(
        content, signer=KEY, issuer=ISSUER, credential_id=f"urn:uuid:{identity}", issued_at=NOW
    )

    assert sdjwt.leaks(issued.bus_form) == ()
    whole = verify(issued.holder_form, as_of=NOW, keys=RING)
    assert whole.verdict is Verdict.VALID
    assert whole.annex_i is not None
    assert {name: whole.annex_i.element(name).value for name in annex_i.ELEMENTS} == {
        name: getattr(content, name) for name in annex_i.ELEMENTS
    }
    assert annex_i.AnnexI.model_validate_json(whole.annex_i.model_dump_json()) == whole.annex_i

    travelling = verify(issued.bus_form, as_of=NOW, keys=RING)
    assert travelling.verdict is Verdict.VALID
    assert travelling.digest == whole.digest
    assert travelling.annex_i is not None
    for name in annex_i.ELEMENTS:
        shown, full = travelling.annex_i.element(name), whole.annex_i.element(name)
        if name in annex_i.PERSONAL and full.state is State.PRESENT:
            assert (shown.state, shown.value, shown.original) == (State.WITHHELD, None, {})
        else:
            assert shown == full


GOOD = sdjwt.issue(
    annex_i.MicroCredential.model_validate(
        {
            "learner": {"identifiers": [{"scheme": "local", "value": "s-1"}]},
            "title": {"en": "x"},
            "country_of_issuer": {"country": "NO"},
            "awarding_body": {"name": {"en": "x"}},
            "date_of_issuing": "2026-01-01",
            "learning_outcomes": [{"statement": {"en": "x"}}],
            "workload": {"ects": 1},
            "level": {"eqf": 6},
            "type_of_assessment": ["quiz"],
            "form_of_participation": ["online"],
            "type_of_quality_assurance": [{"type": "internal"}],
        }
    ),
    signer=KEY,
    issuer=ISSUER,
    credential_id="urn:uuid:6f1c0f0e-0000-4000-8000-000000000001",
    issued_at=NOW,
).holder_form


@fast
@given(start=st.integers(0, len(GOOD)), length=st.integers(1, 8), instead=st.text("AZaz09_-.~{}", max_size=8))
def test_no_change_goes_unnoticed(start: int, length: int, instead: str) -> None:
    changed = GOOD[:start] + instead + GOOD[start + length :]
    found = verify(changed, as_of=NOW, keys=RING)
    disclosed = GOOD.split("~")[1]
    harmless = changed in (GOOD, GOOD.removesuffix(f"{disclosed}~"))
    assert (found.verdict is Verdict.VALID) == harmless


@fast
@given(data=st.binary(max_size=200) | st.text(max_size=200))
def test_nothing_that_strangers_send_raises(data: bytes | str) -> None:
    found = verify(data, as_of=NOW, keys=RING)
    assert found.verdict is not Verdict.VALID
    assert [check.name for check in found.checks] == list(CHECKS)
    json.dumps(found.to_json())


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*annex_i.ELEMENTS, "_sd", "...", "en", "country", "iss", "type"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@fast
@given(
    payload=st.dictionaries(
        st.sampled_from([*annex_i.ELEMENTS, "_sd", "exp", "status", "cnf"]), values, max_size=5
    )
)
def test_no_payload_raises_even_if_properly_signed(payload: dict[str, Any]) -> None:
    from mutua_credentials import jws

    claims = {"iss": ISSUER, "vct": sdjwt.VCT, "iat": int(NOW.timestamp())} | payload
    found = verify(
        jws.sign({"typ": "dc+sd-jwt"}, json.dumps(claims).encode(), KEY) + "~", as_of=NOW, keys=RING
    )
    json.dumps(found.to_json())


@fast
@given(value=values)
def test_strict_reading_agrees_with_the_standard_library(value: Any) -> None:
    written = json.dumps(value)
    read = json_text.read(written)
    if isinstance(read, json_text.Json):
        assert read.value == json.loads(written)
