"""The holder's link: everything of one credential for whoever has it, and nothing for anybody else."""

import re
from typing import Any

import httpx
import pytest

from mutua_credentials import sdjwt
from mutua_issuer.api.negotiation import languages, preferred
from mutua_issuer.domain.examples import AWARD
from mutua_kernel.database import Pool

from .conftest import Institution

pytestmark = pytest.mark.servers

PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def link(lisvik: Institution) -> str:
    """The path of the holder's link to a credential of Lisvik."""
    await lisvik.ready_to_issue()
    number = (await lisvik.post("/credentials", AWARD)).json()["credential_id"]
    return await link_of(lisvik, number)


async def link_of(lisvik: Institution, number: str) -> str:
    url = (await lisvik.get(f"/credentials/{number}")).json()["holder_url"]
    assert url.startswith("https://univ-lisvik.example/holder/")
    return httpx.URL(url).path


async def test_people_get_a_page_with_everything_and_nothing_from_elsewhere(
    http: httpx.AsyncClient, link: str
) -> None:
    answer = await http.get(link, headers=PAGE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for told in ("Data literacy", "University of Lisvik", "Given Family", "5 ECTS", "EQF 6", "Valid", "<svg"):
        assert told in answer.text
    assert f"https://univ-lisvik.example{link}" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script|src=|@import|url\(|style=", answer.text)
    assert "$" not in answer.text.partition("</style>")[2], "every place was filled"


async def test_the_page_speaks_the_readers_language_where_it_can(
    lisvik: Institution, http: httpx.AsyncClient
) -> None:
    await lisvik.ready_to_issue()
    page = (
        await http.get(await other(lisvik), headers={**PAGE, "Accept-Language": "nb-NO, no;q=0.8, en;q=0.5"})
    ).text
    assert "Universitetet i Lisvik" in page


async def other(lisvik: Institution, **learner: str) -> str:
    award = {**AWARD["award"], "learner": {"given_name": "Given", "family_name": "Family", **learner}}
    body = {**AWARD, "external_id": "other", "award": award}
    return await link_of(lisvik, (await lisvik.post("/credentials", body)).json()["credential_id"])


async def test_what_a_credential_says_cannot_become_markup(
    lisvik: Institution, http: httpx.AsyncClient
) -> None:
    await lisvik.ready_to_issue()
    page = (await http.get(await other(lisvik, family_name='<b onclick="x">$title</b>'), headers=PAGE)).text
    assert "<b onclick" not in page
    assert "&lt;b onclick=&quot;x&quot;&gt;$title&lt;/b&gt;" in page


async def test_programs_get_the_form_that_they_accept(http: httpx.AsyncClient, link: str) -> None:
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/dc+sd-jwt"}):
        answer = await http.get(link, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/dc+sd-jwt")
        token = sdjwt.parse(answer.text)
        assert isinstance(token, sdjwt.SdJwt)
        assert token.disclosures
    refused = await http.get(link, headers={"Accept": "image/png"})
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
    file = await http.get(f"{link}/sd-jwt-vc")
    assert file.headers["content-disposition"].startswith('attachment; filename="micro-credential-')
    assert file.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "a b", "A" * 5000, "ä"])
async def test_nobody_guesses_a_link(http: httpx.AsyncClient, link: str, token: str) -> None:
    for path in (f"/holder/{token}", f"/holder/{token}/sd-jwt-vc"):
        answer = await http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_link_is_stored_as_its_digest_only(link: str, admin: Pool) -> None:
    token = link.rpartition("/")[2]
    rows = [dict(row) for row in await admin.fetch("select * from holder_link")]
    rows += [dict(row) for row in await admin.fetch("select * from idempotency")]
    assert len(rows) > 3
    assert token not in str(rows)


async def test_a_new_link_ends_the_old_one(lisvik: Institution, http: httpx.AsyncClient, link: str) -> None:
    (one,) = (await lisvik.get("/credentials")).json()["credentials"]
    answer = await lisvik.post(f"/credentials/{one['credential_id']}/link", None)
    assert (answer.status_code, answer.json()["serial"]) == (200, 2)
    assert (await http.get(link)).status_code == 404
    assert (await http.get(await link_of(lisvik, one["credential_id"]))).status_code == 200


async def test_erasing_a_learner_destroys_everything_but_the_signed_facts(
    lisvik: Institution, http: httpx.AsyncClient, link: str, admin: Pool
) -> None:
    answer = await lisvik.post("/learners/erasure", {"learner_id": AWARD["learner_id"]})
    assert (answer.status_code, answer.json()) == (200, {"credentials": 1})
    assert (await http.get(link, headers=PAGE)).status_code == 404
    (one,) = (await lisvik.get("/credentials")).json()["credentials"]
    assert (one["external_id"], one["learner_id"], one["holder_url"]) == (None, None, None)
    gone = await lisvik.get(f"/credentials/{one['credential_id']}/holder-form")
    assert (gone.status_code, gone.json()["code"]) == (410, "erased")
    renewed = await lisvik.post(f"/credentials/{one['credential_id']}/link", None)
    assert renewed.status_code == 410
    assert [
        tuple(row)
        for row in await admin.fetch("select data_key, octet_length(sealed) from learner, credential")
    ] == [(None, 0)]
    status = {"status": "revoked", "reason": "replaced"}
    assert (await lisvik.post(f"/credentials/{one['credential_id']}/status", status)).status_code == 200
    # The same learner may come again; what was erased stays so.
    again = await lisvik.post("/credentials", {**AWARD, "external_id": "later"})
    assert again.status_code == 201
    assert (await http.get(await link_of(lisvik, again.json()["credential_id"]))).status_code == 200
    assert (await lisvik.get(f"/credentials/{one['credential_id']}/holder-form")).status_code == 410
    nobody = await lisvik.post("/learners/erasure", {"learner_id": "nobody"})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")


async def test_the_page_says_what_became_of_it(
    lisvik: Institution, http: httpx.AsyncClient, link: str, clock: Any
) -> None:
    (one,) = (await lisvik.get("/credentials")).json()["credentials"]
    await lisvik.post(
        f"/credentials/{one['credential_id']}/status", {"status": "suspended", "reason": "under_review"}
    )
    assert "Suspended: its issuer is looking at it" in (await http.get(link, headers=PAGE)).text


OFFERED = ["application/dc+sd-jwt", "application/vc+jwt", "text/html"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "application/dc+sd-jwt"),
        ("text/html", "text/html"),
        ("text/*;q=0.5, application/vc+jwt;q=0.4", "text/html"),
        ("application/*", "application/dc+sd-jwt"),
        ("application/dc+sd-jwt;q=0, application/*", "application/vc+jwt"),
        ("APPLICATION/VC+JWT ; q=1.0", "application/vc+jwt"),
        ("*/*;q=0", None),
        ("image/png, text/html;q=nan", None),
        ("text/html;q=2", None),
    ],
)
def test_preferences_are_read_as_http_says(accept: str, expected: str | None) -> None:
    assert preferred(accept, OFFERED) == expected


def test_languages_come_with_and_without_their_region() -> None:
    assert languages("nb-NO, en;q=0.3, no;q=0.8, *;q=0.1") == ["nb-no", "nb", "no", "en"]
    assert languages("") == []
