"""Findings and the truth of a simulated run, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from hipgait.names import OUTCOMES, POOLED, SIDES, Outcome

if TYPE_CHECKING:
    import pandas as pd

    from hipgait.recording import FloatArray
    from hipgait.results import RunResult

SAME_S: Final = 0.06
"""Two contacts of one side closer than this are the same contact, s."""

DECIMALS: Final = {"deg": 1, "ms": 0, "spm": 0, "g": 1, "%": 1}
"""Never finer than can be measured."""


HEADLINE: Final = "pelvic_drop_excursion"
"""The outcome whose tested change the report opens with."""

CHANGE_ONLY: Final = frozenset({"pelvis_tilt_mean"})
"""Outcomes whose level no sensor can know: its zero is the anatomy's."""


class Line(NamedTuple):
    """One outcome: (found, true) of the fresh part, of the end, and of the change."""

    outcome: str
    side: str
    label: str
    unit: str
    fresh: tuple[float | None, float | None]
    end: tuple[float | None, float | None]
    change: tuple[float | None, float | None]


class Contacts(NamedTuple):
    """How the found contacts lie to the true ones. Errors: median and standard deviation, ms."""

    true: int
    found: int
    ic_ms: tuple[float, float]
    tc_ms: tuple[float, float]


class Tested(NamedTuple):
    """The change that the report quotes, its interval, and the truth's by the same test."""

    label: str
    found: float
    ci_low: float
    ci_high: float
    true: float


def compare(result: RunResult, truth: pd.DataFrame) -> tuple[list[Line], Contacts, list[Tested]]:
    """Set the findings of a run beside its truth.

    Parameters
    ----------
    result : what the analysis found.
    truth : one row a true stance, with the stride table's names.
    """
    from hipgait.settings import Settings
    from hipgait.stats.drift import add_tests
    from hipgait.stats.early_late import Parts, describe_change

    pairs = _pairs(result.strides, truth)
    true = truth.iloc[pairs[:, 1]].reset_index(drop=True)
    found = result.strides.iloc[pairs[:, 0]].reset_index(drop=True)
    for name in ("valid", "reason", "gait"):  # the truth of the stances that the findings rest on
        true[name] = found[name]
    for outcome in OUTCOMES:
        if outcome.column not in true:
            true[outcome.column] = np.nan
    for name in found.columns.difference(true.columns):  # covariates and marks of the same stances
        true[name] = found[name]
    span = {key: _pair(result.quality[f"{key}_s"]) for key in ("analysed", "early", "late")}
    parts = Parts(span["analysed"], span["analysed"], span["early"], span["late"])
    settings = Settings().findings
    changes = describe_change(true, True, parts, settings)
    tested = _tested(result.drift[HEADLINE], add_tests(true, changes, parts, settings)[HEADLINE])
    lines = [
        line
        for outcome in OUTCOMES
        for key in (POOLED, *SIDES)
        if (line := _line(outcome, key, result.drift[outcome.name], changes[outcome.name]))
    ]
    contacts = Contacts(
        len(truth),
        len(pairs),
        _error_ms(found["ic_s"], true["ic_s"]),
        _error_ms(found["tc_s"], true["tc_s"]),
    )
    return lines, contacts, tested


def _tested(found: dict[str, Any], true: dict[str, Any]) -> list[Tested]:
    """Both sides together, left, right; nothing where the run was not tested."""
    label = next(o.label for o in OUTCOMES if o.name == HEADLINE)
    out = []
    for key in (POOLED, *SIDES):
        ours, theirs = (entry if key == POOLED else entry.get(key) for entry in (found, true))
        if ours is None or theirs is None or None in (ours["ci_low"], theirs["ci_low"]):
            continue
        name = label if key == POOLED else key
        out.append(
            Tested(name, ours["estimate"], ours["ci_low"], ours["ci_high"], theirs["estimate"])
        )
    return out


