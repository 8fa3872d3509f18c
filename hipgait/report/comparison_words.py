"""Sentences of the comparison page: the answer for each verdict, and what stands at pictures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from hipgait.names import SIDES
from hipgait.report.comparison_view import ChangeRow, ComparisonView
from hipgait.report.facts import MONTHS
from hipgait.report.numbers import (
    change,
    interval,
    level,
    pace,
    plural,
    size,
)
from hipgait.report.phrases import PHRASES, VERDICTS
from hipgait.report.pieces import amount, half_width, is_zero, shank_words
from hipgait.report.view import BY_NAME
from hipgait.report.words import Answer

LEAST_RUNS: Final = 4
"""runs in a phase below which nothing is claimed (DESIGN.md, verdicts)"""
PLANNED_RUNS: Final = 8
"""runs in each phase that are worth planning for"""

NOW: Final = {
    "pelvic_drop_excursion": "your pelvis drops",
    "pelvic_drop_peak": "your pelvis stands",
    "shank_lean_mean": "your {shank} leans inward",
    "shank_lean_excursion": "your {shank} tilts sideways",
    "shank_angle_ic": "your foot lands",
    "hip_adduction_model": "your modelled hip adduction is",
    "contact_time": "your foot stays on the ground",
    "cadence": "you take",
    "peak_tibial_acceleration": "the impact at your {shank} is",
    "stride_time_cv": "the time of your strides varies",
    "pelvis_tilt_mean": "your pelvis tips forward",
}
"""outcome -> how a sentence about today begins; its end comes from PHRASES"""

STRONGER: Final = "You got stronger."
STRONGER_TOO: Final = (
    "You got stronger too; whether the one led to the other, these runs cannot tell."
)
COMMON: Final = "Getting stronger without a visible change in running form is common."


def sentence(text: str) -> str:
    """With a capital."""
    return text[:1].upper() + text[1:]


def then(view: ComparisonView) -> str:
    """What the later runs are compared with."""
    return "before the block" if view.block else "in the earlier runs"


def moved(view: ComparisonView, row: ChangeRow, limits: bool = False) -> str:
    """As "your pelvis drops 1.6° less than before the block (0.8 to 2.4 less)"."""
    subject = NOW[row.name].format(shank=shank_words(row.key))
    if row.key in SIDES and "{shank}" not in NOW[row.name]:
        subject = f"on the {row.key} leg {subject}"
    assert row.estimate is not None
    joint = "as" if is_zero(row.estimate, row.unit) else "than"
    text = f"{subject} {amount(row.name, row.entry)} {joint} {then(view)}"
    return text + (_limits(row) if limits else "")


def _limits(row: ChangeRow) -> str:
    """As " (0.8 to 2.4 less)" where both limits lie on one side."""
    if row.low is None or row.high is None:
        return ""
    if row.low * row.high <= 0:
        return f" ({interval(row.low, row.high, row.unit)})"
    near, far = sorted((abs(row.low), abs(row.high)))
    word = "more" if row.low > 0 else "less"
    return f" ({interval(near, far, row.unit)} {word})"


def _counted(view: ComparisonView) -> str:
    return f"these {len(view.of('before')) + len(view.of('after'))} runs"


def _excludes_zero(row: ChangeRow) -> bool:
    return row.low is not None and row.high is not None and (row.low > 0 or row.high < 0)


def _stronger(view: ComparisonView) -> bool:
    return bool(view.journal and view.journal.stronger)


def _changed(view: ComparisonView, row: ChangeRow) -> Answer:
    runs = (
        f"{plural(len(view.of('before')), 'run')} before and {len(view.of('after'))} after were "
        "compared, each counted once."
    )
    matters = size(row.matters, row.unit)
    return Answer(
        f"{sentence(moved(view, row, limits=True))}.",
        f"That is more than chance, and more than the {matters} from which a change matters.",
        f"{runs} {STRONGER_TOO}" if _stronger(view) else runs,
    )


def _unchanged(view: ComparisonView, row: ChangeRow) -> Answer:
    tail = f"{STRONGER[:-1]}: a common result." if _stronger(view) else COMMON
    if _excludes_zero(row) and row.estimate is not None and not is_zero(row.estimate, row.unit):
        return Answer(
            f"{sentence(moved(view, row))}: real, but too small to matter.",
            f"Any change is smaller than {size(row.matters, row.unit)}.",
            tail,
        )
    return Answer(
        f"Your {PHRASES[row.name].thing} is as it was {then(view)}: any change is smaller than "
        f"{size(row.matters, row.unit)}.",
        "",
        tail,
    )


def _inconclusive(view: ComparisonView, row: ChangeRow) -> Answer:
    strong = f"{STRONGER} " if _stronger(view) else ""
    if row.low is None or row.high is None or row.estimate is None:
        first = f"Whether your {PHRASES[row.name].thing} changed, {_counted(view)} cannot tell."
        return Answer(strong + first, "", COMMON)
    ends = [amount(row.name, {**row.entry, "estimate": v}) for v in (row.low, row.high)]
    if _excludes_zero(row):
        return Answer(
            f"{strong}{sentence(moved(view, row))}; whether that is large enough to matter, "
            f"{_counted(view)} cannot tell.",
            f"Anything from {ends[0]} to {ends[1]} fits the data.",
            "",
        )
    first = f"Whether your {PHRASES[row.name].thing} changed, {_counted(view)} cannot tell yet."
    zero = is_zero(row.estimate, row.unit)
    told = "no change" if zero else f"{amount(row.name, row.entry)} than {then(view)}"
    return Answer(
        strong + first,
        f"The best guess is {told}, but anything from {ends[0]} to {ends[1]} fits the data.",
        COMMON,
    )


def _too_few(view: ComparisonView, row: ChangeRow | None) -> Answer:
    before, after = len(view.of("before")), len(view.of("after"))
    if not before and not after:
        return Answer(
            "No finding: none of these runs could be used.",
            "The reason of each stands under “Left out”.",
            "",
        )
    shown = "the point is shown" if before + after == 1 else "the points are shown"
    return Answer(
        f"{plural(before, 'run')} before and {after} after: {shown}, nothing is claimed.",
        _would_show(view, row),
        "",
    )


def _would_show(view: ComparisonView, row: ChangeRow | None) -> str:
    seen = view.detectable.at(PLANNED_RUNS) if view.detectable and row else None
    if seen is None or row is None:
        return (
            f"From {LEAST_RUNS} runs in each phase on, this page compares; "
            f"{PLANNED_RUNS} and {PLANNED_RUNS} are a good plan."
        )
    told = size(seen, row.unit)
    return f"{PLANNED_RUNS} and {PLANNED_RUNS} would show a change of about {told}."


SENTENCES: Final[dict[str, Callable[[ComparisonView, ChangeRow], Answer]]] = {
    "improved": _changed,
    "worse": _changed,
    "no_relevant_change": _unchanged,
    "inconclusive": _inconclusive,
    "too_few_runs": _too_few,
}
"""verdict -> the answer"""


def answer(view: ComparisonView) -> Answer:
    """The answer on top of the page."""
    row = view.lead
    if row is None or row.estimate is None:
        return _too_few(view, row)
    return SENTENCES[row.verdict](view, row)


# ------------------------------------------------------------------------------ header, captions
def date(moment: datetime, year: bool = False) -> str:
    """As "2 March" or "2 March 2026"."""
    text = f"{moment.day} {MONTHS[moment.month - 1]}"
    return f"{text} {moment.year}" if year else text


def _stretch(starts: list[datetime]) -> str:
    """As ", 2 to 27 March 2026"; nothing without dates."""
    if not starts:
        return ""
    a, b = min(starts), max(starts)
    if a.date() == b.date():
        return f", {date(a, True)}"
    if (a.year, a.month) == (b.year, b.month):
        return f", {a.day} to {date(b, True)}"
    return f", {date(a, a.year != b.year)} to {date(b, True)}"


def header_facts(view: ComparisonView) -> str:
    """The line below the title."""
    parts = [view.athlete]
    for phase in ("before", "after"):
        runs = view.of(phase)
        known = [r.start_utc for r in runs if r.start_utc]
        parts.append(f"{phase}: {plural(len(runs), 'run')}{_stretch(known)}")
        if phase == "before" and view.block:
            last = view.block.end - timedelta(seconds=1)  # a midnight ends the day before it
            parts.append(f"block: {date(view.block.start)} to {date(last)}")
    if view.speed_mps:
        parts.append(f"at {pace(view.speed_mps)} /km")
    if view.question_fixed:
        parts.append(f"question fixed {date(view.question_fixed, True)}")
    return " · ".join(p for p in parts if p)


def runs_title(view: ComparisonView) -> str:
    """What the main picture shows, for those who hear it."""
    row, name = view.lead, view.lead_name
    unit = BY_NAME[name].unit
    text = (
        f"{PHRASES[name].title} of {plural(len(view.of('before')), 'run')} before and "
        f"{len(view.of('after'))} after."
    )
    if view.before is None or view.after is None:
        return text
    text = f"{text[:-1]}; mean {level(view.before.value, unit)} and {level(view.after.value, unit)}"
    if row is None or row.estimate is None:
        return f"{text}."
    told = f"{text}; change {change(row.estimate, unit, half_width(row.entry))}"
    limits = interval(row.low, row.high, unit)
    return f"{told}, interval {limits}, {VERDICTS[row.verdict].note}."


def runs_caption(view: ComparisonView) -> str:
    """Below the heading of the main picture."""
    row = view.lead
    outcome = BY_NAME[view.lead_name]
    key = row.key if row else "pooled"
    who = f"{key} side" if key in SIDES else "both sides together" if outcome.by_side else ""
    at = f"at {pace(view.speed_mps)} /km" if view.speed_mps else ""
    about = ", ".join(t for t in (who, at) if t)
    about = f", {about}," if about else ""
    text = f"One point is one run{about} with that run’s own 95 % interval."
    text += " Open: before. Filled: after."
    if view.before and view.before.low is not None:
        text += " Dark line and grey: mean and its 95 % interval."
    if any(r.value for r in view.left_out):
        text += " Cross: left out."
    return text


def sure_words(view: ComparisonView) -> str:
    """What the verdict means, beside the picture."""
    row = view.lead
    if row is None or row.estimate is None:
        return ""
    matters = size(row.matters, row.unit)
    if row.verdict == "inconclusive":
        if _excludes_zero(row):
            return (
                "is a finding, not a fault. There is a change; the interval does not say whether "
                f"it is larger than the {matters} that matters."
            )
        wide = [v for v in (row.low, row.high) if v is not None and abs(v) > row.matters]
        reach = f"a change that would matter ({matters})" if wide else "a change close to mattering"
        return f"is a finding, not a fault. The interval reaches from {reach} to none at all."
    if row.verdict == "no_relevant_change":
        return f"means shown to be smaller than {matters}, not merely “not found”."
    if row.verdict in ("improved", "worse"):
        return f"means: the interval leaves out zero, and the change is larger than {matters}."
    return ""


def detect_words(view: ComparisonView) -> str:
    """What these runs would have shown, and what more would."""
    found, row = view.detectable, view.lead
    before, after = len(view.of("before")), len(view.of("after"))
    if found is None or row is None or before + after == 0:
        return ""
    parts = []
    if found.now is not None:
        parts.append(
            f"With {before} and {after} runs, a true change of {size(found.now[1], row.unit)} "
            "would be found 4 times in 5."
        )
    for runs in (8, 12, 16, 24):
        seen = found.at(runs)
        if seen is not None and (found.now is None or runs > found.now[0] + 1.0):
            told = size(seen, row.unit)
            more = f"{runs} and {runs} runs"
            parts.append(
                f"{more}: {told}." if found.now else f"{more} would find {told} 4 times in 5."
            )
            break
    if found.source:
        parts.append(
            "You have too few runs to know how much you vary from one run to the next, "
            f"so this uses what was found in {found.source}."
        )
    if before and view.block:
        parts.append("More runs before the block can no longer be made.")
    return " ".join(parts)


def left_out_words(view: ComparisonView) -> list[str]:
    """As "monday_run (12 May): slipped sensor"."""
    out = []
    for run in view.left_out:
        when = f" ({date(run.start_utc)})" if run.start_utc else ""
        what = f"{PHRASES[view.lead_name].thing} " if run.left_out == "not measured" else ""
        out.append(f"{run.name}{when}: {what}{run.left_out}")
    return out


def goes_words(view: ComparisonView) -> list[str]:
    """As "Cadence 5 % higher goes with 1.4° less pelvic drop (0.6 to 2.2)."."""
    out = []
    name, unit = view.lead_name, BY_NAME[view.lead_name].unit
    for row in view.goes_with:
        found = row.estimate
        if found is None or row.verdict == "too_few_runs":
            few = not row.why or row.why[0].isdigit()  # else it is not for want of runs
            why = f" ({row.why})" if row.why else ""
            out.append(f"{row.what}: {'too few runs to tell' if few else 'cannot be told'}{why}.")
            continue
        half = None if found.low is None or found.high is None else (found.high - found.low) / 2.0
        if found.low is None or found.high is None or found.low * found.high > 0:
            word = "more" if found.value > 0 else "less"
            told = f"{size(found.value, unit, half)} {word} {PHRASES[name].thing}"
            ends = sorted(abs(v) for v in (found.low or 0.0, found.high or 0.0))
            limits = f" ({interval(ends[0], ends[1], unit)})" if found.low is not None else ""
            out.append(f"{row.what} goes with {told}{limits}.")
        else:
            told = f"{change(found.value, unit, half)} ({interval(found.low, found.high, unit)})"
            out.append(f"{row.what}: {told}; these runs cannot tell.")
    return out
