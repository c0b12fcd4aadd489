"""The Submission API: the registry's write side, as agencies use it. It alone moves the date of update."""

from .api import ENDPOINTS, closed_endpoints

__all__ = ["ENDPOINTS", "closed_endpoints"]
