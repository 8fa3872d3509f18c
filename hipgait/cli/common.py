"""What several commands share: options, progress, JSON, names of runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from hipgait.cli.terminal import plain, show
from hipgait.errors import InputError
from hipgait.names import PLACEMENTS

F = TypeVar("F", bound=Callable[..., Any])


class Check(NamedTuple):
    """One line of the doctor.

    state : "ok" | "note" (works, and could be better) | "absent" (hipgait can do without)
        | "broken".
    """

    name: str
    state: str
    detail: str
    cure: str = ""


class GivenPath(click.Path):
    """A path; "" is wrong use (it would mean the current folder), what cannot be read is not."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; refuses an empty one. Raises InputError: its name is not UTF-8."""
        if value == "":
            self.fail("the name is empty", param, ctx)
        if not str(value).isascii():
            from hipgait.io.writing import require_encodable

            require_encodable(str(value))
        return super().convert(value, param, ctx)


json_option: Callable[[F], F] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for machines in place of text."
)


def _parse_sensors(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, Path]:
    sensors: dict[str, Path] = {}
    for value in values:
        placement, sign, file = value.partition("=")
        if not sign or not file:
            raise click.BadParameter(f"{value!r} is not PLACEMENT=FILE", ctx, param)
        if placement not in PLACEMENTS:
            raise click.BadParameter(
                f"unknown placement {placement!r}; use one of {', '.join(PLACEMENTS)}", ctx, param
            )
        if placement in sensors:
            raise click.BadParameter(f"{placement} is given twice", ctx, param)
        sensors[placement] = Path(file)
    return sensors


sensor_option: Callable[[F], F] = click.option(
    "--sensor",
    "sensors",
    metavar="PLACEMENT=FILE",
    multiple=True,
    callback=_parse_sensors,
    help="Which file is which sensor, where the file names do not say it "
    "(FILE#SENSOR: one of several in a file). Repeatable.",
)


def out_option(help_text: str) -> Callable[[F], F]:
    """``--out``: the folder that is written, and what goes into it."""
    return click.option("--out", required=True, metavar="DIR", type=GivenPath(), help=help_text)


run_info_option: Callable[[F], F] = click.option(
    "--run-info",
    metavar="FILE",
    type=GivenPath(),
    help="A run.toml with what is known of the run, in place of one beside the data.",
)

pdf_option: Callable[[F], F] = click.option(
    "--pdf", is_flag=True, help='Also write report.pdf (needs: pip install "hipgait[pdf]").'
)


def check_pdf() -> None:
    """Refuse --pdf where it cannot be had, before anything is analysed."""
    from hipgait.report.pdf import need_typst

    need_typst()


sync_option: Callable[[F], F] = click.option(
    "--sync",
    type=click.Choice(["auto", "none", "clock", "gait"]),
    default="auto",
    show_default=True,
    help="One clock for all sensors: auto brings sensors without a common clock together by the "
    "gait and the protocol's jumps, and those more than 0.1 s off; clock only checks; gait "
    "corrects all; none does neither.",
)


def print_json(document: Any) -> None:
    """One JSON document on stdout; not-a-number becomes null."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(document, enc_hook=_plain), indent=2)
    show(text.decode())


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return value.tolist()
    return str(value)


Step = Callable[[str], None]


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Step]:
    """Say what is going on, on a terminal's stderr only; gives ``step(text)``.

    ``step("")`` frees the line, to ask something.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("") as status:

        def step(text: str) -> None:
            if text:
                status.update(Text(plain(text)))  # "[red].csv" is a name
                status.start()
            else:
                status.stop()

        yield step


def run_names(paths: Sequence[Path]) -> list[str]:
    """One short, distinct name a run: its file or folder, with parents where two are alike.

    Raises
    ------
    InputError : the same path twice.
    """
    full = [path.resolve() for path in paths]
    for i, path in enumerate(full):
        if path in full[:i]:
            raise InputError(f"{paths[i]} is given twice", "Name each run once")
    for depth in range(1, max(len(path.parts) for path in full) + 1):
        for last in (_stem, _name):  # with its ending where run.csv lies beside run.mcap
            names = ["-".join((*p.parts[1:-1], last(p))[-depth:]) for p in full]
            if len(set(names)) == len(names):
                return names
    return [f"{i + 1}-{_name(path)}" for i, path in enumerate(full)]


def _name(path: Path) -> str:
    return path.name


def _stem(path: Path) -> str:
    name = path.name
    if path.is_dir():
        return name
    for suffix in (".gz", ".zip", ".mcap", ".csv", ".txt", ".parquet"):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
    return name
