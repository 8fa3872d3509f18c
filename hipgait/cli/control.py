"""``hipgait control-test``: squats, step-downs and stance on one leg, with the same sensors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hipgait.cli.common import (
    GivenPath,
    Step,
    json_option,
    out_option,
    print_json,
    progress,
    run_names,
    sensor_option,
)
from hipgait.cli.terminal import say
from hipgait.errors import InputError, MissingInputError

if TYPE_CHECKING:
    from hipgait.metrics.control import ControlTest

SCHEMA_VERSION: Final = "1.0"
"""Version of control.json (docs/control.schema.json)."""
CALLED: Final = {"squat": "single-leg squat", "step_down": "step-down", "stance": "stance"}
SHOWN: Final = {
    "pelvic_drop_change_deg": ("drop", "°", 1),
    "shank_lean_change_deg": ("lean", "°", 1),
    "shank_forward_deg": ("range", "°", 0),
    "lowering_s": ("down", " s", 2),
    "lifting_s": ("up", " s", 2),
    "hold_s": ("hold", " s", 1),
    "pelvic_drop_sway_deg": ("sway of drop", "°", 2),
    "shank_lean_sway_deg": ("of lean", "°", 2),
}
"""measure -> (what the text calls it, unit, digits)"""
MANY: Final = 10
"""from so many measures on, chance alone is told of"""
WORDS: Final = {"changed": "changed", "not_shown": "not shown", "too_few_tests": "too few tests"}


@click.command("control-test", short_help="Squats, step-downs and stance on one leg.")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=GivenPath())
@out_option(
    "Folder to write into; several tests get a folder each inside it. The journal knows what "
    "lies in its folder control."
)
@click.option(
    "--previous",
    metavar="DIR",
    multiple=True,
    type=GivenPath(),
    help="What control-test wrote for an earlier test of the same athlete. Repeatable.",
)
@sensor_option
@json_option
def command(
    runs: tuple[Path, ...],
    out: Path,
    previous: tuple[Path, ...],
    sensors: dict[str, Path],
    as_json: bool,
) -> None:
    """Find and measure single-leg squats, step-downs and stances on one leg.

    RUN is a recording with pelvis and both shanks: stand still 15 s, bow three times, kick each
    heel to the buttock three times, then the movements. Several RUNs are tests of one athlete,
    the oldest first: each is compared with those before it.

    \b
    Examples:
      hipgait control-test test-monday --out monday
      hipgait control-test test-may --previous march --previous april-1 --previous april-2 --out may
    """
    if sensors and len(runs) > 1:
        raise click.UsageError("--sensor names the files of one test: give one RUN with it")
    from hipgait.io.control_results import read_control

    folders = [out] if len(runs) == 1 else [out / name for name in run_names(runs)]
    earlier = [read_control(path)["summary"] for path in previous]
    documents = []
    for path, folder in zip(runs, folders, strict=True):
        if folder.resolve() == path.resolve():
            raise InputError(f"{folder} is the run itself", "Give another folder with --out")
        with progress(quiet=as_json) as step:
            test = _measure(path, sensors, step)
            document = _document(test, earlier)
            from hipgait.io.control_results import write_control

            step(f"writing {folder}")
            write_control(folder, document, test.repetitions)
        earlier.append(document["summary"])
        documents.append({"run": str(path), "out": str(folder), "findings": document})
        if not as_json:
            say(summary_text(document))
            say(f"\nWritten to {folder}")
    if as_json:
        print_json({"tests": documents})


def _measure(path: Path, sensors: dict[str, Path], step: Step) -> ControlTest:
    if not path.exists():
        raise MissingInputError(
            f"{path}: no such file or folder",
            "Give a folder of CSV files named after their sensors, a session or an export",
        )
    from hipgait.metrics.control import control_test
    from hipgait.unnamed import find_sensors

    step(f"reading {path}")
    found = find_sensors(path, sensors or None, None)
    step(f"analysing {path}")
    try:
        return control_test(found.recording)
    except InputError as error:
        raise type(error)(f"{path}: {error.what}", error.cure) from None


def _document(test: ControlTest, earlier: list[Any]) -> dict[str, Any]:
    from hipgait import __version__
    from hipgait.stats.repeatability import repeatability

    return {
        "schema_version": SCHEMA_VERSION,
        "name": test.name,
        "start_utc": test.start_utc,
        "start_local": test.start_local,
        "summary": test.summary,
        "repeatability": repeatability(test.summary, earlier),
        "repetitions": test.repetitions.to_dict("records"),
        "stances": test.stances.to_dict("records"),
        "quality": {"yaw_sd_deg": dict(test.yaw_sd_deg), "notes": list(test.notes)},
        "settings": test.settings,
        "versions": {"hipgait": __version__},
        "inputs": list(test.inputs),
    }


def summary_text(document: dict[str, Any]) -> str:
    """The findings as text: one line a kind and leg, then what changed."""
    lines = [f"Control test {document['name']}", ""]
    for kind, sides in document["summary"].items():
        for side, measures in sides.items():
            shown = [_shown(m, measures[m]) for m in SHOWN if m in measures]
            times = f"{measures['lowering_s']['n']} x " if "lowering_s" in measures else ""
            lines.append(f"{times + CALLED[kind]:22}{side:7}{'  '.join(x for x in shown if x)}")
    lines += ["", "Against earlier tests:"]
    lines += _changes(document["repeatability"])
    lines += ["", *(f"Note: {note}" for note in document["quality"]["notes"])]
    lines.append("Drop: + free side lower. Lean: + knee inward. Both: lowest point less before.")
    lines.append("Not a medical device.")
    return "\n".join(lines)


def _shown(measure: str, value: dict[str, Any]) -> str:
    name, unit, digits = SHOWN[measure]
    if value["mean"] is None:
        return ""
    return f"{name} {_number(value['mean'], digits)}{unit}"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def _changes(table: dict[str, Any]) -> list[str]:
    """What changed, by name; how much was only looked at, by number."""
    every = [
        (kind, side, measure, value)
        for kind, sides in table.items()
        for side, measures in sides.items()
        for measure, value in measures.items()
        if measure in SHOWN
    ]
    lines = []
    for kind, side, measure, value in every:
        if value["verdict"] == "changed":
            name, unit, digits = SHOWN[measure]
            change, mdc = _number(value["change"], digits), _number(value["mdc95"], digits)
            lines.append(
                f"  {CALLED[kind]}, {side}, {name}: changed by {change}{unit} "
                f"(beyond {mdc}{unit}, {value['n']} earlier tests)"
            )
    for verdict in ("not_shown", "too_few_tests"):
        count = sum(value["verdict"] == verdict for *_, value in every)
        if count:
            lines.append(f"  {WORDS[verdict]}: {count} of {len(every)} measures")
    tested = sum(value["verdict"] != "too_few_tests" for *_, value in every)
    if tested >= MANY:
        lines.append(f"  (of {tested} measures about {round(0.05 * tested)} by chance alone)")
    return lines
