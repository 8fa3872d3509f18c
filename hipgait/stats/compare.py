"""Before against after: from run values and a plan to everything that a report is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from hipgait.errors import InputError
from hipgait.names import OUTCOMES, SIDES
from hipgait.recording import RunInfo
from hipgait.settings import FindingsSettings
from hipgait.stats.associations import Association, associations
from hipgait.stats.cautions import cautions, first_after
from hipgait.stats.curves import CurveChange, compare_curves
from hipgait.stats.design import (
    AFTER,
    BEFORE,
    WASH_IN,
    Design,
    Entry,
    build_design,
    standard_pace,
)
from hipgait.stats.effects import Effect, change, judged, measured, numbers
from hipgait.stats.multiplicity import ALPHA
from hipgait.stats.nof1 import CORRELATIONS, fit
from hipgait.stats.plan import Plan
from hipgait.stats.power import Power, what_these_could_show
from hipgait.stats.random_start import RandomStart, random_start_test
from hipgait.stats.reliability import PUBLISHED, Reliability, reliability_of
from hipgait.stats.run_values import KEYS, STATES, RunValues
from hipgait.stats.states import corrected, states_of_primary, with_equal_distance

SCHEMA_VERSION: Final = "1.0"
"""Version of comparison.json (docs/comparison.schema.json). Keys are only ever added."""


@dataclass(frozen=True)
class Comparison:
    """Everything that a comparison report is drawn from.

    entries : the runs that count, with their phases, in order of time.
    left_out : name of a run -> why it does not count (for the primary outcome).
    aside : those runs with the phase in which they were given, so that a report can show them.
    effects : outcome -> change; ``sides`` the same for left and right, at the same level.
    states : early | late | drift | equal_distance -> change of the primary outcome.
    distance : {unit, end, length, short} of the equal distance.
    document : the whole content of comparison.json.
    """

    plan: Plan
    plan_fixed: str
    pace_mps: float | None
    entries: tuple[Entry, ...]
    left_out: dict[str, str]
    aside: tuple[Entry, ...]
    effects: dict[str, Effect]
    sides: dict[str, dict[str, Effect]]
    states: dict[str, Effect]
    distance: dict[str, Any]
    reliability: dict[str, Reliability]
    associations: tuple[Association, ...]
    curves: tuple[CurveChange, ...]
    random_start: RandomStart | None
    notes: tuple[str, ...]
    journal: Path | None = None
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def primary(self) -> Effect:
        """The change that decides."""
        return self.effects[self.plan.primary]


def compare_runs(
    before: Sequence[RunValues],
    after: Sequence[RunValues],
    plan: Plan | None = None,
    settings: FindingsSettings | None = None,
    journal: Path | None = None,
) -> Comparison:
    """Compare two phases.

    Parameters
    ----------
    before, after : runs, in order of time where they have no date.
    plan : what was fixed beforehand; the defaults without one.
    journal : strength journal for the report; not used in any number here.

    Raises
    ------
    InputError : a phase is empty, or a run is given twice.
    """
    plan = plan or Plan()
    _check(before, after)
    runs, distance = with_equal_distance([*before, *after], settings or FindingsSettings())
    entries, left_out = _entries(runs[: len(before)], runs[len(before) :], plan)
    pace = standard_pace(entries, plan.pace_mps)
    effects, sides = _effects(entries, plan, pace)
    notes = cautions(entries, runs, plan, effects[plan.primary])
    made = Comparison(
        plan=plan,
        plan_fixed=plan.fixed(first_after(entries)),
        pace_mps=pace,
        entries=tuple(entries),
        left_out=left_out,
        aside=_aside(before, after, left_out),
        effects=effects,
        sides=sides,
        states=states_of_primary(entries, plan, pace),
        distance=distance,
        reliability={o.name: reliability_of(entries, o.name, effects[o.name]) for o in OUTCOMES},
        associations=associations(entries, plan.primary, pace),
        curves=compare_curves(entries, _inflation(effects[plan.primary])),
        random_start=_random_start(entries, plan, pace),
        notes=tuple(notes),
        journal=journal,
    )
    return replace(made, document=_document(made))


# ---------------------------------------------------------------------------------- the runs


def _check(before: Sequence[RunValues], after: Sequence[RunValues]) -> None:
    for runs, phase in ((before, BEFORE), (after, AFTER)):
        if not runs:
            raise InputError(f"no run {phase} the block", f"Give runs with --{phase}")
    names = [r.name for r in (*before, *after)]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise InputError(f"{twice} is given twice", "Name each run once, in one phase")


def _entries(
    before: Sequence[RunValues], after: Sequence[RunValues], plan: Plan
) -> tuple[list[Entry], dict[str, str]]:
    """Runs with their phases in order of time, and those that are left out."""
    left_out: dict[str, str] = {}
    rows: list[tuple[RunValues, str]] = []
    for runs, phase in ((before, BEFORE), (after, AFTER)):
        for run in runs:
            day = None if run.start is None else run.start.date()
            if plan.excludes(run.name, day):
                left_out[run.name] = "left out by the plan"
            elif plan.primary in run.out:
                left_out[run.name] = run.out[plan.primary]
            else:
                washing = phase == AFTER and plan.in_wash_in(day)
                rows.append((run, WASH_IN if washing else phase))
    if all(run.start is not None for run, _ in rows):
        rows.sort(key=lambda row: (row[0].start.timestamp() if row[0].start else 0.0, row[0].name))
    return [Entry(run, phase, i) for i, (run, phase) in enumerate(rows)], left_out


def _aside(
    before: Sequence[RunValues], after: Sequence[RunValues], left_out: dict[str, str]
) -> tuple[Entry, ...]:
    """The runs that are left out; their place counts among themselves."""
    rows = [(r, BEFORE) for r in before] + [(r, AFTER) for r in after]
    return tuple(
        Entry(run, phase, i)
        for i, (run, phase) in enumerate((r, p) for r, p in rows if r.name in left_out)
    )


# --------------------------------------------------------------------------------- the effects


def _effects(
    entries: list[Entry], plan: Plan, pace: float | None
) -> tuple[dict[str, Effect], dict[str, dict[str, Effect]]]:
    """Every outcome, corrected within its family, and its sides at the same level."""
    raw = {
        o.name: change(entries, o.name, plan.change_that_matters(o.name), plan.wanted(o.name), pace)
        for o in OUTCOMES
    }
    effects = {plan.primary: raw[plan.primary]}
    for role in ("secondary", "exploratory"):
        effects |= corrected({n: e for n, e in raw.items() if plan.role(n) == role})
    sides: dict[str, dict[str, Effect]] = {}
    for outcome in OUTCOMES:
        name = outcome.name
        effects[name] = replace(effects[name], power=_power(entries, name, effects[name], plan))
        if not outcome.by_side:
            continue
        found = {
            s: change(
                entries,
                name,
                plan.change_that_matters(name),
                plan.wanted(name),
                pace,
                key=s,
                cadence=False,
            )
            for s in SIDES
        }
        alpha = effects[name].alpha
        sides[name] = {
            s: e if e.coefficient is None else judged(e, alpha, e.coefficient.p)
            for s, e in found.items()
        }
    return {o.name: effects[o.name] for o in OUTCOMES}, sides


def _power(entries: list[Entry], name: str, effect: Effect, plan: Plan) -> Power | None:
    """From the athlete's own scatter; from a published one where there are too few runs."""
    mine = measured(entries, name)
    matters = plan.change_that_matters(name)
    error = float(np.median(numbers(mine, name, "pooled", "level")[1])) if mine else 0.0
    if effect.model is not None and effect.coefficient is not None:
        return what_these_could_show(
            effect.n_before,
            effect.n_after,
            effect.model.tau,
            error,
            matters,
            covariates=len(effect.covariates),
            correlation=effect.model.weights,
            standard_error=effect.coefficient.standard_error,
            free=effect.model.free,
            alpha=effect.alpha,
        )
    known = PUBLISHED.get(name)
    if known is None:
        return None
    source = known.source
    return what_these_could_show(
        effect.n_before, effect.n_after, known.sem, 0.0, matters, source=source
    )


