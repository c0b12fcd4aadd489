"""Every form of a credential: valid by our own verification, and by libraries that nobody of us wrote."""

import asyncio
import json
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from mutua_cli.main import app as command
from mutua_credentials.verify import CheckName, Verdict, verify
from mutua_issuer.domain.examples import AWARD, WHOLE
from mutua_issuer.seals import SealsUnusable, read_seals
from mutua_local.seals import seals_file
from tests.in_process import SettableClock

from .conftest import LISVIK, Institution

pytestmark = pytest.mark.servers

FORMS = {
    "sd-jwt-vc": ("sd-jwt-vc", "dc+sd-jwt"),
    "vc-jwt": ("openbadges3", "vc+jwt"),
    "open-badge": ("openbadges3", "eddsa-rdfc-2022"),
}


@pytest.fixture(params=[AWARD, WHOLE], ids=["award", "whole"])
async def link(lisvik: Institution, request: pytest.FixtureRequest) -> str:
    """The path of the holder's link to a credential of Lisvik that expires."""
    await lisvik.ready_to_issue()
    body = {**request.param, "valid_until": "2029-06-30"}
    number = (await lisvik.post("/credentials", body)).json()["credential_id"]
    return httpx.URL((await lisvik.get(f"/credentials/{number}")).json()["holder_url"]).path


@pytest.mark.parametrize("name", FORMS)
async def test_every_form_is_valid_and_says_the_same(
    http: httpx.AsyncClient, link: str, anybody: Callable[..., Any], clock: SettableClock, name: str
) -> None:
    clock.pass_by(seconds=86_400 * 2)
    form = (await http.get(f"{link}/{name}")).text
    found = verify(form, as_of=clock.now(), documents=await anybody(form))
    assert (found.format, found.securing) == FORMS[name]
    assert found.verdict is Verdict.VALID, found.checks
    assert found.check(CheckName.STATUS).result == "pass"
    first = (await http.get(f"{link}/sd-jwt-vc")).text
    same = verify(first, as_of=clock.now(), documents=await anybody(first))
    assert found.credential_id == same.credential_id
    assert found.annex_i is not None
    assert same.annex_i is not None
    for element, state in same.annex_i.states().items():
        assert found.annex_i.states()[element] == state, element
        if element != "learner":
            assert getattr(found.annex_i, element).value == getattr(same.annex_i, element).value, element


@pytest.mark.parametrize("name", FORMS)
async def test_a_revoked_credential_is_revoked_in_every_form(
    lisvik: Institution,
    http: httpx.AsyncClient,
    link: str,
    anybody: Callable[..., Any],
    clock: SettableClock,
    name: str,
) -> None:
    form = (await http.get(f"{link}/{name}")).text
    (one,) = (await lisvik.get("/credentials")).json()["credentials"]
    for status, reason, code in (
        ("suspended", "under_review", "suspended"),
        ("revoked", "replaced", "revoked"),
    ):
        body = {"status": status, "reason": reason}
        assert (await lisvik.post(f"/credentials/{one['credential_id']}/status", body)).status_code == 200
        found = verify(form, as_of=clock.now(), documents=await anybody(form))
        assert (found.verdict, found.check(CheckName.STATUS).code) == (Verdict.INVALID, code)


async def test_the_page_offers_every_form(http: httpx.AsyncClient, link: str) -> None:
    page = (await http.get(link, headers={"Accept": "text/html"})).text
    token = link.rpartition("/")[2]
    for name in FORMS:
        assert f'href="{token}/{name}"' in page
    for media_type in ("application/vc+jwt", "application/vc+ld+json"):
        answer = await http.get(link, headers={"Accept": media_type})
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)


