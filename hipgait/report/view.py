"""What the figures draw: block means over the run and mean curves, taken from the findings.

Everything is aggregated here, so that a figure of an hour holds some fifty marks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from hipgait.names import OUTCOMES, RUN, SIDES, WALK, Outcome
from hipgait.recording import BoolArray, FloatArray
from hipgait.report.aggregates import PARTS, Blocks, Curve
from hipgait.report.scales import TimeAxis
from hipgait.stats.early_late import has_code, outcome_values, running, usable
from hipgait.stats.findings import RunFindings

BY_NAME: Final = {o.name: o for o in OUTCOMES}
MODEL: Final = "hip_adduction_model"
"""the outcome that is modelled and travels with its standard deviation"""
FEWEST_BLOCKS: Final = 12
"""a short run is cut into about this many blocks"""
MOST_BLOCKS: Final = 80
"""a very long one into at most about this many"""
SMALLEST_BLOCK: Final = 4
"""stances a side"""
FEWEST_STANCES: Final = 50
"""with fewer stances in a part, fresh and end are not compared"""


@dataclass(frozen=True)
class View:
    """The findings, prepared for drawing. Built once a report."""

    findings: RunFindings
    _cache: dict[tuple[str, str], Blocks] = field(default_factory=dict, compare=False)
    _curves: dict[tuple[str, str, str], Curve | None] = field(default_factory=dict, compare=False)

    @property
    def quality(self) -> dict[str, Any]:
        """Quality section of run.json."""
        return self.findings.quality

    @cached_property
    def strides(self) -> pd.DataFrame:
        """Stride table."""
        return self.findings.strides

    @cached_property
    def ic_s(self) -> FloatArray:
        """(n,) initial contacts, s."""
        return np.asarray(self.strides["ic_s"].to_numpy(dtype=np.float64))

    @cached_property
    def side(self) -> Any:
        """(n,) stance sides."""
        return self.strides["side"].to_numpy(dtype=object)

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """Sides that have stances."""
        return tuple(s for s in SIDES if bool((self.side == s).any()))

    @cached_property
    def gait(self) -> str:
        """The gait described: run, or walk where nobody ran."""
        gait = self.strides["gait"].to_numpy(dtype=object)
        return WALK if len(gait) and not bool((gait == RUN).any()) else RUN

    @property
    def word(self) -> str:
        """As "run" or "walk", for sentences."""
        return self.gait

    @cached_property
    def axis(self) -> TimeAxis:
        """Time since the first step of the run (jumps of a protocol before it do not count)."""
        if not len(self.ic_s):
            return TimeAxis(0.0, 1.0)
        whole = self.span("whole")
        start = whole[0] if whole else float(self.ic_s[0])
        if self.repeats:  # they may come before the steady part
            start = min(start, float(self.repeats["lines"][0]["start_s"]))
        last = self.strides["tc_s"].to_numpy(dtype=np.float64)
        end = np.nanmax(np.r_[self.ic_s[-1], last])
        return TimeAxis(start, float(end))

    @cached_property
    def stops(self) -> list[tuple[float, float]]:
        """Pauses within the run, (start, end) s."""
        spans = [(float(a), float(b)) for a, b in self.quality.get("stops") or []]
        return [(a, b) for a, b in spans if b > self.axis.start_s + 1.0 and a < self.axis.end_s]

    def span(self, key: str) -> tuple[float, float] | None:
        """``early``, ``late`` or ``analysed`` on the reference clock, s."""
        value = self.quality.get(f"{key}_s")
        return (float(value[0]), float(value[1])) if value else None

    @cached_property
    def _running(self) -> BoolArray:
        return running(self.strides)

    @cached_property
    def _turning(self) -> BoolArray:
        return has_code(self.strides, "turn")

    @cached_property
    def _slipped(self) -> BoolArray:
        return has_code(self.strides, "slip")

    @cached_property
    def part(self) -> Any:
        """(n,) part of the run of each stance."""
        part = np.full(len(self.ic_s), "middle", dtype=object)
        for key in ("early", "late"):
            span = self.span(key)
            if span:
                part[(self.ic_s >= span[0]) & (self.ic_s <= span[1])] = key
        analysed = self.span("analysed")
        if analysed:
            part[self.ic_s < analysed[0]] = "before"
            part[self.ic_s > analysed[1]] = "after"
        part[self._slipped] = "withdrawn"
        return part

    def chosen(self, outcome: Outcome) -> BoolArray:
        """(n,) stances whose values are drawn; those after a slip too, as withdrawn."""
        if self.gait == RUN:
            counted = usable(self.strides, outcome, self._running, self._turning)
        else:
            counted = self.strides["valid"].to_numpy(dtype=bool)
        values = self.strides[outcome.column].to_numpy(dtype=np.float64)
        alone = self.strides["reason"].to_numpy(dtype=object) == "slip"
        return np.asarray((counted | alone) & np.isfinite(values))

    @cached_property
    def per_side(self) -> int:
        """Stances a side in one block."""
        wanted = 90
        settings = self.findings.run.get("settings", {}).get("findings", {})
        wanted = int(settings.get("block_strides", wanted))
        n = int(self.strides["valid"].sum()) // max(1, len(self.sides))
        return max(SMALLEST_BLOCK, min(wanted, n // FEWEST_BLOCKS), n // MOST_BLOCKS)

    def blocks(self, name: str, key: str = "pooled") -> Blocks:
        """Block means of an outcome for ``left``, ``right`` or ``pooled``."""
        if (name, key) not in self._cache:
            self._cache[name, key] = self._make_blocks(BY_NAME[name], key)
        return self._cache[name, key]

    def _make_blocks(self, outcome: Outcome, key: str) -> Blocks:
        chosen = self.chosen(outcome)
        if key != "pooled":
            chosen = chosen & (self.side == key)
        values = outcome_values(self.strides, outcome)
        size = self.per_side * (len(self.sides) if key == "pooled" else 1)
        time: list[float] = []
        mean: list[float] = []
        part: list[str] = []
        for name in PARTS:
            rows = np.flatnonzero(chosen & (self.part == name))
            if not len(rows):
                continue
            pieces = max(1, round(len(rows) / max(size, 1)))
            for piece in np.array_split(rows, pieces):
                value = self._block_value(outcome, values[piece], self.side[piece], key)
                if np.isfinite(value):
                    time.append(float(self.ic_s[piece].mean()))
                    mean.append(value)
                    part.append(name)
        order = np.argsort(time)
        return Blocks(
            np.array(time)[order],
            np.array(mean)[order],
            tuple(part[i] for i in order),
            size,
        )

    def _block_value(self, outcome: Outcome, values: FloatArray, side: Any, key: str) -> float:
        """Mean of a block; pooled is the mean of the two sides' means."""
        if outcome.name == "stride_time_cv":
            groups = [values[side == s] for s in self.sides]
            spread = [100.0 * g.std(ddof=1) / g.mean() for g in groups if len(g) >= 10]
            return float(np.mean(spread)) if spread else float("nan")
        if key != "pooled":
            return float(values.mean())
        means = [values[side == s].mean() for s in self.sides if bool((side == s).any())]
        if outcome.by_side and len(means) < 2:
            return float("nan")
        return float(np.mean(means))

    def entry(self, name: str, key: str = "pooled") -> dict[str, Any]:
        """Change of an outcome; empty where it is not described or rests on too few stances.

        Where it was tested, ``early`` and ``late`` are the two ends of the fitted course.
        """
        whole = self.findings.drift.get(name, {})
        entry = whole if key == "pooled" else whole.get(key, {})
        fewest = FEWEST_STANCES // (2 if key != "pooled" else 1)
        if not entry or min(entry.get("n_early") or 0, entry.get("n_late") or 0) < fewest:
            return {}
        return _as_drawn(entry)

    def course(self, name: str, key: str = "pooled") -> tuple[FloatArray, FloatArray] | None:
        """Times in s and values of the fitted course, or None where nothing was tested."""
        found = self.entry(name, key).get("course")
        if not found or found["start"] is None:
            return None
        return np.array(found["time_s"]), found["start"] + np.array(found["change"])

    def has_change(self, name: str, key: str = "pooled") -> bool:
        """Whether fresh against end was described."""
        return self.entry(name, key).get("estimate") is not None

    @cached_property
    def compares(self) -> bool:
        """Whether fresh is compared with the end for any outcome."""
        return any(self.has_change(o.name, k) for o in OUTCOMES for k in ("pooled", *SIDES))

    def mean(self, name: str, key: str = "pooled") -> float | None:
        """Mean over the whole analysed run, in the printed unit."""
        blocks = self.blocks(name, key)
        values = blocks.value[blocks.analysed]
        return float(values.mean()) if len(values) else None

    def model_sd(self, key: str = "pooled") -> float | None:
        """Standard deviation of the level of the modelled hip adduction, deg (mean of a run)."""
        chosen = self.chosen(BY_NAME[MODEL])
        if key != "pooled":
            chosen = chosen & (self.side == key)
        sd = self.strides[f"{MODEL}_sd_deg"].to_numpy(dtype=np.float64)[chosen]
        known = sd[np.isfinite(sd)]
        return float(known.mean()) if len(known) else None

    @property
    def slip(self) -> dict[str, Any]:
        """The slip, or an empty dictionary."""
        slip = self.quality.get("slip") or {}
        return dict(slip) if slip.get("detected") else {}

    @property
    def repeats(self) -> dict[str, Any]:
        """The series of repeats (run.json), or an empty dictionary."""
        return dict(self.findings.run.get("repeats") or {})

    @property
    def session(self) -> bool:
        """Whether the repeats are the run: its drift is not tested then."""
        return self.repeats.get("role") == "session"

    @property
    def doubt(self) -> str | None:
        """Why sides or pelvis cannot be right: "sides_swapped", "no_drop" or None."""
        return self.quality.get("withdrawn")

    def doubted(self, name: str, key: str = "pooled") -> bool:
        """Whether neither level nor change of an outcome may be told."""
        whole = self.findings.drift.get(name, {})
        entry = whole if key == "pooled" else whole.get(key, {})
        return self.doubt is not None and entry.get("verdict") == "withdrawn"

    @cached_property
    def no_zero(self) -> bool:
        """True without a standing zero: levels of single sides are not known."""
        return self.findings.run.get("zero") == "none"

    def curve(self, name: str, side: str, part: str) -> Curve | None:
        """Mean stance curve of one side in ``early``, ``late`` or ``all`` of the run.

        Pelvic drop is counted from landing: what is drawn is the excursion that is quoted, and
        a sensor that sits askew does not set left and right apart.
        """
        at = (name, side, part)
        if at not in self._curves:
            self._curves[at] = self._make_curve(*at)
        return self._curves[at]

    def _rows(self, name: str, side: str, part: str) -> FloatArray | None:
        """(k, 101) complete curves of the chosen stances; None with fewer than three."""
        rows = self.findings.cycles.get(f"{name}_deg_stance")
        ids = self.findings.cycles.get("stride_id")
        if rows is None or ids is None or not len(rows):
            return None
        outcome = BY_NAME["pelvic_drop_excursion" if name == "pelvic_drop" else "shank_lean_mean"]
        if not np.isfinite(self.strides[outcome.column].to_numpy(dtype=np.float64)).any():
            outcome = BY_NAME["contact_time"]
        wanted = self.chosen(outcome) & (self.side == side) & (self.part != "withdrawn")
        if part != "all":
            wanted &= self.part == part
        keep = np.isin(ids, self.strides["stride_id"].to_numpy()[wanted])
        picked = np.asarray(rows, dtype=np.float64)[keep]
        picked = picked[np.isfinite(picked).all(axis=1)]
        return picked if len(picked) >= 3 else None

    def _make_curve(self, name: str, side: str, part: str) -> Curve | None:
        picked = self._rows(name, side, part)
        if picked is None:
            return None
        if name == "pelvic_drop":
            picked = picked - picked[:, :1]
        elif self.no_zero:
            picked = picked - self._landing(name, side, part, picked)
        pieces = max(1, round(len(picked) / max(self.per_side, 1)))
        means = np.array([p.mean(axis=0) for p in np.array_split(picked, pieces)])
        return Curve(picked.mean(axis=0), means.min(axis=0), means.max(axis=0), len(picked))

    def _landing(self, name: str, side: str, part: str, rows: FloatArray) -> float:
        """Value at landing when fresh: taken off where no level is known, so that changes stay."""
        first = float(rows[:, 0].mean())
        if part != "late":
            return first
        wanted = self._rows(name, side, "early")
        return first if wanted is None else float(wanted[:, 0].mean())

    def speed(self) -> Blocks | None:
        """Block means of the speed, m/s, or None where it is not known."""
        if "speed_mps" not in self.strides:
            return None
        values = self.strides["speed_mps"].to_numpy(dtype=np.float64)
        chosen = np.isfinite(values) & self.strides["valid"].to_numpy(dtype=bool)
        if not bool(chosen.any()):
            return None
        rows = np.flatnonzero(chosen)
        pieces = max(1, round(len(rows) / (self.per_side * max(1, len(self.sides)))))
        groups = np.array_split(rows, pieces)
        return Blocks(
            np.array([self.ic_s[g].mean() for g in groups]),
            np.array([values[g].mean() for g in groups]),
            tuple(str(self.part[g[len(g) // 2]]) for g in groups),
            len(rows) // pieces,
        )


def _as_drawn(entry: dict[str, Any]) -> dict[str, Any]:
    course = entry.get("course")
    if not course:
        return dict(entry)
    start, estimate = course["start"], entry["estimate"]
    end = None if start is None else start + estimate
    return {**entry, "early": start, "late": end}


def lead_outcome(view: View) -> tuple[str, str] | None:
    """The outcome that the answer and the picture are about: the first that was measured.

    Returns (outcome, "pooled" | "left" | "right"), or None where nothing was measured.
    """
    never = ("pelvic_drop_peak", "hip_adduction_model", "pelvis_tilt_mean")
    for outcome in (o for o in OUTCOMES if o.name not in never):
        keys = ("pooled", *view.sides) if outcome.by_side else ("pooled",)
        for key in keys:
            if len(view.blocks(outcome.name, key).value):
                return outcome.name, key
    return None
