"""Entry point: finds the command, runs it, turns whatever goes wrong into one line.

Exit codes: 0 success, 1 input or environment that cannot be used, 2 wrong use,
130 interrupted, 143 terminated. ``HIPGAIT_DEBUG=1`` shows the traceback of unexpected errors.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from io import StringIO
from typing import Final, NoReturn, TextIO

import click

from hipgait import __version__
from hipgait.cli.terminal import tell
from hipgait.errors import HipgaitError, UnclearSensorsError

COMMANDS: Final = {
    "demo": "hipgait.cli.demo",
    "sensors": "hipgait.cli.sensors",
    "record": "hipgait.cli.record",
    "recover": "hipgait.cli.recover",
    "import": "hipgait.cli.importing",
    "analyze": "hipgait.cli.analyze",
    "compare": "hipgait.cli.comparing",
    "agree": "hipgait.cli.agreeing",
    "control-test": "hipgait.cli.control",
    "export": "hipgait.cli.export",
    "journal": "hipgait.cli.journal",
    "live": "hipgait.cli.live",
    "library": "hipgait.cli.library",
    "batch": "hipgait.cli.batch",
    "doctor": "hipgait.cli.doctor",
    "completion": "hipgait.cli.completion",
}
"""Command -> module that holds it as ``command``; imported when it is asked for."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order in which a new user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hipgait", message="%(prog)s %(version)s")
def cli() -> None:
    """Pelvic drop and knee tracking in running, from consumer IMUs.

    \b
    Start here:
      hipgait demo                               a tiring runner, with the truth beside it
      hipgait analyze my-run --out my-report     a folder with pelvis.csv, left_shank.csv, ...

    Not a medical device.
    """


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    sys.exit(run(argv))


def run(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code instead of an exit."""
    _prepare_streams()
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.showwarning = _show_warning
            result = cli.main(
                args=None if argv is None else list(argv),
                prog_name="hipgait",
                standalone_mode=False,
            )
            sys.stdout.flush()
            return result if isinstance(result, int) else 0
    except click.ClickException as error:
        shown = StringIO()
        error.show(shown)
        tell(shown.getvalue().rstrip())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", 130)
    except HipgaitError as error:
        if isinstance(error, UnclearSensorsError) and error.table:
            tell(f"{error.table}\n")
        return _fail(str(error))
    except BrokenPipeError:
        # the reader of a pipe has gone (| head): nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}")
    except MemoryError:
        return _fail("out of memory. Analyse a shorter recording, or on a larger machine")
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    except Exception as error:
        if os.environ.get("HIPGAIT_DEBUG") == "1":
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        return _fail(f"internal error ({what}); run with HIPGAIT_DEBUG=1 to see where")
    finally:
        signal.signal(signal.SIGTERM, previous)


def _fail(line: str, code: int = 1) -> int:
    tell(f"hipgait: {' '.join(line.split())}")
    return code


def _terminate(signum: int, frame: object) -> NoReturn:
    # as an exception, so that half-written files are removed on the way out
    raise SystemExit(128 + signum)


def _prepare_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a terminal without UTF-8 gets "?" in place of an error
            reconfigure(errors="replace")


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    tell(f"hipgait: note: {' '.join(str(message).split())}")
