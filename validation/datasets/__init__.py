"""Public data sets that would validate more: recordings and reference events, as hipgait has them.

None is part of the project; docs/validation.md says how to get each. The loaders follow documented
layouts and were tested on files that the tests write, not on the originals: each says what could
not be verified. ``python -m validation.datasets NAME FOLDER`` compares.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hipgait.recording import Recording

Array = NDArray[np.float64]
MATCH_S = 0.060
"""Events further apart do not belong together, s."""


@dataclass(frozen=True)
class Trial:
    """One recording with its reference.

    ic_s, tc_s : (k,), (m,) s on the recording's clock; empty where there is no reference.
    one_clock : False where the reference runs on a clock of its own (an offset is then searched).
    """

    name: str
    recording: Recording
    ic_s: Array = field(default_factory=lambda: np.empty(0))
    tc_s: Array = field(default_factory=lambda: np.empty(0))
    one_clock: bool = True


def best_offset(found: Array, truth: Array, step_s: float = 0.005) -> float:
    """Offset (s) of two clocks at which most events meet within ``MATCH_S``."""
    if not len(found) or not len(truth):
        return 0.0
    reach = max(float(np.ptp(found)), float(np.ptp(truth)))
    shifts = np.arange(-reach, reach, step_s) + found[0] - truth[0]
    score = [np.sum(np.abs(nearest(truth + s, found)) < MATCH_S) for s in shifts]
    best = shifts[np.flatnonzero(np.array(score) == max(score))]
    middle = float(best[len(best) // 2])
    apart = nearest(truth + middle, found)
    return middle - float(np.median(apart[np.abs(apart) < MATCH_S]))


def nearest(events: Array, others: Array) -> Array:
    """(n,) distance of each event to the nearest of the others, s."""
    at = np.clip(np.searchsorted(others, events), 1, max(len(others) - 1, 1))
    low, high = others[np.clip(at - 1, 0, len(others) - 1)], others[np.minimum(at, len(others) - 1)]
    return np.asarray(events - np.where(np.abs(events - low) < np.abs(events - high), low, high))


def compare(trial: Trial, strides: pd.DataFrame) -> dict[str, float]:
    """How the stances that hipgait found meet the reference.

    Returns
    -------
    stances, truth : numbers.  recall, precision : within ``MATCH_S``.  ic_ms, ic_sd_ms, tc_ms,
    tc_sd_ms : mean and SD of the error, found minus true (of the IC without its mean where the
    clocks differ).
    """
    found = np.sort(strides["ic_s"].to_numpy(dtype=np.float64))
    out = {"stances": float(len(found)), "truth": float(len(trial.ic_s))}
    if not len(trial.ic_s) or not len(found):
        return out
    shift = 0.0 if trial.one_clock else best_offset(found, trial.ic_s)
    truth = np.sort(trial.ic_s) + shift
    inside = found[(found > truth[0] - MATCH_S) & (found < truth[-1] + MATCH_S)]
    error = nearest(inside, truth)
    hit = np.abs(error) < MATCH_S
    out["recall"] = float(np.mean(np.abs(nearest(truth, found)) < MATCH_S))
    out["precision"] = float(hit.mean()) if len(hit) else 0.0
    out["ic_ms"], out["ic_sd_ms"] = 1e3 * float(error[hit].mean()), 1e3 * float(error[hit].std())
    ends = strides["tc_s"].dropna().to_numpy(dtype=np.float64)
    if len(trial.tc_s) and len(ends):
        late = nearest(ends, np.sort(trial.tc_s) + shift)
        late = late[np.abs(late) < MATCH_S]
        out["tc_ms"], out["tc_sd_ms"] = 1e3 * float(late.mean()), 1e3 * float(late.std())
    return out
