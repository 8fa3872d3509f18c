"""``hipgait library``: the runs of an athlete or a clinic."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from hipgait.cli.common import GivenPath, json_option, print_json
from hipgait.cli.terminal import say, tell

if TYPE_CHECKING:
    from hipgait.library.trends import Trend
    from hipgait.stats.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])

library_option: Callable[[F], F] = click.option(
    "--library",
    "folder",
    type=GivenPath(),
    envvar="HIPGAIT_LIBRARY",
    default=Path("library"),
    show_default=True,
    help="The library's folder, or $HIPGAIT_LIBRARY.",
)
athlete_option: Callable[[F], F] = click.option(
    "--athlete", metavar="NAME", help="Only this athlete."
)
day_type = click.DateTime(["%Y-%m-%d"])
DATE_CURE: Final = "Write start_utc into run.toml, analyse that run again, then index again"


@click.group(short_help="The runs of an athlete or a clinic: list, trend, export.")
def command() -> None:
    """Keep analysed runs together: list them, follow an outcome over months, export.

    \b
    Examples:
      hipgait library index reports
      hipgait library list
      hipgait library trend --block-start 2026-03-30 --out trend
      hipgait library export --anonymous --out for-the-lab
      hipgait library verify --search /media/backup

    The library is a folder that only you can read. What analyze or batch wrote stays where it is.
    Each command takes --json, for machines.
    """


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Progress on a terminal: gives ``show(done, all)``."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("indexing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@command.command("index")
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=GivenPath())
@library_option
@json_option
def index_command(folders: tuple[Path, ...], folder: Path, as_json: bool) -> None:
    """Take every analysed run below FOLDER into the library.

    A run is known by what is in it: taken in twice it is one run, moved it is found again.

    \b
    Example:
      hipgait library index reports
    """
    from hipgait.library import index
    from hipgait.report.numbers import plural

    with _bar(as_json) as show:
        done = index(*folders, library=folder, progress=show)
    for where, what in done.failed:
        tell(f"hipgait: {where}: {what}")
    if as_json:
        print_json({"library": str(folder), **done.to_dict()})
    else:
        words = {"new": "new", "again": "analysed anew", "known": "known", "moved": "moved",
                 "told": "with new facts"}  # fmt: skip
        counts = [f"{getattr(done, k)} {w}" for k, w in words.items() if getattr(done, k)]
        say(f"{plural(done.found, 'analysed folder')}: {', '.join(counts) or 'none taken in'}")
        say(f"{folder} now holds {_held(done.runs, done.analyses)}")
    if done.failed:
        tell(f"hipgait: {len(done.failed)} of {plural(done.found, 'folder')} left out")
        sys.exit(1)


def _held(runs: int, analyses: int) -> str:
    """As "8 runs (10 analyses: the newest of each run counts)"."""
    from hipgait.report.numbers import plural

    known = plural(runs, "run")
    if analyses == runs:
        return known
    return f"{known} ({plural(analyses, 'analysis', 'analyses')}: the newest of each run counts)"


@command.command("list")
@library_option
@athlete_option
@click.option("--check", is_flag=True, help="Only runs fit for a standard check run.")
@json_option
def list_command(folder: Path, athlete: str | None, check: bool, as_json: bool) -> None:
    """List the runs, oldest first.

    \b
    Example:
      hipgait library list --athlete anna
    """
    from hipgait.library import runs
    from hipgait.report.numbers import plural

    rows = [r for r in runs(folder, athlete) if r["check_run"] or not check]
    if as_json:
        hidden = ("rank", "seen", "file", "current", "strides_sha256")
        for row in rows:
            row["check_run"] = bool(row["check_run"])
            row["fatigued"] = None if row["fatigued"] is None else bool(row["fatigued"])
        print_json({"runs": [{k: v for k, v in r.items() if k not in hidden} for r in rows]})
        return
    lines = [f"{'date':<10}  {'min':>5}  {'m/s':>4}  {'athlete':<16}  run"]
    for r in rows:
        name = " ".join(r["name"].split())  # a folder's name may hold line ends
        lines.append(
            f"{_day(r):<10}  {_number(r['minutes'], 1):>5}  "
            f"{_number(r['speed_mps'], 2):>4}  {r['athlete_name'][:16]:<16}  {name}"
            + ("  (fit for a check run)" if r["check_run"] else "")
            + (f"  (withdrawn: {r['withdrawn']})" if r["withdrawn"] else "")
        )
    say("\n".join(lines))
    say(plural(len(rows), "run"))


def _day(row: dict[str, Any]) -> str:
    """Day of a run by the runner's clock, by UTC where only that is known."""
    return str(row["start_local"] or row["start_utc"] or "undated")[:10]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


