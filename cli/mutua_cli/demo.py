"""`mutua demo`: told by the local stack's own program, which has its options."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, add_help_option=False
)
def demo(context: typer.Context) -> None:
    """Tell the whole story on a stack of its own, and stop it again (--keep leaves it, --help says more)."""
    from mutua_local.demo import main  # takes half a second, which no other command shall pay

    raise typer.Exit(main(context.args))
