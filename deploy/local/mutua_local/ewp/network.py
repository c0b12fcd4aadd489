"""Hosts of an invented EWP network, and the catalogue that the registry makes of them."""

import base64
import hashlib
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

_CATALOGUE = "https://github.com/erasmus-without-paper/ewp-specs-api-registry/tree/stable-v1"
_COMMON = "https://github.com/erasmus-without-paper/ewp-specs-architecture/blob/stable-v1/common-types.xsd"
_API = "https://github.com/erasmus-without-paper/ewp-specs-api-{}/tree/stable-v1"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(slots=True)
class Host:
    """`client_keys` and `server_keys` are contents of public keys; `covers` are SCHAC identifiers."""

    covers: list[str]
    client_keys: list[bytes] = field(default_factory=list[bytes])
    server_keys: list[bytes] = field(default_factory=list[bytes])
    certificates: list[str] = field(default_factory=list[str])
    apis: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Network:
    """`institutions` by SCHAC identifier: names by language and other identifiers. `forged` are digests
    under which other content is published.
    """

    hosts: list[Host] = field(default_factory=list[Host])
    institutions: dict[str, tuple[dict[str, str], list[tuple[str, str]]]] = field(
        default_factory=dict[str, tuple[dict[str, str], list[tuple[str, str]]]]
    )
    forged: set[str] = field(default_factory=set[str])

    def catalogue(self) -> bytes:
        root = ET.Element(f"{{{_CATALOGUE}}}catalogue")
        for host in self.hosts:
            self._host(root, host)
        listed = _add(root, "institutions")
        for key, (names, others) in self.institutions.items():
            one = _add(listed, "hei", id=key)
            for kind, value in others:
                _add(one, "other-id", value, type=kind)
            for language, name in names.items():
                _add(one, "name", name).set(_LANGUAGE, language)
        binaries = _add(root, "binaries")
        contents = {_digest(k): k for host in self.hosts for k in (*host.client_keys, *host.server_keys)}
        for digest, content in sorted(contents.items()):
            shown = b"something else" if digest in self.forged else content
            _add(binaries, "rsa-public-key", base64.b64encode(shown).decode(), **{"sha-256": digest})
        return ET.tostring(root, xml_declaration=True, encoding="utf-8")

    def _host(self, root: ET.Element, host: Host) -> None:
        one = _add(root, "host")
        ET.SubElement(one, f"{{{_COMMON}}}admin-email").text = "administrator@host.example"
        apis = _add(one, "apis-implemented")
        for name, version in host.apis.items():
            ET.SubElement(apis, f"{{{_API.format(name)}}}{name}", {"version": version})
        covered = _add(one, "institutions-covered")
        for key in host.covers:
            _add(covered, "hei-id", key)
        client = _add(one, "client-credentials-in-use")
        for digest in host.certificates:
            _add(client, "certificate", **{"sha-256": digest})
        for key in host.client_keys:
            _add(client, "rsa-public-key", **{"sha-256": _digest(key)})
        server = _add(one, "server-credentials-in-use")
        for key in host.server_keys:
            _add(server, "rsa-public-key", **{"sha-256": _digest(key)})


def demo() -> Network:
    """Two hosts that share a university, and one university that nobody describes."""
    lisvik, nordby, harvala = "univ-lisvik.example", "nordby.example", "harvala.example"
    return Network(
        hosts=[
            Host([lisvik, nordby], [b"key of the first host"], [b"server"], apis={"institutions": "2.2.0"}),
            Host([lisvik, harvala], [b"key of the second host"], certificates=["ab" * 32]),
        ],
        institutions={
            lisvik: ({"en": "University of Lisvik"}, [("erasmus", "S  LISVIK01"), ("pic", "999000001")]),
            nordby: ({"en": "Nordby College", "nb": "Nordby hoegskole"}, [("previous-schac", "nb.example")]),
        },
    )


def _add(parent: ET.Element, name: str, text: str | None = None, **facts: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_CATALOGUE}}}{name}", facts)
    element.text = text
    return element


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