def _inflation(effect: Effect) -> float:
    """How much wider than for independent runs the interval of the primary outcome is, >= 1."""
    if effect.model is None or effect.coefficient is None:
        return 1.0
    at_zero = int(np.argmin(np.abs(CORRELATIONS)))
    return max(1.0, effect.coefficient.standard_error / float(effect.coefficient.scales[at_zero]))


def _random_start(entries: list[Entry], plan: Plan, pace: float | None) -> RandomStart | None:
    if plan.random_start is None:
        return None
    count = (plan.random_start[1] - plan.random_start[0]).days + 1
    if plan.block_start is None:
        return RandomStart(None, count, None, "the plan names no block_start")
    mine = measured(entries, plan.primary)
    days = [e.day for e in mine if e.day is not None]
    if len(days) < len(mine):
        return RandomStart(None, count, None, "a run has no date")
    y, error, order = numbers(mine, plan.primary, "pooled", "level")
    design = build_design(mine, pace, factors=False)
    keep = [i for i, n in enumerate(design.names) if n in ("intercept", "pace")]
    null = Design(design.X[:, keep], tuple(design.names[i] for i in keep), {})
    model = fit(y, null.X, error, order)
    residual = y - null.X @ (model.weights @ model.estimates)
    weight = 1.0 / np.maximum(error**2 + model.tau**2, 1e-12)
    wash_in = timedelta(weeks=plan.wash_in_weeks)
    return random_start_test(days, residual, weight, plan.block_start, plan.random_start, wash_in)


