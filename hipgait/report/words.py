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
    ENOUGH_MIN,
    TOO_FEW,
    UNPROVEN,
    amount,
    compared,
    half_width,
    is_zero,
    minute,
    onset_words,
    sentence,
    shank_words,
    told_change,
    why_untested,
)
from hipgait.report.repeats import repeats_answer
from hipgait.report.view import BY_NAME, View, lead_outcome
from hipgait.stats.blocks import FEWEST_STRIDES


@dataclass(frozen=True)
class Answer:
    """first, second : the two sentences on top.  more : what follows, one or two sentences."""

    first: str
    second: str
    more: str


def _not_tested(view: View, name: str, key: str, entry: dict[str, Any]) -> tuple[str, str]:
    first = f"By the end {compared(name, key, entry)}."
    why = "too few strides" if why_untested(entry) == TOO_FEW else why_untested(entry)
    end = f" could not be tested: {why}." if why else " has not been tested."
    if is_zero(float(entry["estimate"]), BY_NAME[name].unit):
        return first, f"How sure that is{end}"
    return first, f"Whether that is more than chance{end}"


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
    thing = PHRASES[name].thing
    if key in SIDES:
        by_shank = "{shank}" in PHRASES[name].subject
        thing = f"{key} {thing}" if by_shank else f"{thing} on the {key} leg"
    half = half_width(entry)
    none = is_zero(float(entry["estimate"]), BY_NAME[name].unit, half)
    told = "about the same" if none else amount(name, entry)
    return (
        f"This run cannot tell whether your {thing} changed: {told},",
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
    parts.append(_enough_words(entry))
    return " ".join(p for p in parts if p)


def _enough_words(entry: dict[str, Any]) -> str:
    """What a test would have needed, where there were too few strides."""
    if entry.get("verdict") != "not_tested" or why_untested(entry) != TOO_FEW:
        return ""
    return (
        f"A test needs {FEWEST_STRIDES} strides a side: a run of {ENOUGH_MIN} minutes or more, "
        "with few bends and stops."
    )


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
    """What each side did; an amount only where it is proven, or nothing is tested."""
    if key != "pooled" or not all(view.has_change(name, s) for s in SIDES):
        return ""
    unit = BY_NAME[name].unit
    entries = [view.entry(name, s) for s in SIDES]
    told = [told_change(name, e) for e in entries]
    verdicts = [str(e.get("verdict")) for e in entries]
    if told[0] == told[1] and verdicts[0] in UNPROVEN:
        return f"{sentence(told[0])} on either side."
    a, b = (float(e["estimate"]) for e in entries)
    if "not_tested" in verdicts:
        zero = [is_zero(v, unit) for v in (a, b)]
        told = ["no change" if z else t for z, t in zip(zero, told, strict=True)]
        return f"Left {told[0]}, right {told[1]} (not tested)."
    if verdicts != ["drifted", "drifted"]:
        pairs = list(zip(SIDES, told, verdicts, strict=True))
        plain = [f"{s} {t}" for s, t, v in pairs if v not in UNPROVEN]
        rest = [f"{t} on the {s}" for s, t, v in pairs if v in UNPROVEN]
        return f"{sentence('; '.join([*plain, *rest]))}."
    text = f"left {told[0]}, right {told[1]}"
    if a * b < 0:
        return f"The sides went different ways: {text}."
    return f"Both sides show it: {text}."


def _lean_words(view: View) -> str:
    name = "shank_lean_mean"
    entries = {s: view.entry(name, s) for s in SIDES if view.has_change(name, s)}
    if not entries:
        return ""
    kinds = {s: UNPROVEN.get(str(e.get("verdict")), "") for s, e in entries.items()}
    plain = [s for s in entries if not kinds[s]]
    if not plain and len(set(kinds.values())) == 1:
        who = shank_words(next(iter(kinds)) if len(kinds) == 1 else "pooled")
        return f"{sentence(next(iter(kinds.values())))} in how far your {who} leaned inward."
    untested = any(e.get("verdict") == "not_tested" for e in entries.values())
    text = _leaned(name, {s: entries[s] for s in plain})
    if not text:
        told = ", ".join(f"{kinds[s]} on the {s}" for s in entries)
        return f"Shank lean: {told}."
    rest = [f"{kinds[s]} at the {s} shank" for s in entries if kinds[s]]
    return f"{'; '.join([text, *rest])}{' (not tested)' if untested else ''}."


def _leaned(name: str, entries: dict[str, dict[str, Any]]) -> str:
    """Amounts of the sides, as "Your left shank leaned inward 1.0° more"."""
    unit = BY_NAME[name].unit
    words = {
        s: "no further than when fresh" if is_zero(float(e["estimate"]), unit) else amount(name, e)
        for s, e in entries.items()
    }
    if not words:
        return ""
    sides = list(words)
    if len(set(words.values())) == 1 and len(words) == 2:
        return f"Your shanks leaned inward {words[sides[0]]}"
    first = f"Your {sides[0]} shank leaned inward {words[sides[0]]}"
    return first if len(sides) == 1 else f"{first}, your right one {words['right']}"