@command.command("trend")
@library_option
@athlete_option
@click.option("--outcome", "outcomes", metavar="NAME", multiple=True, help="Default: all.")
@click.option("--plan", metavar="FILE", type=GivenPath(), help="plan.toml with the block's dates.")
@click.option("--block-start", type=day_type, help="First day of the strength block.")
@click.option("--block-weeks", type=click.FloatRange(0, 104), help="Its length, weeks.")
@click.option("--wash-in-weeks", type=click.FloatRange(0, 104), help="Its settling in, weeks.")
@click.option("--out", metavar="DIR", type=GivenPath(), help="Folder for pictures and tables.")
@json_option
def trend_command(
    folder: Path,
    athlete: str | None,
    outcomes: tuple[str, ...],
    plan: Path | None,
    block_start: dt.datetime | None,
    block_weeks: float | None,
    wash_in_weeks: float | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Follow outcomes of one athlete over months, with the block's phases and gaps.

    It shows and does not test: what a block changed, hipgait compare says.

    \b
    Example:
      hipgait library trend --outcome pelvic_drop_excursion --block-start 2026-03-30 --out trend
    """
    if plan is not None and block_start is not None:
        raise click.UsageError("--plan says when the block began: leave --block-start out")
    if block_start is None and (block_weeks is not None or wash_in_weeks is not None):
        raise click.UsageError("--block-weeks and --wash-in-weeks need --block-start")
    from hipgait.library.opening import open_library
    from hipgait.library.trends import trend_of
    from hipgait.names import OUTCOMES

    fixed = _plan(plan, block_start, block_weeks, wash_in_weeks)
    with open_library(folder) as library:
        names = outcomes or tuple(o.name for o in OUTCOMES)
        trends = [trend_of(library, name, athlete, fixed) for name in names]
    if out is not None:
        from hipgait.library.trend_files import write_trends

        write_trends(out, trends)
    if as_json:
        print_json({"out": out, "trends": [t.to_dict() for t in trends]})
        return
    _say_trends(trends)
    if out is not None:
        say(f"Written to {out}")


def _plan(
    file: Path | None, start: dt.datetime | None, weeks: float | None, wash_in: float | None
) -> Plan | None:
    from hipgait.stats.plan import WASH_IN_WEEKS, Plan, read_plan

    if file is not None:
        return read_plan(file)
    if start is None:
        return None
    settling = WASH_IN_WEEKS if wash_in is None else wash_in
    return Plan(block_start=start.date(), block_weeks=weeks, wash_in_weeks=settling)


def _say_trends(trends: Sequence[Trend]) -> None:
    """A line or two an outcome; where no run has a date, that alone."""
    from hipgait.report.numbers import plural

    undated = trends[0].undated
    if undated and not trends[0].runs:
        say(f"{plural(undated, 'run')}, none with a date: nothing to follow. {DATE_CURE}")
        return
    for trend in trends:
        _say_trend(trend)
    if undated:
        verb = "is" if undated == 1 else "are"
        say(f"{plural(undated, 'run')} without a date {verb} not in it. {DATE_CURE}")


def _say_trend(trend: Trend) -> None:
    from hipgait.report.numbers import level, plural

    known = [r for r in trend.runs if r.mean is not None]
    if not known:
        say(f"{trend.label}: no run has a value")
        return
    first, last = trend.months[0].month, trend.months[-1].month
    when = f"{first} to {last}" if first != last else first
    parts = [f"{plural(len(known), 'run')}, {when}"]
    parts.append(f"level {level(trend.level, trend.unit)}")
    if trend.mdc95 is not None:
        parts.append(f"runs repeat within {level(trend.mdc95, trend.unit)} (MDC95, {trend.source})")
    if trend.beyond is not None:
        parts.append(f"after the block {trend.beyond[0]} of {trend.beyond[1]} beyond that")
    parts += [f"no runs {a} to {b}" for a, b in trend.gaps]
    say(f"{trend.label}: {'; '.join(parts)}")
    if trend.check is not None:
        c = trend.check
        band = "" if c.low is None else f", usual {c.low:.3g} to {c.high:.3g}"
        words = c.verdict.replace("_", " ")
        say(f"  check run: {c.latest:.3g} against {len(c.before)} before it{band}: {words}")


@command.command("export")
@library_option
@athlete_option
@click.option("--out", required=True, metavar="DIR", type=GivenPath(), help="A new folder.")
@click.option("--format", "fmt", type=click.Choice(["parquet", "csv"]), default="parquet",
              show_default=True, help="Of the tables.")  # fmt: skip
@click.option("--with-names", is_flag=True, help="With names of athletes and runs.")
@click.option("--anonymous", is_flag=True, help="New ids, moved dates, nothing written by hand.")
@json_option
def export_command(
    folder: Path,
    athlete: str | None,
    out: Path,
    fmt: str,
    with_names: bool,
    anonymous: bool,
    as_json: bool,
) -> None:
    """Write runs, outcomes and strides as tables; without names unless asked.

    \b
    Example:
      hipgait library export --anonymous --out for-the-lab
    """
    if with_names and anonymous:
        raise click.UsageError("--with-names or --anonymous, not both")
    from hipgait.library.export import export
    from hipgait.library.opening import open_library
    from hipgait.report.numbers import plural

    with open_library(folder) as library:
        done = export(library, out, fmt=fmt, names=with_names, anonymous=anonymous, athlete=athlete)
    if as_json:
        print_json(vars(done))
    else:
        of = f"{plural(done.runs, 'run')} of {plural(done.athletes, 'athlete')}"
        say(f"{of}, {plural(done.stances, 'stance')}: {out}")


@command.command("verify")
@library_option
@click.option("--search", metavar="FOLDER", multiple=True, type=GivenPath(),
              help="Where to look for runs that moved. Repeatable.")  # fmt: skip
@json_option
def verify_command(folder: Path, search: tuple[Path, ...], as_json: bool) -> None:
    """Look at every run and file; find moved runs again, make lost tables again.

    \b
    Example:
      hipgait library verify --search reports
    """
    from hipgait.library.opening import open_library
    from hipgait.library.verify import verify

    with open_library(folder) as library:
        found = verify(library, search)
    if as_json:
        print_json(found.to_dict())
    else:
        words = {"moved": "found at another place", "gone": "not where it was",
                 "changed": "changed since it was taken in: index it again",
                 "restored": "stride table made again", "removed": "removed, no run needs it",
                 }  # fmt: skip
        for key, text in words.items():
            for place in getattr(found, key):
                say(f"{place}: {text}")
        held = _held(found.runs, found.analyses)
        say(f"{held}, {'whole' if found.whole else 'not whole'}")
    if not found.whole:
        for place in found.lost:
            tell(f"hipgait: {place}: its strides are lost")
        tell("hipgait: analyse these runs again, or bring their folders back")
        sys.exit(1)
