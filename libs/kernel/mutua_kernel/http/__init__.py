"""The public API of a service: problem details, access tokens, idempotent writes, limits, OpenAPI."""
