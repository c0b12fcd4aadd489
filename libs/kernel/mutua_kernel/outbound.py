"""Calling addresses that others gave us: every address is checked, and the connection goes to the one
checked.

A name is resolved once; if any of its addresses is private, loopback, link-local, multicast, reserved, or
such an
address in IPv6 dress, nothing is sent. No redirects, bounded answers, bounded time. https only, except for
loopback
where the local stack allows it.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]

MAX_ANSWER_BYTES = 64 * 1024

_NAT64 = IPv6Network("64:ff9b::/96")
_TEREDO_AND_6TO4 = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))


class AddressRefused(Exception):
    """An address that we do not call. `code` is stable; `found` says what it is."""

    def __init__(self, code: str, found: str, expected: str) -> None:
        super().__init__(f"{code}: found {found}, expected {expected}")
        self.code = code
        self.found = found
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: status, the first bytes of the body, and how long to wait where the receiver says so."""

    status: int
    body: bytes
    retry_after: float | None


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, as the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Outbound:
    """Sends requests to addresses that others gave us."""

    def __init__(
        self,
        *,
        allow_loopback: bool,
        local_hosts: Mapping[str, str] | None = None,
        seconds: float = 15.0,
        resolver: Resolve = resolve,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._local_hosts = dict(local_hosts or {})
        self._resolve = resolver
        self._client = httpx.AsyncClient(timeout=seconds, follow_redirects=False, trust_env=False)

    async def close(self) -> None:
        """Closes connections."""
        await self._client.aclose()

    async def check(self, url: str) -> str:
        """The address that `url` may be called at. Raises `AddressRefused`; OSError where the name is
        unknown."""
        _, address = await self._target(url)
        return address

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answered:
        """Sends `content`. Raises `AddressRefused`, OSError or httpx.HTTPError."""
        parts, address = await self._target(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        bracketed = f"[{address}]" if ":" in address else address
        direct = parts._replace(netloc=f"{bracketed}:{port}", fragment="").geturl()
        request = self._client.build_request(
            "POST",
            direct,
            content=content,
            headers={**headers, "Host": parts.netloc.rpartition("@")[2]},
            # The certificate is checked against the name, the connection goes to the address that was
            # checked.
            extensions={"sni_hostname": parts.hostname or ""},
        )
        answer = await self._client.send(request, stream=True)
        try:
            body = b""
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    break
        finally:
            await answer.aclose()
        return Answered(
            answer.status_code, body[:MAX_ANSWER_BYTES], _retry_after(answer.headers.get("retry-after"))
        )

    async def _target(self, url: str) -> tuple[SplitResult, str]:
        try:
            parts = urlsplit(self._mapped(url))
            host, port = parts.hostname, parts.port
        except ValueError:
            raise AddressRefused("url_malformed", "no URL", "https://host/path") from None
        if parts.scheme not in ("https", "http") or not host or parts.username is not None:
            raise AddressRefused("url_malformed", "another scheme, no host, or a user", "https://host/path")
        addresses = await self._resolve(host, port or (443 if parts.scheme == "https" else 80))
        if not addresses:
            raise AddressRefused("host_unknown", "no address", "a host with an address")
        loopback = all(ip_address(one).is_loopback for one in addresses)
        if loopback and self._allow_loopback:
            return parts, addresses[0]
        for one in addresses:
            kind = refused_kind(ip_address(one.partition("%")[0]))
            if kind is not None:
                raise AddressRefused("address_refused", f"{kind} address", "a public address")
        if parts.scheme != "https":
            raise AddressRefused("url_not_https", "http", "https")
        return parts, addresses[0]

    def _mapped(self, url: str) -> str:
        """An invented host of a local stack becomes the loopback address that stands for it."""
        parts = urlsplit(url)
        stand_in = self._local_hosts.get(parts.hostname or "") if self._allow_loopback else None
        return url if stand_in is None else stand_in.rstrip("/") + (parts.path or "/")


def refused_kind(address: Address) -> str | None:
    """What kind of address that we never call `address` is, or None for a public one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return refused_kind(inner)
        if any(address in network for network in _TEREDO_AND_6TO4):
            return "a tunnelled"
    for kind, found in (
        ("a loopback", address.is_loopback),
        ("a link-local", address.is_link_local),
        ("an unspecified", address.is_unspecified),
        ("a multicast", address.is_multicast),
        ("a private", address.is_private),
        ("a reserved", address.is_reserved),
    ):
        if found:
            return kind
    return None if address.is_global else "a non-public"


def _retry_after(value: str | None) -> float | None:
    """Seconds of a `Retry-After` in its numeric form, at most a day."""
    return min(float(value), 86_400.0) if value is not None and value.isdigit() else None
