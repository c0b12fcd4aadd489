"""The notifier's API: grants, subscriptions, the cursor feed, endpoints and deliveries with their attempts.

An organisation sees only what it subscribed to, and can subscribe only to what it may see: requests that it
decides, requests about credentials that it issued, and the countries that an operator granted it. The
database enforces it.
"""

from fastapi import APIRouter

from mutua_notifier.api import feed, grants, subscriptions, webhooks

router = APIRouter()
for part in (grants, subscriptions, feed, webhooks):
    router.include_router(part.router)

__all__ = ["router"]
