"""Sentences: what a runner would say, from the findings.

Second person, short, past tense; what the data cannot tell is told as calmly as what they can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from hipgait.names import PLACES, SIDES, WALK
from hipgait.report.numbers import (
    decimals,
    fixed,
    level,
    plural,
    size,
)
from hipgait.report.phrases import DOUBTS, PHRASES
from hipgait.report.pieces import (
    amount,
    compared,
    half_width,
    is_zero,
    minute,
    onset_words,
    sentence,
)
from hipgait.report.repeats import repeats_answer
from hipgait.report.view import BY_NAME, View, lead_outcome


@dataclass(frozen=True)
class Answer:
    """first, second : the two sentences on top.  more : what follows, one or two sentences."""

    first: str
    second: str
    more: str


def _not_tested(view: View, name: str, key: str, entry: dict[str, Any]) -> tuple[str, str]:
    first = f"By the end {compared(name, key, entry)}."
    if is_zero(float(entry["estimate"]), BY_NAME[name].unit):
        return first, "How sure that is has not been tested yet."
    return first, "Whether that is more than chance has not been tested yet."


def _drifted(view: View, name: str, key: str, entry: dict[str, Any]) -> tuple[str, str]:
    limits = _limits(name, entry)
    if entry.get("onset_s") is not None:
        at = onset_words(view, entry)
        start = f"Your {PHRASES[name].thing} began to change at about {at}."
        return start, f"By the end {compared(name, key, entry)}{limits}."
    first = f"By the end {compared(name, key, entry)}{limits}."
    matters = level(BY_NAME[name].matters, BY_NAME[name].unit)
    return first, f"That is more than chance, and more than the {matters} that matters."


def _unchanged(view: View, name: str, key: str, entry: dict[str, Any]) -> tuple[str, str]:
    outcome = BY_NAME[name]
    low, high = entry.get("ci_low"), entry.get("ci_high")
    matters = size(outcome.matters, outcome.unit)
    if low is not None and high is not None and (low > 0 or high < 0):
        return (
            f"By the end {compared(name, key, entry)}.",
            "That is real, but too small to matter.",
        )
    return (
        f"Your {PHRASES[name].thing} stayed the same.",
        f"Any change was smaller than {matters}.",
    )


def _inconclusive(view: View, name: str, key: str, entry: dict[str, Any]) -> tuple[str, str]:
    low, high = entry.get("ci_low"), entry.get("ci_high")
    if low is not None and high is not None and (low > 0 or high < 0):
        return (
            f"By the end {compared(name, key, entry)}.",
            "Whether that is large enough to matter, this run cannot tell.",
        )
    if low is None or high is None:
        return "This run cannot tell.", f"{sentence(compared(name, key, entry))}."
    ends = [amount(name, {"estimate": v}) for v in (low, high)]
    return (
        f"This run cannot tell: {amount(name, entry)},",
        f"but anything from {ends[0]} to {ends[1]} fits the data.",
    )


def _withdrawn(view: View, name: str, key: str, entry: dict[str, Any]) -> tuple[str, str]:
    slip = view.slip
    at = slip.get("at_s")
    if at is None:
        return "No finding: a sensor lost its alignment.", "What could be used is shown below."
    where = "back" if slip.get("placement") == "pelvis" else PLACES.get(slip["placement"], "")
    first = f"No finding: the {where} sensor slipped at {minute(view, float(at))}."
    span = view.span("analysed")
    unit = "Minutes" if view.axis.unit == "min" else "Seconds"
    start = view.axis.at(span[0]) if span else 0.0
    shown = f"{unit} {start:.0f} to {int(view.axis.at(float(at)))} are shown."
    return first, shown


SENTENCES: Final[dict[str, Callable[[View, str, str, dict[str, Any]], tuple[str, str]]]] = {
    "not_tested": _not_tested,
    "drifted": _drifted,
    "no_relevant_drift": _unchanged,
    "inconclusive": _inconclusive,
    "withdrawn": _withdrawn,
}
"""verdict -> the two sentences of the answer"""


def _limits(name: str, entry: dict[str, Any]) -> str:
    low, high = entry.get("ci_low"), entry.get("ci_high")
    if low is None or high is None:
        return ""
    unit = BY_NAME[name].unit
    ends = sorted((abs(low), abs(high))) if low * high > 0 else (low, high)
    return " ({} to {})".format(*(fixed(v, decimals(unit, half_width(entry))) for v in ends))


def answer(view: View) -> Answer:
    """The answer, whatever state the findings are in."""
    lead = lead_outcome(view)
    if lead is None:
        return _nothing(view)
    name, key = lead
    whole = view.findings.drift.get(name, {})
    entry = view.entry(name, key)
    if view.gait != WALK and view.doubted(name, key):
        return Answer(*DOUBTS[str(view.doubt)])
    # a shank that slipped leaves nothing of its side to compare, whatever the outcome
    left_nothing = bool(view.slip) and not view.has_change(name, key)
    if whole.get("verdict") == "withdrawn" or left_nothing:
        first, second = _withdrawn(view, name, key, whole)
        return Answer(first, second, _slip_words(view))
    if view.gait == WALK:
        return Answer("You walked: this recording holds no running.", *_described(view))
    if view.session:
        return Answer(*repeats_answer(view))
    if not view.has_change(name, key):
        return _too_short(view)
    first, second = SENTENCES[entry.get("verdict", "not_tested")](view, name, key, entry)
    return Answer(first, second, _more(view, name, key, entry))


def _nothing(view: View) -> Answer:
    n = int((view.quality.get("stances") or {}).get("n") or 0)
    if n:
        return Answer(
            f"{plural(n, 'step was', 'steps were')} found, but none could be used.",
            "The reasons stand under “How good are these data?”.",
            "Look there first; a longer recording or a tighter strap often helps.",
        )
    return Answer(
        "No steps were found in this recording.",
        "So this page cannot say how you moved.",
        "What you can do: check that the sensors were worn and switched on, that each file is "
        "named after its place on the body, and that the units in its header are right.",
    )


def _described(view: View) -> tuple[str, str]:
    n = int(view.strides["valid"].sum())
    text = f"{plural(n, 'step is', 'steps are')} described below."
    return text, "Fresh is compared with the end for running only."


MUCH_LOST_PCT: Final = 25.0
"""with more samples lost, they are what a comparison lacks, %"""


def _too_short(view: View) -> Answer:
    n = int(view.strides["valid"].sum())
    seconds = view.axis.end_s - view.axis.start_s
    length = f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
    stances = view.quality.get("stances") or {}
    reasons, steps = stances.get("by_reason") or {}, int(stances.get("n") or 0)
    holes, clipped = (int(reasons.get(code) or 0) for code in ("gap", "gyro_clipped"))
    streams = (view.quality.get("streams") or {}).values()
    lost = max((float(s.get("missing_pct") or 0.0) for s in streams), default=0.0)
    if 2 * clipped > steps:
        return Answer(
            "A gyroscope reached its range in most steps: fresh and end cannot be compared.",
            f"{plural(n, 'step', 'steps')} in {length} are whole and described below.",
            "Set the sensor's range to ±2000 °/s, or ±1000 °/s at the least.",
        )
    if 2 * holes > steps or lost > MUCH_LOST_PCT:
        return Answer(
            "Too many samples are missing to compare fresh with the end.",
            f"{plural(n, 'step', 'steps')} in {length} are whole and described below.",
            "Wear the receiver close to the sensors, or let them store the data themselves.",
        )
    return Answer(
        f"This {view.word} is too short to compare fresh with the end.",
        f"{plural(n, 'step', 'steps')} in {length} are described below.",
        "A run of 20 minutes or more shows how you change as you tire.",
    )


def _slip_words(view: View) -> str:
    size_deg = view.slip.get("size_deg")
    if size_deg is None:
        return "Nothing is claimed about the time after it."
    jump = f"{float(size_deg):.0f}°"
    if view.slip.get("placement") == "pelvis" and not view.slip.get("sagittal"):
        return f"Left and right jumped apart by {jump}. Nothing is claimed about the time after it."
    return f"Its angle jumped by {jump}. Nothing is claimed about the time after it."


def _more(view: View, name: str, key: str, entry: dict[str, Any]) -> str:
    parts = [_size_words(name, entry), _sides_words(view, name, key, entry)]
    if name != "shank_lean_mean":
        parts.append(_lean_words(view))
    return " ".join(p for p in parts if p)


def _size_words(name: str, entry: dict[str, Any]) -> str:
    """Where the estimate lies against the smallest change that matters; untested only."""
    if entry.get("verdict") != "not_tested":
        return ""
    outcome = BY_NAME[name]
    estimate = abs(float(entry["estimate"]))
    matters = size(outcome.matters, outcome.unit)
    if is_zero(estimate, outcome.unit) or abs(estimate - outcome.matters) < 0.05 * outcome.matters:
        return ""
    side = "more" if estimate > outcome.matters else "less"
    return f"It is {side} than the {matters} from which a change matters."


def _sides_words(view: View, name: str, key: str, entry: dict[str, Any]) -> str:
    """Whether both sides went the same way."""
    if key != "pooled" or not all(view.has_change(name, s) for s in SIDES):
        return ""
    unit = BY_NAME[name].unit
    left, right = (view.entry(name, s) for s in SIDES)
    a, b = float(left["estimate"]), float(right["estimate"])
    words = [
        "no change" if is_zero(v, unit) else amount(name, e) for v, e in ((a, left), (b, right))
    ]
    text = f"left {words[0]}, right {words[1]}"
    half = float(entry["estimate"]) / 2.0
    if is_zero(2 * half, unit) or "no change" in words:
        return f"{sentence(text)}."
    if a * b < 0:
        return f"The sides went different ways: {text}."
    both = min(abs(a), abs(b)) >= abs(half)
    return f"Both sides show it: {text}." if both else f"{sentence(text)}."


def _lean_words(view: View) -> str:
    name = "shank_lean_mean"
    told = [s for s in SIDES if view.has_change(name, s)]
    if not told:
        return ""
    unit = BY_NAME[name].unit
    if all(is_zero(float(view.entry(name, s)["estimate"]), unit) for s in told):
        who = "shanks" if len(told) == 2 else f"{told[0]} shank"
        return f"Your {who} leaned inward no further than when fresh."
    words = []
    for side in told:
        entry = view.entry(name, side)
        zero = is_zero(float(entry["estimate"]), unit)
        words.append("no further than when fresh" if zero else amount(name, entry))
    first = f"Your {told[0]} shank leaned inward {words[0]}"
    return f"{first}." if len(told) == 1 else f"{first}, your right one {words[1]}."