# ---------------------------------------------------------------------------------- the document


def _document(c: Comparison) -> dict[str, Any]:
    """The content of comparison.json."""
    from hipgait import __version__

    return {
        "schema_version": SCHEMA_VERSION,
        "plan": {**c.plan.to_dict(), "fixed": c.plan_fixed},
        "primary": c.plan.primary,
        "pace_mps": c.pace_mps,
        "runs": [_run(e) for e in c.entries],
        "left_out": [{"name": n, "why": w} for n, w in c.left_out.items()],
        "outcomes": {
            o.name: {
                "role": c.plan.role(o.name),
                "unit": o.unit,
                "label": o.label,
                **c.effects[o.name].to_dict(),
                **{s: e.to_dict() for s, e in c.sides.get(o.name, {}).items()},
            }
            for o in OUTCOMES
        },
        "states": {k: e.to_dict() for k, e in c.states.items()},
        "distance": c.distance,
        "reliability": {n: r.to_dict() for n, r in c.reliability.items()},
        "associations": [a.to_dict() for a in c.associations],
        "curves": [k.to_dict() for k in c.curves],
        "random_start": None if c.random_start is None else c.random_start.to_dict(),
        "notes": list(c.notes),
        "journal": None if c.journal is None else str(c.journal),
        "alpha": ALPHA,
        "versions": {"hipgait": __version__},
    }


def _run(entry: Entry) -> dict[str, Any]:
    run = entry.run
    values = {
        state: {
            name: {k: {"value": v[0], "se": v[1]} for k, v in keys.items() if k in KEYS}
            for name, keys in rows.items()
        }
        for state, rows in run.values.items()
        if state in ("level", "drift", *STATES)
    }
    return {
        "name": run.name,
        "phase": entry.phase,
        "start_utc": RunInfo(run.start).start_texts()["start_utc"],
        "surface": run.surface,
        "shoe": run.shoe,
        "fatigued": run.fatigued,
        "pace_mps": run.pace_mps,
        "pace_estimated": run.pace_estimated,
        "cadence_spm": run.cadence_spm,
        "minutes": run.minutes,
        "km": run.km,
        "values": values,
        "out": dict(run.out),
    }