@pytest.fixture(scope="session")
def seals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of seals by an authority whose certificate is beside it."""
    return seals_file(tmp_path_factory.mktemp("seals"), since=datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture
def anchor(seals: Path) -> Path:
    """The certificate of the authority."""
    return seals.parent / "authority.pem"


@pytest.fixture
def sealed(app: FastAPI, seals: Path) -> None:
    """Institutions have seals."""
    app.state.writers = replace(app.state.writers, seals=read_seals(seals))


async def test_a_sealed_credential_is_valid_for_whoever_trusts_the_authority(
    http: httpx.AsyncClient,
    link: str,
    sealed: None,
    anybody: Callable[..., Any],
    clock: SettableClock,
    anchor: Path,
) -> None:
    answer = await http.get(f"{link}/elm")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jose+json")
    documents, der = await anybody(answer.text), ssl.PEM_cert_to_DER_cert(anchor.read_text())  # noqa: ASYNC240
    found = verify(
        answer.text,
        as_of=clock.now(),
        documents=documents,
        anchors=[der],
    )
    assert (found.format, found.securing) == ("edc", "jades")
    assert found.verdict is Verdict.VALID, found.checks
    assert found.issuer is not None
    assert (found.issuer.id, found.issuer.sealed_by_mandate) == ("https://univ-lisvik.example", False)
    first = (await http.get(f"{link}/sd-jwt-vc")).text
    same = verify(first, as_of=clock.now(), documents=await anybody(first)).annex_i
    assert found.annex_i is not None
    assert same is not None
    for element in (
        "title",
        "workload",
        "level",
        "date_of_issuing",
        "learning_outcomes",
        "type_of_assessment",
    ):
        assert getattr(found.annex_i, element).value == getattr(same, element).value, element
    stranger = verify(answer.text, as_of=clock.now(), documents=documents)
    assert stranger.verdict is Verdict.UNKNOWN, "nobody vouches for the authority"


async def test_the_command_verifies_every_form_from_what_the_issuer_publishes(
    http: httpx.AsyncClient,
    link: str,
    sealed: None,
    anybody: Callable[..., Any],
    clock: SettableClock,
    anchor: Path,
    tmp_path: Path,
) -> None:
    known: dict[str, Any] = {}
    for name in (*FORMS, "elm"):
        form = (await http.get(f"{link}/{name}")).text
        (tmp_path / name).write_text(form)
        for number, (url, data) in enumerate((await anybody(form)).by_url.items()):
            (tmp_path / f"{name}-{number}").write_bytes(data)
            known[url] = {"file": f"{name}-{number}"}
    (tmp_path / "documents.json").write_text(json.dumps(known))
    told = ["--json", "--offline", "--documents", str(tmp_path), "--anchors", str(anchor)]
    for name in (*FORMS, "elm"):
        line = ["verify", str(tmp_path / name), *told, "--as-of", clock.now().isoformat()]
        ran = await asyncio.to_thread(CliRunner().invoke, command, line)
        assert (ran.exit_code, json.loads(ran.stdout)["verdict"]) == (0, "valid"), (name, ran.output)


@pytest.mark.parametrize("kind", ["pkcs11", "kms", "qtsp"])
def test_a_seal_that_needs_a_driver_says_so_at_the_start(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "seals.json"
    path.write_text(json.dumps({LISVIK: {"kind": kind, "slot": 1}}))
    with pytest.raises(SealsUnusable, match=f"a seal of the kind {kind} for {LISVIK}; .* no driver"):
        read_seals(path)


def test_a_seal_whose_parts_do_not_fit_is_refused_at_the_start(tmp_path: Path, seals: Path) -> None:
    path = tmp_path / "seals.json"
    one, other, *_ = json.loads(seals.read_text()).values()
    for configured, said in (
        ({**one, "key_file": other["key_file"]}, "a certificate of another key"),
        ({**one, "key_file": "/nowhere"}, "No such file"),
        ({"kind": "wax"}, "wax"),
        ({"kind": "file"}, "key_file"),
    ):
        path.write_text(json.dumps({LISVIK: configured}))
        with pytest.raises(SealsUnusable, match=said):
            read_seals(path)
    path.write_text("[]")
    with pytest.raises(SealsUnusable, match="object of institutions"):
        read_seals(path)
    assert read_seals(None) == {}


async def test_a_seal_that_cannot_be_set_now_is_told_and_nothing_else_suffers(
    app: FastAPI, http: httpx.AsyncClient, link: str, sealed: None
) -> None:
    broken = replace(app.state.writers.seals[LISVIK], revocation_files=[Path("/nowhere.crl")])
    app.state.writers = replace(app.state.writers, seals={LISVIK: broken})
    answer = await http.get(f"{link}/elm")
    assert (answer.status_code, answer.json()["code"]) == (503, "form_not_written")
    assert (await http.get(f"{link}/open-badge")).status_code == 200


async def test_an_institution_without_a_seal_gives_no_sealed_form(http: httpx.AsyncClient, link: str) -> None:
    answer = await http.get(f"{link}/elm")
    assert (answer.status_code, answer.json()["code"]) == (404, "form_not_offered")


async def test_the_context_of_our_terms_is_published(http: httpx.AsyncClient, link: str) -> None:
    badge = json.loads((await http.get(f"{link}/open-badge")).text)
    own = next(url for url in badge["@context"] if "mutua" in url)
    answer = await http.get(httpx.URL(own).path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/ld+json")
    assert "annexI" in json.dumps(answer.json())
