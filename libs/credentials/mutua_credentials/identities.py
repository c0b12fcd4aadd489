"""An issuer's web identity in its two spellings: `https://host/path` and `did:web:host:path` are one party.

Only names of hosts are accepted, with an optional port and plain path segments; everything else has no
spelling and answers None.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

_HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[^\s\x00-\x20?#@\x7f-\U0010ffff]+")
"""Visible ASCII without query, fragment and user; urlsplit would silently drop line breaks."""
_SEGMENT = re.compile(r"(?!\.\.?$)[A-Za-z0-9._~-]+")
_IP_ADDRESS = re.compile(r"[0-9.]+")


def did_web_from_url(url: str) -> str | None:
    """`https://host:8443/a/b` -> `did:web:host%3A8443:a:b`."""
    split = _split_https(url)
    if split is None:
        return None
    authority, segments = split
    return ":".join(["did:web", authority.replace(":", "%3A"), *segments])


def url_from_did_web(did: str) -> str | None:
    """`did:web:host%3A8443:a:b` -> `https://host:8443/a/b`. The fragment of a key's id has no place here."""
    if not did.startswith("did:web:"):
        return None
    authority, *segments = did.removeprefix("did:web:").split(":")
    authority = authority.replace("%3A", ":").replace("%3a", ":")
    split = _split_https("/".join([f"https://{authority}", *segments]))
    if split is None or "/" in authority or len(split[1]) != len(segments):
        return None
    return "/".join([f"https://{split[0]}", *split[1]])


def did_document_url(did: str) -> str | None:
    """Where a did:web document is served: `/.well-known/did.json` of a bare host, else `<path>/did.json`."""
    url = url_from_did_web(did)
    if url is None:
        return None
    return f"{url}/did.json" if url.count("/") > 2 else f"{url}/.well-known/did.json"


def jwt_vc_issuer_url(issuer: str) -> str | None:
    """Where the metadata of an `https` issuer is served (SD-JWT VC): the well-known name before the path."""
    split = _split_https(issuer)
    if split is None:
        return None
    authority, segments = split
    return "/".join([f"https://{authority}", ".well-known", "jwt-vc-issuer", *segments])


@lru_cache(maxsize=4096)
def canonical_identity(issuer: str) -> str:
    """One spelling per party: the https URL where there is one, else the text itself."""
    if issuer.startswith("did:web:"):
        return url_from_did_web(issuer) or issuer
    split = _split_https(issuer)
    return issuer if split is None else "/".join([f"https://{split[0]}", *split[1]])


def same_identity(one: str, other: str) -> bool:
    return one == other or canonical_identity(one) == canonical_identity(other)


def _split_https(url: str) -> tuple[str, list[str]] | None:
    """Authority and path segments of a plain https URL, or None for any other text."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or not _PLAIN.fullmatch(url):
        return None
    host = (parts.hostname or "").rstrip(".")
    if not _HOST.fullmatch(host) or _IP_ADDRESS.fullmatch(host) or (":" in parts.netloc and not port):
        return None
    segments = [segment for segment in parts.path.strip("/").split("/") if parts.path.strip("/")]
    if not all(_SEGMENT.fullmatch(segment) for segment in segments):
        return None
    return (host if port in (None, 443) else f"{host}:{port}"), segments