def headline(tested: list[Tested]) -> str:
    """Why the report quotes another change than the table, and how that one compares."""
    rows = [
        f"  {t.label:<14}{_number(t.found, 'deg', signed=True)} "
        f"({_number(t.ci_low, 'deg', signed=False)} to {_number(t.ci_high, 'deg', signed=False)})"
        f"   truth {_number(t.true, 'deg', signed=True)}"
        for t in tested
    ]
    return "\n".join(
        [
            "The table sets mean beside mean. The report quotes the change along the fitted",
            "course, from its very start to its very end: larger, where a drift is steady (deg,",
            "95 % interval; the truth by the same test):",
            *rows,
        ]
    )


def table(lines: list[Line]) -> str:
    """The comparison as text."""
    width = max((len(_title(line)) for line in lines), default=0)
    head = f"{'':<{width}}   {'fresh':^15}   {'end':^15}   {'change':^15}"
    rows = [head, f"{'':<{width}}" + f"   {'found':>7} {'truth':>7}" * 3]
    for line in lines:
        cells = [
            f"{_number(value, line.unit, signed=name == 'change'):>7}"
            for name in ("fresh", "end", "change")
            for value in getattr(line, name)
        ]
        pairs = "   ".join(f"{a} {b}" for a, b in zip(cells[::2], cells[1::2], strict=True))
        rows.append(f"{_title(line):<{width}}   {pairs}")
    return "\n".join(rows)


def _pairs(strides: pd.DataFrame, truth: pd.DataFrame) -> Any:
    """(k, 2) rows of strides and truth that are the same stance, in order of time."""
    found: list[tuple[int, int]] = []
    for side in SIDES:
        rows = np.flatnonzero((strides["side"] == side).to_numpy())
        others = np.flatnonzero((truth["side"] == side).to_numpy())
        if not len(rows) or not len(others):
            continue
        ic = strides["ic_s"].to_numpy(dtype=np.float64)[rows]
        near = _nearest(truth["ic_s"].to_numpy(dtype=np.float64)[others], ic)
        found += [
            (int(rows[i]), int(others[k]))
            for i, (k, off) in enumerate(zip(*near, strict=True))
            if abs(off) < SAME_S
        ]
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def _nearest(sorted_s: FloatArray, times_s: FloatArray) -> tuple[Any, FloatArray]:
    k = np.clip(np.searchsorted(sorted_s, times_s), 1, max(1, len(sorted_s) - 1))
    k = np.minimum(k, len(sorted_s) - 1)
    before = np.maximum(k - 1, 0)
    k = np.where(np.abs(sorted_s[before] - times_s) < np.abs(sorted_s[k] - times_s), before, k)
    return k, sorted_s[k] - times_s


def _error_ms(found: pd.Series[Any], true: pd.Series[Any]) -> tuple[float, float]:
    error = 1000.0 * (found.to_numpy(dtype=np.float64) - true.to_numpy(dtype=np.float64))
    error = error[np.isfinite(error)]
    if not len(error):
        return (float("nan"), float("nan"))
    return (float(np.median(error)), float(np.std(error)))


def _line(outcome: Outcome, key: str, found: dict[str, Any], true: dict[str, Any]) -> Line | None:
    """None where there is nothing to set side by side."""
    ours = found if key == POOLED else found.get(key)
    theirs = true if key == POOLED else true.get(key)
    if ours is None or theirs is None or theirs["estimate"] is None:
        return None
    # means are compared with means; the tested change of the report is another number
    change = ours.get("early_late", ours["estimate"])
    if change is None:
        return None
    level = outcome.name not in CHANGE_ONLY
    return Line(
        outcome.name,
        key,
        outcome.label,
        outcome.unit,
        (ours["early"], theirs["early"]) if level else (None, None),
        (ours["late"], theirs["late"]) if level else (None, None),
        (change, theirs["estimate"]),
    )


def _title(line: Line) -> str:
    side = {"left": ", left", "right": ", right"}.get(line.side, "")
    return f"{line.label}{side} ({line.unit})"


def _number(value: float | None, unit: str, *, signed: bool) -> str:
    if value is None or not np.isfinite(value):
        return "–"
    text = f"{value:{'+' if signed else ''}.{DECIMALS.get(unit, 1)}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "\N{MINUS SIGN}")


def _pair(span: Any) -> tuple[float, float]:
    return (float(span[0]), float(span[1]))
