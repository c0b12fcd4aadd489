"""Identifiers of facts that are stated for the first time. Derived ids are in `mutua_contracts.ids`."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A UUIDv7: unique, and roughly in order of time (RFC 9562). Python gets its own in version 3.14."""
    return uuid_utils.compat.uuid7()
