"""Running speed: given, or estimated from the signals.

Three sources: what the run's information says; the distance a shank travels between two
mid-stances, where the ankle stands still on the ground or moves with the belt; the velocity the
pelvis gained between standing still and its first strides. The strides follow every change of pace,
but their scale depends on the sensor's height over the ankle and on how the ankle rolls; the start
depends on nothing and sets that scale, except on a treadmill that starts under a standing runner,
where it is near zero.

An estimated speed serves the centripetal correction (20 % of error cost 0.1-0.3 deg in bends) and
the leg stiffness; it is marked ``estimated``.

Measured on 30 simulated runners (2.2-4.8 m/s, consumer sensors, true events), estimate over truth,
mean +- SD: start of the run 1.00 +- 0.03, strides of the shanks 1.00-1.09 (depending on how the
simulated ankle rolls) +- 0.05, both together 1.03 +- 0.04. On a real runner (stride-mean tibia
sensor, 3.47 m/s) the strides give 1.00 with the sensor's true height, 1.12 with the default one.

Zero-velocity updates: Foxlin 2005, doi:10.1109/MCG.2005.140; from one shank sensor in running:
Yang, Mohr & Li 2011, Gait & Posture 34:462. Deviations: a fixed lever from the ankle to the sensor,
taken along the vertical; strides cut at 40 % of the stance, not where the shank is vertical.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hipgait.kinematics.movements import Start
from hipgait.kinematics.orientation import Attitude
from hipgait.kinematics.orientation import Speed as SpeedInput
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray, RunInfo
from hipgait.settings import SpeedSettings

Leg = tuple[Attitude, FloatArray, FloatArray]
"""orientation of a shank, its initial contacts and terminal contacts, s"""


@dataclass(frozen=True)
class Speed:
    """Speed over the run.

    table : (k, 2) time_s and m/s, linear between; one row where constant; None where unknown.
    source : "given" | "table" | "estimated" | "none".
    """

    table: FloatArray | None
    source: str
    notes: tuple[str, ...] = ()

    @property
    def at(self) -> SpeedInput:
        """What the centripetal correction takes: a number, a function of time, or None."""
        table = self.table
        if table is None:
            return None
        if len(table) == 1:
            return float(table[0, 1])
        return lambda time_s: np.interp(time_s, table[:, 0], table[:, 1])


def find_speed(
    info: RunInfo,
    start: Start | None = None,
    legs: Sequence[Leg] = (),
    settings: SpeedSettings | None = None,
) -> Speed:
    """Speed from what is known, else estimated, else None.

    Parameters
    ----------
    info : speed table or speed of the run.
    start : velocity gained between standing and the first strides.
    legs : orientation and contacts of each shank.
    """
    s = settings or SpeedSettings()
    if info.speed_table is not None and len(info.speed_table):
        table = np.asarray(info.speed_table, dtype=np.float64)
        table = table[np.isfinite(table).all(axis=1)]
        return Speed(table, "table", _far_off(table, _walked(start, legs, s), s))
    if info.speed_mps is not None:
        table = np.array([[0.0, info.speed_mps]])
        return Speed(table, "given", _far_off(table, _walked(start, legs, s), s))
    walked, scaled = _walked(start, legs, s)
    if walked is None:
        gained = _gained(start, s)
        if gained is None:
            return Speed(None, "none")
        return Speed(
            np.array([[0.0, gained]]), "estimated", ("speed estimated from the start of the run",)
        )
    note = "speed estimated from the strides of the shank"
    return Speed(
        walked, "estimated", (note + (", scaled by the start of the run" if scaled else ""),)
    )


def _gained(start: Start | None, s: SpeedSettings) -> float | None:
    """Speed gained since standing, m/s; None where it cannot be one."""
    gained = None if start is None else float(np.linalg.norm(start.velocity))
    return gained if gained is not None and s.min_mps < gained < s.max_mps else None


def _walked(
    start: Start | None, legs: Sequence[Leg], s: SpeedSettings
) -> tuple[FloatArray | None, bool]:
    """((k, 2) time_s and m/s by the strides of the shanks, whether the start set their scale)."""
    walked, gained = _from_legs(legs, s), _gained(start, s)
    if walked is None or gained is None or start is None:
        return walked, False
    ratio = _ratio_at_start(gained, start.at_s, legs, s)
    if ratio is None or abs(ratio - 1.0) >= s.agree_share:
        return walked, False
    walked[:, 1] *= ratio
    return walked, True


def _far_off(
    table: FloatArray, estimate: tuple[FloatArray | None, bool], s: SpeedSettings
) -> tuple[str, ...]:
    """A word where a given speed is far from the estimated one: most often a wrong unit or file."""
    walked, scaled = estimate
    if walked is None or not len(table):
        return ()
    own = float(np.median(walked[:, 1]))
    given = float(np.median(np.interp(walked[:, 0], table[:, 0], table[:, 1])))
    error = s.error_scaled_share if scaled else s.error_share
    if abs(given - own) <= s.far_errors * error * own:
        return ()
    told = (
        f"the speed given ({given:.1f} m/s) is far from what the shank sensors estimate "
        f"({own:.1f} ± {error * own:.1f} m/s): check it; pace and bends rest on the one given"
    )
    return (told,)


def _ratio_at_start(
    gained: float, at_s: float, legs: Sequence[Leg], s: SpeedSettings
) -> float | None:
    """Speed gained since standing over what the strides of the shanks say at that moment."""
    found = []
    for attitude, ic, tc in legs:
        near = np.abs(ic - at_s) < s.start_near_s
        rows = stride_speeds(attitude, ic[near], tc[near], s)
        # the runner still speeds up: the value at the very moment, from the strides next to it
        rows = rows[np.abs(rows[:, 0] - at_s) < 1.0]
        if len(rows) and rows[0, 0] <= at_s <= rows[-1, 0]:
            found.append(float(np.interp(at_s, rows[:, 0], rows[:, 1])))
    return gained / float(np.mean(found)) if found else None


def _from_legs(legs: Sequence[Leg], s: SpeedSettings) -> FloatArray | None:
    """(k, 2) medians of the stride speeds of both legs in windows of time."""
    rows = [stride_speeds(attitude, ic, tc, s) for attitude, ic, tc in legs]
    found = np.concatenate(rows) if rows else np.zeros((0, 2))
    found = found[np.isfinite(found).all(axis=1)]
    found = found[(found[:, 1] > s.min_mps) & (found[:, 1] < s.max_mps)]
    if len(found) < s.strides_min:
        return None
    found = found[np.argsort(found[:, 0])]
    window = np.floor((found[:, 0] - found[0, 0]) / s.window_s)
    parts = [found[window == w] for w in np.unique(window)]
    kept = [np.median(p, axis=0) for p in parts if len(p) >= 3]
    return np.array(kept) if kept else np.median(found, axis=0)[None]


def stride_speeds(
    attitude: Attitude, ic: FloatArray, tc: FloatArray, settings: SpeedSettings | None = None
) -> FloatArray:
    """Speed of strides of a shank, from mid-stance to mid-stance.

    Free acceleration is integrated twice; the velocity at both mid-stances is that of a point at
    the sensor's height over an ankle at rest, and what is left at the end is taken out linearly.
    At most ``strides_max`` strides, spread over the run.

    Parameters
    ----------
    ic, tc : (k,) contacts of this side, s.

    Returns
    -------
    (m, 2) time of the middle of the stride, s, and speed, m/s.
    """
    s = settings or SpeedSettings()
    stream = attitude.stream
    if stream.gyr is None or len(ic) < 2:
        return np.zeros((0, 2))
    middle = ic + s.midstance_share * (tc - ic)
    rows = np.column_stack([middle[:-1], middle[1:]])
    time = rows[:, 1] - rows[:, 0]
    with np.errstate(invalid="ignore"):
        ok = (time > s.stride_min_s) & (time < s.stride_max_s)
        ok &= (rows[:, 0] > stream.t0) & (rows[:, 1] < stream.t0 + (stream.n - 2) / stream.fs)
    lost = np.concatenate([[0], np.cumsum(stream.missing | stream.gyr_clipped)])
    inside = np.clip(np.nan_to_num(stream.index(rows)), 0, stream.n).astype(np.int64)
    rows = rows[ok & (lost[inside[:, 1]] == lost[inside[:, 0]])]
    if len(rows) > s.strides_max:
        rows = rows[np.linspace(0, len(rows) - 1, s.strides_max).round().astype(np.int64)]
    if not len(rows):
        return np.zeros((0, 2))
    points = 1 + max(20, int(np.ceil(s.stride_max_s * min(stream.fs, 200.0))))
    share = np.linspace(0.0, 1.0, points)
    times = rows[:, :1] + (rows[:, 1:] - rows[:, :1]) * share
    step = (rows[:, 1] - rows[:, 0])[:, None, None] / (points - 1)
    turn, up = attitude.matrices_at(times), attitude.up_at(times)
    grid = stream.time_s
    acc = np.stack([np.interp(times, grid, c) for c in stream.acc.T], axis=-1)
    gyr = np.stack([np.interp(times[:, [0, -1]], grid, c) for c in stream.gyr.T], axis=-1)
    free = np.einsum("knij,knj->kni", turn, acc) - G_MPS2 * up
    velocity = np.zeros_like(free)
    velocity[:, 1:] = np.cumsum(0.5 * (free[:, 1:] + free[:, :-1]), axis=1) * step
    spin = np.einsum("knij,knj->kni", turn[:, [0, -1]], gyr)
    known = np.cross(spin, s.lever_m * up[:, [0, -1]])
    # the velocity starts and ends with what the rotation about the ankle says
    velocity += known[:, :1] * (1.0 - share)[:, None]
    velocity += (known[:, 1:] - velocity[:, -1:]) * share[:, None]
    mean = 0.5 * (velocity[:, 1:] + velocity[:, :-1]).mean(axis=1)
    above = up.mean(axis=1)
    mean -= np.einsum("ki,ki->k", mean, above)[:, None] * above
    return np.column_stack([rows.mean(axis=1), np.sqrt(np.einsum("ki,ki->k", mean, mean))])
