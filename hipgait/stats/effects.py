"""Change of one outcome between the phases, with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hipgait.recording import FloatArray
from hipgait.stats.design import AFTER, BEFORE, FEWEST_RUNS, Design, Entry, build_design
from hipgait.stats.multiplicity import ALPHA
from hipgait.stats.nof1 import Coefficient, Fit, fit
from hipgait.stats.power import Power
from hipgait.stats.run_values import LEVEL


@dataclass(frozen=True)
class Effect:
    """Change after minus before, in the outcome's unit; None where too few runs.

    before, after : level of each phase at the standard pace, and its 95 % interval.
    ci : at the level ``alpha`` (0.05, less for corrected outcomes).  ci90 : at 2 alpha, for
        equivalence.  p : corrected where ``alpha`` is.  p_raw : as it is.
    adjusted : the change at equal cadence (estimate, low, high, p), where it could be fitted.
    points : per run, the value at the standard pace, for drawing.
    """

    n_before: int
    n_after: int
    verdict: str
    matters: float
    better: str
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci90_low: float | None = None
    ci90_high: float | None = None
    p: float | None = None
    p_raw: float | None = None
    alpha: float = ALPHA
    before: tuple[float, float, float] | None = None
    after: tuple[float, float, float] | None = None
    between_sd: float | None = None
    rho: float | None = None
    free: int | None = None
    covariates: tuple[str, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    adjusted: dict[str, float] | None = None
    power: Power | None = None
    points: dict[str, float] = field(default_factory=dict)
    coefficient: Coefficient | None = None
    model: Fit | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for comparison.json."""
        plain = (
            "n_before n_after verdict matters better estimate ci_low ci_high ci90_low ci90_high p "
            "p_raw alpha between_sd rho free adjusted"
        )
        out: dict[str, Any] = {k: getattr(self, k) for k in plain.split()}
        for name in (BEFORE, AFTER):
            level = getattr(self, name)
            keys = ("mean", "ci_low", "ci_high")
            out[name] = None if level is None else dict(zip(keys, level, strict=True))
        out["covariates"] = list(self.covariates)
        out["skipped"] = dict(self.skipped)
        out["power"] = None if self.power is None else self.power.to_dict()
        out["points"] = dict(self.points)
        return out


def verdict(
    estimate: float,
    interval: tuple[float, float],
    interval90: tuple[float, float],
    matters: float,
    better: str,
) -> str:
    """improved | worse | no_relevant_change | inconclusive, as the contract defines them."""
    if (interval[0] > 0.0 or interval[1] < 0.0) and abs(estimate) > matters:
        return "improved" if (estimate < 0.0) == (better == "less") else "worse"
    if -matters < interval90[0] and interval90[1] < matters:
        return "no_relevant_change"
    return "inconclusive"


def measured(
    entries: Sequence[Entry], outcome: str, key: str = "pooled", state: str = LEVEL
) -> list[Entry]:
    """The runs that have a value."""
    return [e for e in entries if e.run.get(outcome, key, state) is not None]


def numbers(
    entries: Sequence[Entry], outcome: str, key: str, state: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values, standard errors and places in time of runs that have them."""
    found = [e.run.get(outcome, key, state) for e in entries]
    pairs = np.array([f for f in found if f is not None], dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1], np.array([e.place for e in entries], dtype=np.float64)


def fitted(
    entries: Sequence[Entry], outcome: str, X: FloatArray, key: str = "pooled", state: str = LEVEL
) -> Fit:
    """The model of runs that all have a value, with the columns of X (n, p)."""
    y, error, order = numbers(entries, outcome, key, state)
    return fit(y, X, error, order)


def change(
    entries: Sequence[Entry],
    outcome: str,
    matters: float,
    better: str,
    pace: float | None,
    *,
    key: str = "pooled",
    state: str = LEVEL,
    cadence: bool = True,
    fewest: int = FEWEST_RUNS,
) -> Effect:
    """Change of an outcome between the phases.

    cadence : also give the change at equal cadence (not for cadence itself).
    """
    mine = measured(entries, outcome, key, state)
    n_before = sum(e.phase == BEFORE for e in mine)
    n_after = sum(e.phase == AFTER for e in mine)
    blank = Effect(n_before, n_after, "too_few_runs", matters, better)
    if min(n_before, n_after) < fewest:
        values = numbers(mine, outcome, key, state)[0] if mine else np.zeros(0)
        points = {e.run.name: float(v) for e, v in zip(mine, values, strict=True)}
        return replace(blank, points=points)
    y = numbers(mine, outcome, key, state)[0]
    design = build_design(mine, pace, factors=True)
    model = fitted(mine, outcome, design.X, key, state)
    found = model.coefficient(design.phase)
    levels = _levels(model, y, design)
    adjusted = None
    if cadence and outcome != "cadence":
        adjusted = _at_equal_cadence(mine, outcome, pace, key, state)
    effect = replace(
        blank,
        before=levels[0],
        after=levels[1],
        between_sd=model.tau,
        rho=model.rho,
        free=model.free,
        covariates=tuple(n for n in design.names if n not in ("intercept", AFTER)),
        skipped=design.skipped,
        adjusted=adjusted,
        points=_standardised(mine, y, model, design),
        coefficient=found,
        model=model,
    )
    return judged(effect, ALPHA, found.p)


def judged(effect: Effect, alpha: float, p: float) -> Effect:
    """The effect with interval and verdict at a level, and the p value that belongs to it."""
    if effect.coefficient is None:
        return effect
    found = effect.coefficient
    interval, narrow = found.interval(alpha), found.interval(2.0 * alpha)
    return replace(
        effect,
        verdict=verdict(found.estimate, interval, narrow, effect.matters, effect.better),
        estimate=found.estimate,
        ci_low=interval[0],
        ci_high=interval[1],
        ci90_low=narrow[0],
        ci90_high=narrow[1],
        alpha=alpha,
        p=p,
        p_raw=found.p,
    )


def _levels(
    model: Fit, y: FloatArray, design: Design
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Level before and after at the standard pace, on the commonest surface and shoe.

    The interval is that of the phase's own mean: it describes, the test is that of the difference.
    """
    a, b = model.coefficient(0), model.coefficient(design.phase)
    phase = design.X[:, design.phase] > 0.5
    first = (a.estimate, *a.interval(0.05))
    half = (first[2] - first[1]) / 2.0 * np.sqrt((~phase).sum() / phase.sum())
    middle = a.estimate + b.estimate
    return first, (middle, float(middle - half), float(middle + half))


def _standardised(
    entries: Sequence[Entry], y: FloatArray, model: Fit, design: Design
) -> dict[str, float]:
    """Values less what pace, surface and shoe explain."""
    keep = [i for i, n in enumerate(design.names) if n not in ("intercept", AFTER, "wash_in")]
    beta = model.weights @ model.estimates
    level = y - design.X[:, keep] @ beta[keep]
    return {e.run.name: float(v) for e, v in zip(entries, level, strict=True)}


def _at_equal_cadence(
    entries: Sequence[Entry], outcome: str, pace: float | None, key: str, state: str
) -> dict[str, float] | None:
    design = build_design(entries, pace, cadence=True)
    if "cadence" not in design.names:
        return None
    model = fitted(entries, outcome, design.X, key, state)
    found = model.coefficient(design.phase)
    low, high = found.interval(ALPHA)
    slope = model.coefficient(design.names.index("cadence")).estimate
    return {
        "estimate": found.estimate,
        "ci_low": low,
        "ci_high": high,
        "p": found.p,
        "per_spm": slope,
    }
