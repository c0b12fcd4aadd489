"""Badges in pictures: what was put in comes out, whatever the picture says of itself."""

import time
import zlib

import pytest

from mutua_credentials import baking
from mutua_credentials.baking import png
from mutua_credentials.json_text import Refused

CREDENTIAL = '{"name": "Käse ]]> & <b>"}'
TOKEN = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
SVG = (
    f'<?xml version="1.0"?>\n{DOCTYPE}\n<svg xmlns="http://www.w3.org/2000/svg" width="9"><g/></svg>'.encode()
)


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def picture(*chunks: bytes) -> bytes:
    return png.SIGNATURE + b"".join([chunk(b"IHDR", bytes(13)), *chunks, chunk(b"IEND", b"")])


def itxt(text: bytes, keyword: bytes = b"openbadgecredential", compressed: int = 0) -> bytes:
    return chunk(b"iTXt", keyword + b"\x00" + bytes([compressed, 0]) + b"en\x00tr\x00" + text)


def svg(element: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg">{element}</svg>'.encode()


def code(data: bytes) -> str | None:
    found = baking.extract(data)
    return found.code if isinstance(found, Refused) else None


@pytest.mark.parametrize("empty", [picture(), SVG], ids=["png", "svg"])
@pytest.mark.parametrize("credential", [CREDENTIAL, TOKEN], ids=["json", "jwt"])
def test_what_was_put_in_comes_out(empty: bytes, credential: str) -> None:
    assert code(empty) == "no_credential_in_picture"
    baked = baking.bake(empty, credential)
    assert baking.extract(baked) == credential.encode()
    with pytest.raises(ValueError, match="with a credential"):
        baking.bake(baked, credential)


@pytest.mark.parametrize("data", [b"GIF89a", b"<html", b"", png.SIGNATURE, b"<svg/>"])
def test_only_whole_pictures_take_one(data: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        baking.bake(data, CREDENTIAL)


class TestPng:
    def test_compressed_text(self) -> None:
        assert baking.extract(picture(itxt(zlib.compress(b"{}"), compressed=1))) == b"{}"

    def test_older_keyword_and_chunks(self) -> None:
        assert baking.extract(picture(itxt(b"{}", b"openbadges"))) == b"{}"
        assert baking.extract(picture(chunk(b"tEXt", b"openbadges\x00https://a.example/1"))) == (
            b"https://a.example/1"
        )
        assert baking.extract(picture(chunk(b"zTXt", b"openbadges\x00\x00" + zlib.compress(b"{}")))) == b"{}"

    def test_the_newer_version_goes_before(self) -> None:
        assert baking.extract(picture(itxt(b'{"v":2}', b"openbadges"), itxt(b'{"v":3}'))) == b'{"v":3}'

    def test_two_are_no_answer(self) -> None:
        assert code(picture(itxt(b'{"v":1}'), itxt(b'{"v":2}'))) == "credentials_several"
        assert baking.extract(picture(itxt(b"{}"), itxt(b"{}"))) == b"{}"

    def test_inflation_is_bounded(self) -> None:
        bomb = zlib.compress(bytes(200_000_000), 9)
        assert len(bomb) < 300_000
        assert code(picture(itxt(bomb, compressed=1))) == "too_large"

    @pytest.mark.parametrize(
        "broken",
        [
            chunk(b"iTXt", b"openbadgecredential\x00"),
            chunk(b"iTXt", b"openbadgecredential\x00\x00\x00en"),
            itxt(b"{}", compressed=1),
            itxt(b"{}", compressed=7),
            itxt(zlib.compress(b"{}" * 50)[:-9], compressed=1),
            chunk(b"zTXt", b"openbadges\x00"),
            chunk(b"zTXt", b"openbadges\x00\x09" + zlib.compress(b"{}")),
        ],
    )
    def test_broken_chunks(self, broken: bytes) -> None:
        assert code(picture(broken)) == "picture_malformed"

    def test_a_chunk_that_claims_more_than_there_is(self) -> None:
        assert code(png.SIGNATURE + b"\xff\xff\xff\xffiTXtopenbadgecredential\x00") == (
            "no_credential_in_picture"
        )

    def test_nothing_counts_behind_the_end(self) -> None:
        assert code(picture() + itxt(b"{}")) == "no_credential_in_picture"

    def test_a_million_chunks_take_no_time(self) -> None:
        started = time.monotonic()
        assert code(png.SIGNATURE + chunk(b"tEXt", b"") * 800_000) == "no_credential_in_picture"
        assert time.monotonic() - started < 5


class TestSvg:
    CURRENT = 'xmlns:o="https://purl.imsglobal.org/ob/v3p0"'

    def test_content_or_attribute(self) -> None:
        assert baking.extract(svg(f'<o:credential {self.CURRENT} verify="{TOKEN}"/>')) == TOKEN.encode()
        assert baking.extract(svg(f"<o:credential {self.CURRENT}> {{}} </o:credential>")) == b"{}"

    def test_the_older_element(self) -> None:
        element = '<o:assertion xmlns:o="http://openbadges.org" verify="https://a.example/1"/>'
        assert baking.extract(svg(element)) == b"https://a.example/1"

    def test_other_namespaces_do_not_count(self) -> None:
        assert code(svg('<o:credential xmlns:o="https://else.example/">{}</o:credential>')) == (
            "no_credential_in_picture"
        )

    def test_two_are_no_answer(self) -> None:
        both = f'<o:credential {self.CURRENT} verify="a"/><o:credential {self.CURRENT} verify="b"/>'
        assert code(svg(both)) == "credentials_several"

    @pytest.mark.parametrize(
        "data",
        [
            b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
            b'<!DOCTYPE svg [<!ATTLIST svg verify CDATA "x">]><svg/>',
            b'<!DOCTYPE svg [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]><svg/>',
            b'<!DOCTYPE svg SYSTEM "x.dtd" [ ]><svg/>',
            b"<svg>&unknown;</svg>",
            b"<svg",
            b"<svg></g>",
            b"\x00\x01",
            b'<?xml version="1.0" encoding="utf-99"?><svg/>',
            b"<a>" * 3_000_000,
        ],
    )
    def test_what_is_not_plain_is_refused(self, data: bytes) -> None:
        assert code(data) == "picture_malformed"

    def test_size_is_bounded(self) -> None:
        assert code(b"<svg>" + b" " * 10 * 1024 * 1024) == "too_large"
