"""`svcc completion bash|zsh|fish`: the completion script that click makes for this program."""

import click
from click.shell_completion import get_completion_class


@click.command("completion", epilog="Example: svcc completion bash > /etc/bash_completion.d/svcc")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> int:
    """Print a completion script for a shell."""
    from svcc.cli.main import cli

    made = get_completion_class(shell)
    assert made is not None, f"bug in svcc: click knows no {shell}"
    click.echo(made(cli, {}, "svcc", "_SVCC_COMPLETE").source())
    return 0
