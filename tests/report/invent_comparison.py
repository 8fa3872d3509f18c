"""Invented comparisons: every state that the page must be able to show, made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from hipgait.report.comparison_view import (
    ChangeRow,
    ComparisonView,
    Detectable,
    Estimate,
    FreshTired,
    GoesWith,
    JournalRows,
    RunPoint,
    Session,
    Span,
    StanceChange,
    StrengthTest,
)

START = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
BLOCK = Span(START + timedelta(days=28), START + timedelta(days=83))
WASH_IN = Span(BLOCK.start, BLOCK.start + timedelta(days=14))


SORE = (2, 1, 4, 2, 2, 3, 1, 2, 3, 2, 1, 1, 2, 2, 4, 1, 2, 1, 2, 0, 1)


def _on(day: float) -> datetime:
    return START + timedelta(days=day)


def _run(name: str, phase: str, day: float, value: float, half: float = 0.35, out: str = ""):
    return RunPoint(name, phase, _on(day), Estimate(value, value - half, value + half), out)


def runs(before: int, after: int, change: float, seed: int = 3) -> tuple[RunPoint, ...]:
    """Runs with a scatter of 0.6 deg between runs."""
    rng = np.random.default_rng(seed)
    out = []
    for k, day in enumerate(np.linspace(0, 25, before)):
        out.append(_run(f"before {k + 1}", "before", day, 5.6 + 0.6 * rng.standard_normal()))
    for k, day in enumerate(np.linspace(32, 80, 8)):
        value = 5.6 + change * k / 8 + 0.6 * rng.standard_normal()
        out.append(_run(f"in the block {k + 1}", "block", day, value))
    for k, day in enumerate(np.linspace(86, 111, after)):
        value = 5.6 + change + 0.6 * rng.standard_normal()
        out.append(_run(f"after {k + 1}", "after", day, value))
    return tuple(out)


def row(name: str = "pelvic_drop_excursion", key: str = "pooled", **more) -> ChangeRow:
    """A row of the table with sensible defaults."""
    given = {
        "aspect": "level", "before": 5.6, "after": 5.1, "estimate": -0.5, "low": -1.2,
        "high": 0.2, "p": 0.16, "could_see": 0.9, "verdict": "inconclusive", "matters": 1.0,
    }  # fmt: skip
    return ChangeRow(name, key, **{**given, **more})


def others() -> tuple[ChangeRow, ...]:
    """Secondary outcomes."""
    return (
        row(aspect="rise", before=1.2, after=0.7, p=0.62),
        row("shank_lean_mean", "left", before=0.7, after=0.5, estimate=-0.2, low=-0.8, high=0.4,
            p=1.0, could_see=0.8, verdict="no_relevant_change"),
        row("shank_lean_mean", "right", before=0.4, after=0.4, estimate=0.0, low=-0.6, high=0.6,
            p=1.0, could_see=0.8, verdict="no_relevant_change"),
        row("shank_angle_ic", before=7.4, after=6.1, estimate=-1.3, low=-2.1, high=-0.5, p=0.008,
            could_see=1.0, verdict="improved"),
        row("cadence", before=166.0, after=169.2, estimate=3.1, low=0.2, high=6.0, p=0.27,
            could_see=4.0, matters=3.0),
        row("contact_time", before=246.0, after=243.0, estimate=-3.0, low=-10.0, high=4.0, p=1.0,
            could_see=9.0, matters=15.0, verdict="no_relevant_change"),
        row("peak_tibial_acceleration", before=6.4, after=11.9, estimate=5.5, low=3.9, high=7.1,
            p=0.0004, could_see=1.9, matters=1.5, verdict="worse"),
        row("pelvis_tilt_mean", before=9.0, after=9.4, estimate=0.4, low=-1.8, high=2.6, p=1.0,
            could_see=3.1, matters=1.5),
    )  # fmt: skip


def stance(change: float, leaves: bool) -> tuple[StanceChange, ...]:
    """Curves of both sides."""
    pct = np.linspace(0, 1, 101)
    bump = np.sin(np.pi * np.clip(pct / 0.8, 0, 1)) ** 2
    base = -1.0 + 5.6 * bump - 3.0 * pct
    half = 0.9 + 0.3 * np.sin(np.pi * pct)
    out = ((22.0, 57.0),) if leaves else ()
    return tuple(
        StanceChange("pelvic_drop", side, base + k, base + k + change * bump, -half, half, out)
        for k, side in enumerate(("left", "right"))
    )


def tired(change: float) -> tuple[FreshTired, ...]:
    """Fresh and end, three panels."""
    out = []
    for key, base in (("left", 5.1), ("pooled", 5.0), ("right", 4.9)):
        fresh, end = (
            Estimate(base, base - 0.45, base + 0.45),
            Estimate(base + 1.2, base + 0.7, base + 1.7),
        )
        later = tuple(
            Estimate(e.value + change - d, (e.low or 0) + change - d, (e.high or 0) + change - d)
            for e, d in ((fresh, 0.0), (end, 0.5))
        )
        out.append(FreshTired(key, (fresh, end), later, 1.2, 0.7))
    return tuple(out)


def could_show(now: tuple[float, float] | None) -> Detectable:
    """A curve of detectable change."""
    n = np.arange(4, 25, dtype=np.float64)
    return Detectable(n, 2.55 / np.sqrt(n), now)


def journal(stronger: bool | None = True) -> JournalRows:
    """Sessions, side plank and soreness."""
    days = [d for w in range(8) for d in (28 + 7 * w, 30 + 7 * w, 33 + 7 * w)][:21]
    weeks = (27, 54, 82, 110)
    return JournalRows(
        tuple(Session(_on(d), 8 + 0.5 * k) for k, d in enumerate(days)),
        (24, 24),
        21,
        (
            StrengthTest(
                "Side plank, held", "s",
                tuple((_on(d), v) for d, v in zip(weeks, (48, 60, 74, 73), strict=True)),
                tuple((_on(d), v) for d, v in zip(weeks, (55, 66, 79, 80), strict=True)),
            ),
        ),
        tuple((_on(d + 2), float(v)) for d, v in zip(days, SORE, strict=True)),
        3.0,
        stronger,
    )  # fmt: skip


METHOD = (
    "whole runs are the unit; generalised least squares with phase, pace and shoe; AR(1) between "
    "runs; weights from each run’s own error; the first two weeks of the block are not compared."
)


def view(
    verdict: str, change: float, low: float, high: float, before: int = 8, after: int = 9, **more
) -> ComparisonView:
    """A whole comparison of the primary outcome."""
    lead = row(estimate=change, low=low, high=high, verdict=verdict, after=5.6 + change,
               primary=True, p=0.16 if low * high < 0 else 0.002)  # fmt: skip
    given = ComparisonView(
        athlete="Sample runner",
        rows=(lead, *others()),
        runs=runs(before, after, change),
        before=Estimate(5.6, 5.1, 6.1),
        after=Estimate(5.6 + change, 5.1 + change, 6.1 + change),
        speed_mps=1000.0 / 310.0,
        block=BLOCK,
        wash_in=WASH_IN,
        question_fixed=datetime(2026, 3, 1, tzinfo=UTC),
        detectable=could_show((8.5, 0.9)),
        fresh_tired=tired(change),
        fresh_words="Fresh: minutes 5 to 15. End: minutes 40 to 50, the same for every run.",
        curves=stance(change, low * high > 0 and abs(change) > 1.0),
        method=METHOD,
        versions="hipgait 0.1.0",
    )
    return replace(given, **more)


def too_few() -> ComparisonView:
    """Three runs before, two after."""
    lead = row(estimate=None, low=None, high=None, p=None, could_see=None, before=None, after=None,
               verdict="too_few_runs", primary=True)  # fmt: skip
    base = view("inconclusive", -0.5, -1.2, 0.2, 3, 2)
    return replace(base, rows=(lead,), before=None, after=None, detectable=could_show(None),
                   fresh_tired=(), curves=())  # fmt: skip


def withdrawn() -> ComparisonView:
    """Two runs left out, one of them with a value."""
    found = runs(8, 9, -1.6)
    out = (
        _run("trail <b>run</b>", "before", 12.0, 7.3, out="trail instead of road"),
        RunPoint("slipped", "after", _on(100.0), None, "the back sensor slipped at minute 21"),
    )
    return view("improved", -1.6, -2.4, -0.8, runs=(*found, *out), journal=journal(),
                goes_with=(
                    GoesWith("Cadence 5 % higher", Estimate(-1.4, -2.2, -0.6), "improved"),
                    GoesWith("Trail instead of road", None, "too_few_runs"),
                    GoesWith("Older shoes", Estimate(0.3, -0.5, 1.1), "inconclusive"),
                ))  # fmt: skip


def nothing() -> ComparisonView:
    """Every run left out."""
    base = too_few()
    out = tuple(replace(r, value=None, left_out="no pelvis sensor") for r in base.runs)
    return replace(
        base, runs=out, detectable=None, block=None, wash_in=None, question_fixed=None,
        speed_mps=None,
    )  # fmt: skip


def undated() -> ComparisonView:
    """No run has a date; the question was not fixed."""
    base = view("no_relevant_change", -0.4, -0.7, -0.1)
    known = tuple(replace(r, start_utc=None) for r in base.runs if r.phase != "block")
    return replace(
        base, runs=known, block=None, wash_in=None, question_fixed=None, speed_mps=None,
        simulated=True,
    )  # fmt: skip


STATES = {
    "improved": lambda: view("improved", -1.6, -2.4, -0.8),
    "worse": lambda: view("worse", 1.7, 0.9, 2.5),
    "no_relevant_change": lambda: view("no_relevant_change", 0.1, -0.5, 0.7, journal=journal()),
    "small_but_real": undated,
    "inconclusive": lambda: view("inconclusive", -0.5, -1.2, 0.2, journal=journal()),
    "rise_unclear": lambda: view("inconclusive", 1.0, 0.1, 1.9),
    "too_few_runs": too_few,
    "withdrawn": withdrawn,
    "nothing": nothing,
}
