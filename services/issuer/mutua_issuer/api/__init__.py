"""The issuer's public API: institutions and keys, published documents, components, credentials."""

from typing import Final

from mutua_issuer.api import (
    components,
    credentials,
    holder,
    identifiers,
    institutions,
    issued,
    keys,
    publications,
    published_lists,
    statuses,
)

TITLE: Final = "Mutua issuer"
SUMMARY: Final = "Issues micro-credentials with all elements of EU Annex I, and publishes who signs."

# Documents last: the did:web route of a path would otherwise take `/issuers/{id}/did.json`.
ROUTERS: Final = (
    institutions.router,
    keys.router,
    identifiers.router,
    components.router,
    credentials.router,
    issued.router,
    statuses.router,
    holder.router,
    published_lists.router,
    publications.router,
)
