"""The shapes of earlier years, beside the examples of the registry's own documentation."""

import json
import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

VECTORS = Path(os.environ.get("MUTUA_VECTORS") or Path(__file__).parents[2].parent / "shared" / "vectors")
EXAMPLES = VECTORS / "deqar" / "api-examples"
BROWSE = "/webapi/v2/browse"

pytestmark = pytest.mark.skipif(
    not EXAMPLES.is_dir(), reason="the public DEQAR vectors are absent (MUTUA_VECTORS)"
)


@pytest.fixture
async def older(api: httpx.AsyncClient) -> httpx.AsyncClient:
    await api.put("/_control/mode", json={"legacy": True})
    return api


def example(number: int) -> Any:
    """The documentation leaves rows out; what stands for them is no JSON."""
    text = (EXAMPLES / f"{number:02d}.json").read_text("utf-8")
    return json.loads(re.sub(r",?\s*\(\(\.\.\.\)\),?(?=\s*[\]}])|\(\(\.\.\.\)\)", "", text))


@pytest.mark.parametrize(
    ("number", "path"),
    [
        (1, f"{BROWSE}/institutions/"),
        (2, f"{BROWSE}/reports/institutional/by-institution/7101/"),
        (3, f"{BROWSE}/reports/programme/by-institution/7108/"),
        (4, f"{BROWSE}/reports/"),
    ],
)
async def test_lists(older: httpx.AsyncClient, number: int, path: str) -> None:
    wanted, found = example(number), (await older.get(path, params={"limit": 1})).json()
    assert set(found["results"][0]) == set(wanted["results"][0])
    assert isinstance(found["results"][0]["id"], type(wanted["results"][0]["id"]))
    institutions = [row.get("institutions", [{}])[0] for row in (wanted["results"][0], found["results"][0])]
    assert set(institutions[0]) == set(institutions[1])


async def test_neighbours_are_addresses(older: httpx.AsyncClient) -> None:
    first = (await older.get(f"{BROWSE}/reports/", params={"limit": 3})).json()
    assert first["previous"] is None
    assert first["next"] == f"http://registry.example{BROWSE}/reports/?limit=3&offset=3"
    second = (await older.get(first["next"])).json()
    assert {row["id"] for row in first["results"]}.isdisjoint(row["id"] for row in second["results"])
    assert second["previous"] == f"http://registry.example{BROWSE}/reports/?limit=3"


@pytest.mark.parametrize(
    ("number", "path"), [(5, f"{BROWSE}/reports/97101/"), (7, f"{BROWSE}/institutions/7101/")]
)
async def test_details(older: httpx.AsyncClient, number: int, path: str) -> None:
    assert set((await older.get(path)).json()) == set(example(number))


async def test_resources_are_bare_texts(older: httpx.AsyncClient) -> None:
    found = (await older.get(f"{BROWSE}/institutions/resources/")).json()
    assert {type(resource) for resource in found} == {type(example(6)[0])} == {str}
