"""`mutua demo`: told by the local stack's own program, which has its options."""

from __future__ import annotations

import typer


def demo(context: typer.Context) -> None:
    """Tell the whole story on a stack of its own, and stop it again (--keep leaves it, --help says more)."""
    from mutua_local.demo import main  # takes half a second, which no other command shall pay

    raise typer.Exit(main(context.args))
