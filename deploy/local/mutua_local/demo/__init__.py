"""`mutua demo`: the whole story on a stack of its own, in the terminal."""

from mutua_local.demo.main import main

__all__ = ["main"]
