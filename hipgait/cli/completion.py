"""``hipgait completion``: the script by which a shell completes hipgait's words."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from hipgait.cli.common import json_option, print_json

VARIABLE: Final = "_HIPGAIT_COMPLETE"
"""Set by the script when the shell asks; click answers."""
SHELLS: Final = ("bash", "zsh", "fish")


@click.command("completion", short_help="A script that lets your shell complete commands.")
@click.argument("shell", type=click.Choice(SHELLS))
@json_option
def command(shell: str, as_json: bool) -> None:
    """Print the script that lets a shell complete commands and options.

    \b
    Examples:
      hipgait completion bash >> ~/.bashrc
      hipgait completion zsh >> ~/.zshrc
      hipgait completion fish > ~/.config/fish/completions/hipgait.fish
    """
    from hipgait.cli.main import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click {click.__version__} knows no completion for {shell}")
    # not source(): it first asks the bash that is installed here for its version
    completion = kind(cli, {}, "hipgait", VARIABLE)
    script = completion.source_template % completion.source_vars()
    if as_json:
        print_json({"shell": shell, "script": script})
    else:
        click.echo(script)
