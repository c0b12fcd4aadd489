"""What can go wrong with the registry, each with a stable code, what was found, what was expected and what to
do.

A missing object is not an error (see `Detail` in client.py); these are the cases in which nothing may be
concluded about the registry's data, so the last good copy stays.
"""

from typing import Literal

Trouble = Literal["timeout", "connection", "cut_body", "not_json", "server_error", "throttled", "too_large"]


class RegistryError(Exception):
    """Base of all. `fix` says what a person can do next."""

    code = "registry.error"
    fix = ""

    def __init__(self, *, found: str, expected: str) -> None:
        super().__init__(f"{self.code}: found {found}, expected {expected}")
        self.found = found
        self.expected = expected


class TokenRefused(RegistryError):
    """403: the registry never says 401. Do not try again with the same token."""

    code = "registry.token_refused"
    fix = "get a new token for the Web API and put it where the token is read from"


class Unavailable(RegistryError):
    """The registry did not answer usefully, however patient we were."""

    code = "registry.unavailable"
    fix = "see that its address is right and that it answers, then run again; a service does so itself"

    def __init__(self, trouble: Trouble, *, path: str, status: int | None, attempts: int) -> None:
        answer = f"status {status}" if status is not None else "no usable answer"
        super().__init__(
            found=f"{trouble} ({answer}) at {path} after {attempts} attempts", expected="JSON with status 200"
        )
        self.trouble: Trouble = trouble
        self.path = path
        self.status = status

    @property
    def page_may_be_too_large(self) -> bool:
        """Whether a smaller page could succeed: one bad row fails its page, a slow page runs into a time
        limit.
        """
        return self.trouble in ("timeout", "cut_body", "not_json", "too_large") or self.status in (
            500,
            502,
            504,
        )


class RequestRefused(RegistryError):
    """The registry refused a request that we believe to be right: it has changed, or the address is wrong."""

    code = "registry.request_refused"
    fix = "check the base address; if it is right, the registry's interface has changed"


class ShapeChanged(RegistryError):
    """An answer does not have the shape that we know. `path` is a JSON Pointer inside the object named by
    `subject`.
    """

    code = "registry.shape_changed"
    fix = (
        "compare the object at the registry with the shape expected here; the last good copy stays until then"
    )

    def __init__(self, *, subject: str, path: str, found: str, expected: str) -> None:
        super().__init__(found=f"{found} at {path or '/'} of {subject}", expected=expected)
        self.value = found
        self.subject = subject
        self.path = path
