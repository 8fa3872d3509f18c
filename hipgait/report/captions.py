"""Sentences that stand on a page whatever was found; HTML and PDF take them from here."""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class Told(NamedTuple):
    """A paragraph with a head in bold ("" for none)."""

    head: str
    text: str


NOT_MEDICAL: Final = "hipgait is not a medical device and does not diagnose."
SEE_A_CLINICIAN: Final = (
    "Pain at night or at rest, pain of 7/10 or more, a joint that locks, gives way or swells, "
    "numbness, or a limp for more than a day: stop, and see a clinician."
)
RUN_FOOT: Final = Told(NOT_MEDICAL, SEE_A_CLINICIAN)
COMPARISON_FOOT: Final = Told(
    NOT_MEDICAL, f"Less drop is not proof of fewer injuries. {SEE_A_CLINICIAN}"
)

SIDES: Final = (
    "Left on the left, as seen from behind. Solid: left. Dashed: right. Hatched: left out."
)
USED: Final = (
    "Grey: used. Notch in the top: a bend, left out of the angles. White with a tick below: "
    "missing. Hatched: left out by rule."
)
SENSORS: Final = (
    "Direction and tilt: how well the sensor’s place on the limb is known (standard deviation). "
    "Sacrum: the bone at the bottom of the back."
)
DEFINITIONS: Final = (
    "All angles are smoothed at 10 Hz. “Level in this run”: the stated 95 % error of the mean "
    "level; changes within the run are known better."
)
CURVES: Final = (
    "Top: thin, before; thick, after. Below: after minus before. Grey: differences of this size "
    "come about by chance (whole runs permuted)."
)
_TESTED: Final = (
    "Dot and line: change from start to end of the fitted course with its 95 % interval (wider "
    "where many outcomes share the chance of a false finding), in units of the smallest change "
    "that matters (right-hand column). Ticks: the single blocks at the end. Grey band: too small "
    "to matter."
)
_DESCRIBED: Final = (
    "Circle: change from fresh to end, in units of the smallest change that matters (right-hand "
    "column). Ticks: the single blocks at the end, so that you see the scatter. Grey band: too "
    "small to matter. Nothing was tested{why}, so no interval is given."
)
_PARTLY: Final = (
    "Dot and line: a tested change with its 95 % interval (wider where many outcomes share the "
    "chance of a false finding). Circle without a line: not tested, the mean at the end minus the "
    "mean when fresh. Both in units of the smallest change that matters (right-hand column). "
    "Ticks: the single blocks at the end. Grey band: too small to matter."
)
LEAN_SIGN: Final = "Shank lean: minus is outward, the knee outside the ankle."


def run_table(table: dict[str, Any], word: str) -> str:
    """What stands above the table of a run. table : as ``run.render`` makes it."""
    text = _run_table(table, word)
    return f"{text} {LEAN_SIGN}" if table["lean"] else text


def _run_table(table: dict[str, Any], word: str) -> str:
    if not (table["compares"] or table["slipped"]):
        return f"Means of the {word}. Fresh and end are not compared."
    if table["tested"]:
        why = f" Not tested: {table['untested']}." if table["untested"] else ""
        return f"{_PARTLY if table['partly'] else _TESTED}{why}"
    if not table["slipped"]:
        why = f" ({table['untested']})" if table["untested"] else ""
        return _DESCRIBED.format(why=why)
    text = _DESCRIBED.format(why="")
    return f"{text} Before the slip: fresh is {table['fresh']}, end {table['end']}."


def beside_sides(kinds: list[str], sides: dict[str, Any], word: str) -> list[list[Told]]:
    """What stands beside each pair of panels. kinds : "over" or the curve's name, in order."""
    fresh = f"is {sides['fresh']}, end of {word} {sides['end']}."
    bands = "The bands run from the lowest to the highest block mean."
    out: list[list[Told]] = []
    for k, kind in enumerate(kinds):
        told: list[Told] = []
        if k == 0 and sides["angle"]:
            safe = " The change of each side is safe." if sides["compares"] else ""
            told.append(
                Told(
                    "Can you compare left with right?",
                    "Not the levels: a sensor turned by 1° on your back moves them apart by 2°."
                    + safe,
                )
            )
        only = len(kinds) == 1
        if sides["compares"] and (kind == "pelvic_drop" or (k == 0 and only)):
            told.append(Told("Fresh", fresh if kind == "over" else f"{fresh} {bands}"))
        if kind == "shank_lean":
            told += _shank(sides, fresh, bands, "pelvic_drop" in kinds or only)
        out.append(told)
    return out


def _shank(sides: dict[str, Any], fresh: str, bands: str, told_already: bool) -> list[Told]:
    out: list[Told] = []
    if sides["no_zero"]:
        out.append(
            Told(
                "",
                "Nobody stood still in this recording, so these curves are counted from landing "
                "when fresh: their shape and their change are known, their level is not.",
            )
        )
    out.append(
        Told(
            "Shank lean",
            "shows how the knee travels over the foot as far as a shank sensor can see it. It is "
            "not a knee angle.",
        )
    )
    if sides["compares"] and not told_already:
        out.append(Told("Fresh", f"{fresh} {bands}"))
    return out


def comparison_table(table: dict[str, Any]) -> str:
    """What stands above the table of a comparison. table : as ``comparison.render`` makes it."""
    if not table["compared"]:
        return (
            f"Too few runs to compare: {table['names']}. The values of each run stand in "
            "comparison.json."
        )
    text = (
        "Dot and line: change with its interval, in units of the smallest change that matters. "
        "Grey band: too small to matter."
    )
    if table["tested"] and len(table["rows"]) > 1:
        text += (
            " All rows but the first are corrected for their number (Holm), p and interval alike."
        )
    if table["seen"]:
        text += " “Could see” is the true change that these runs would find 4 times in 5."
    return text


def tired_caption(thing: str, words: str) -> str:
    """What stands above fresh against tired."""
    return (
        f"{thing}: mean of the phase with its interval. Open and thin: before. Filled and thick: "
        f"after. {words} Number: rise within the run."
    )


def beside_tired(verdict: str, turned: bool) -> list[Told]:
    """What stands beside it. verdict : of the rise's change, "" for none."""
    changed = f" Its change, before to after: {verdict}." if verdict else ""
    apart = (
        "a sensor turned by 1° on your back moves them apart by 2°."
        if turned
        else "mounting alone can move them apart."
    )
    return [
        Told(
            "The rise within a run",
            "needs no agreement between two mountings of a sensor, so it is often the firmer "
            f"number.{changed}",
        ),
        Told("Left against right:", f"levels are not compared; {apart}"),
    ]
