"""The table of every outcome: fresh, end, change and its place against what matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hipgait.names import OUTCOMES, PRIMARY_OUTCOME, SIDES, Outcome
from hipgait.recording import FloatArray
from hipgait.report.dots import icon, row_dots
from hipgait.report.numbers import NONE, change, decimals, interval, level, size
from hipgait.report.phrases import PHRASES, VERDICTS
from hipgait.report.pieces import half_width
from hipgait.report.view import BY_NAME, MODEL, View, lead_outcome

BY_SIDE_ONLY = frozenset({"shank_lean_mean"})
"""left and right are told apart, never pooled"""


@dataclass(frozen=True)
class Row:
    """One line.

    key : pooled | left | right.
    note : what the level must not be read without.
    indent : belongs to the row above.
    uneven : the rounded levels differ by another amount than the rounded change.
    """

    name: str
    key: str
    label: str
    note: str
    fresh: str
    end: str
    change: str
    interval: str
    dots: str
    matters: str
    finding: str
    primary: bool
    indent: bool
    mean: str
    uneven: bool


def rows(view: View) -> list[Row]:
    """Every outcome that has a value, the one of the answer first."""
    lead = lead_outcome(view)
    order = sorted(OUTCOMES, key=lambda o: lead is None or o.name != lead[0])
    return [
        _row(view, outcome, key, (outcome.name, key) == lead)
        for outcome in order
        for key in _keys(view, outcome)
        if view.has_change(outcome.name, key) or len(view.blocks(outcome.name, key).value)
        or view.entry(outcome.name, key).get("verdict") == "withdrawn"
    ]  # fmt: skip


def _keys(view: View, outcome: Outcome) -> tuple[str, ...]:
    if not outcome.by_side:
        return ("pooled",)
    if outcome.name in BY_SIDE_ONLY:
        return SIDES
    pooled = len(view.blocks(outcome.name).value) or view.has_change(outcome.name)
    if not pooled:
        return SIDES
    return ("pooled", *SIDES) if outcome.name == PRIMARY_OUTCOME else ("pooled",)


def _row(view: View, outcome: Outcome, key: str, primary: bool) -> Row:
    entry = view.entry(outcome.name, key)
    unit = outcome.unit
    tilt = outcome.name == "pelvis_tilt_mean"
    early, late = (None, None) if tilt else (entry.get("early"), entry.get("late"))
    estimate = entry.get("estimate")
    verdict = entry.get("verdict")
    mean = None if tilt or view.doubted(outcome.name, key) else view.mean(outcome.name, key)
    return Row(
        outcome.name,
        key,
        outcome.label,
        _model_note(view, key) if outcome.name == MODEL else "",
        level(early, unit, bare=True),
        NONE if verdict == "withdrawn" else level(late, unit),
        change(estimate, unit, half_width(entry)),
        interval(entry.get("ci_low"), entry.get("ci_high"), unit),
        row_dots(entry, outcome.matters, end_scatter(view, outcome.name, key)),
        size(outcome.matters, unit),
        _finding(view, verdict, estimate),
        primary,
        outcome.name == PRIMARY_OUTCOME and key in SIDES and not primary,
        level(mean, unit),
        _uneven(early, late, estimate, unit, half_width(entry)),
    )


def _model_note(view: View, key: str) -> str:
    """The standard deviation that a modelled value never goes without."""
    sd = view.model_sd(key)
    return "" if sd is None else f"±{level(sd, 'deg')} (SD)"


def _uneven(
    early: float | None, late: float | None, change: float | None, unit: str, half: float | None
) -> bool:
    digits = decimals(unit)
    if early is None or late is None or change is None or decimals(unit, half) != digits:
        return False
    shown = [round(float(v), digits) for v in (early, late, change)]
    return abs(shown[1] - shown[0] - shown[2]) > 0.5 * 10.0**-digits


def rounding_note(found: list[Row]) -> str:
    """Why the last digits do not add up, with the first such row of each unit; else nothing."""
    first: dict[str, Row] = {}
    for row in found:
        if row.uneven:
            first.setdefault(BY_NAME[row.name].unit, row)
    if not first:
        return ""
    told = ", ".join(f"{r.fresh} to {r.end} is {r.change}" for r in first.values())
    return f"Changes are taken before rounding: {told} here."


UNIT_WORDS = {"spm": "spm: steps a minute", "g": "g: 9.81 m/s²", "%": "points: percentage points"}
"""units that not every reader knows"""


def unit_words(found: list[Row]) -> str:
    """The units of the rows, explained."""
    units = {BY_NAME[r.name].unit for r in found}
    told = [words for unit, words in UNIT_WORDS.items() if unit in units]
    return f"{'; '.join(told)}." if told else ""


def _finding(view: View, verdict: str | None, estimate: float | None) -> str:
    told = estimate is not None or verdict == "withdrawn" or view.slip
    return VERDICTS[verdict].label if verdict and told else NONE


def end_scatter(view: View, name: str, key: str) -> FloatArray:
    """(k,) block means of the end minus the mean of the fresh blocks."""
    blocks = view.blocks(name, key)
    late, early = blocks.value[blocks.of("late")], blocks.value[blocks.of("early")]
    if not len(late) or not len(early) or not view.has_change(name, key):
        return late[:0]
    fresh = view.entry(name, key).get("early")
    base = float(early.mean()) if fresh is None else float(fresh)
    return late - base


@dataclass(frozen=True)
class KeyOutcome:
    """One of the few outcomes in the strip below the answer."""

    icon: str
    title: str
    text: str


STRIP = (
    ("pelvic_drop_excursion", "pooled"),
    ("shank_lean_mean", "left"),
    ("shank_lean_mean", "right"),
    ("contact_time", "pooled"),
    ("cadence", "pooled"),
)
STRIP_MOST = 3


def key_outcomes(view: View) -> list[KeyOutcome]:
    """The outcomes of the strip: verdict (or name, while nothing is tested) and change."""
    told = [k for k in STRIP if view.has_change(*k)]
    lead = lead_outcome(view)
    if lead in told:
        told.remove(lead)
        told.insert(0, lead)
    return [_key_outcome(view, name, key) for name, key in told[:STRIP_MOST]]


def _key_outcome(view: View, name: str, key: str) -> KeyOutcome:
    outcome = BY_NAME[name]
    entry: dict[str, Any] = view.entry(name, key)
    words = PHRASES[name].thing
    who = f"{key} {words}" if key in SIDES else words
    told = change(entry["estimate"], outcome.unit, half_width(entry))
    verdict = VERDICTS[entry.get("verdict", "not_tested")]
    sign = icon(entry, outcome.matters)
    if entry.get("verdict") != "not_tested":
        limits = interval(entry.get("ci_low"), entry.get("ci_high"), outcome.unit)
        return KeyOutcome(sign, verdict.label, f"{who} {told} ({limits})")
    levels = "not tested"
    if entry.get("early") is not None and entry.get("late") is not None:
        before = level(entry["early"], outcome.unit)
        levels = f"{before} fresh, {level(entry['late'], outcome.unit)} at the end"
    return KeyOutcome(sign, f"{who[:1].upper()}{who[1:]} {told}", levels)
