"""The Submission API: the registry's write side, as agencies use it. It alone moves the date of update."""

from .api import ENDPOINTS

__all__ = ["ENDPOINTS"]
