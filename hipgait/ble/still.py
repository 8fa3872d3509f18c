"""A sensor lying still: bias, noise, true rate, resolution, and whether it is fit for running.

Limits: what the angles of an analysis can stand. Shanks reach 12 rad/s and more and knocks of 16 g
(science: +-8 g clips knocks and turns the pelvis by up to 5 deg; a gyroscope of 500 deg/s ends
below what a shank does).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.names import G_MPS2

Floats = NDArray[np.float64]

MOVED_RAD_S: Final = 0.05
"""The turning rate of a sensor at rest varies less than that (3 deg/s), its bias taken off."""
MOVED_MPS2: Final = 0.5
LOWEST_HZ: Final = 50.0
GOOD_HZ: Final = 100.0
RATE_OFF: Final = 0.02
"""A rate this far from what was asked for is told."""
GYR_BIAS_DEG_S: Final = 5.0
"""More than any data sheet allows: a fault, or no calibration."""
GYR_NOISE_DEG_S: Final = 0.5
ACC_NOISE_MG: Final = 10.0
NORM_OFF: Final = 0.05
"""Length of the specific force at rest, from 1 g."""
ACC_RANGE_G: Final = 16.0
GYR_RANGE_DEG_S: Final = 1000.0


@dataclass(frozen=True)
class StillReport:
    """What 30 s at rest show. None where the sensor lacks it.

    seconds : looked at.  rate_hz : true rate by the host's clock.
    acc_norm_g : length of the mean specific force.
    acc_noise_mg, gyr_noise_deg_s : SD of a sample, largest axis.
    gyr_bias_deg_s : (x, y, z).
    acc_step_mg, gyr_step_deg_s : smallest difference between values that differ.
    acc_range_g, gyr_range_deg_s : as the profile says.
    lost_pct : samples missing.
    problems : what speaks against running; empty: fit.  remarks : worth knowing.
    """

    seconds: float
    rate_hz: float
    acc_norm_g: float | None
    acc_noise_mg: float | None
    acc_step_mg: float | None
    acc_range_g: float | None
    gyr_bias_deg_s: tuple[float, float, float] | None
    gyr_noise_deg_s: float | None
    gyr_step_deg_s: float | None
    gyr_range_deg_s: float | None
    lost_pct: float | None
    problems: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def fit(self) -> bool:
        """Whether nothing speaks against running with it."""
        return not self.problems


def look_still(
    signals: Mapping[str, tuple[Floats, Floats]],
    *,
    wanted_hz: float,
    ranges: Mapping[str, float | None],
    lost_pct: float | None = None,
) -> StillReport:
    """Look at a sensor at rest.

    Parameters
    ----------
    signals : "acc", "gyr" -> (n,) host times s and (n, 3) values, SI.
    wanted_hz : rate that was asked for.
    ranges : "acc", "gyr" -> full scale, SI.
    """
    time, acc = signals.get("acc", (np.zeros(0), np.zeros((0, 3))))
    own, gyr = signals.get("gyr", (np.zeros(0), np.zeros((0, 3))))
    acc, gyr = _finite(acc), _finite(gyr)
    main = time if len(time) >= len(own) else own
    seconds = float(main[-1] - main[0]) if len(main) > 1 else 0.0
    rate = (len(main) - 1) / seconds if seconds > 0 else 0.0
    deg = 180.0 / np.pi
    norm = float(np.linalg.norm(acc.mean(axis=0))) / G_MPS2 if len(acc) else None
    acc_noise = 1e3 / G_MPS2 * float(acc.std(axis=0).max()) if len(acc) else None
    gyr_noise = deg * float(gyr.std(axis=0).max()) if len(gyr) else None
    bias = tuple(float(x) for x in deg * gyr.mean(axis=0)) if len(gyr) else None
    acc_range, gyr_range = ranges.get("acc"), ranges.get("gyr")
    report = StillReport(
        seconds=seconds,
        rate_hz=rate,
        acc_norm_g=norm,
        acc_noise_mg=acc_noise,
        acc_step_mg=_step(acc, 1e3 / G_MPS2),
        acc_range_g=None if acc_range is None else acc_range / G_MPS2,
        gyr_bias_deg_s=None if bias is None else (bias[0], bias[1], bias[2]),
        gyr_noise_deg_s=gyr_noise,
        gyr_step_deg_s=_step(gyr, deg),
        gyr_range_deg_s=None if gyr_range is None else gyr_range * deg,
        lost_pct=lost_pct,
        problems=(),
        remarks=(),
    )
    moved = (len(gyr) and float(gyr.std(axis=0).max()) > MOVED_RAD_S) or (
        len(acc) and float(acc.std(axis=0).max()) > MOVED_MPS2
    )
    return _judged(report, wanted_hz, bool(moved))


def _finite(values: Floats) -> Floats:
    return values[np.isfinite(values).all(axis=1)]


def _step(values: Floats, factor: float) -> float | None:
    """Smallest difference between values of an axis that differ."""
    steps = [np.diff(np.unique(values[:, k])) for k in range(values.shape[1])]
    smallest = [float(s.min()) for s in steps if len(s)]
    return factor * min(smallest) if smallest else None


def _judged(r: StillReport, wanted_hz: float, moved: bool) -> StillReport:
    problems, remarks = [], []
    if moved:
        problems.append("it was moved: lay it on something firm and check again")
    if r.rate_hz < LOWEST_HZ:
        problems.append(f"{r.rate_hz:.0f} samples a second; running needs {LOWEST_HZ:.0f}")
    elif r.rate_hz < GOOD_HZ:
        remarks.append(
            f"{r.rate_hz:.0f} samples a second: {GOOD_HZ:.0f} and more time contacts better"
        )
    if wanted_hz and abs(r.rate_hz / wanted_hz - 1.0) > RATE_OFF:
        remarks.append(f"{r.rate_hz:.1f} samples a second in place of {wanted_hz:g}")
    if r.acc_norm_g is None:
        problems.append("it has no accelerometer")
    elif abs(r.acc_norm_g - 1.0) > NORM_OFF and not moved:
        problems.append(f"gravity measures {r.acc_norm_g:.3f} g: wrong scale or a faulty sensor")
    if r.gyr_bias_deg_s is None:
        remarks.append("no gyroscope: strides and timing only, no angles")
    elif max(abs(b) for b in r.gyr_bias_deg_s) > GYR_BIAS_DEG_S and not moved:
        problems.append(f"gyroscope bias of {max(abs(b) for b in r.gyr_bias_deg_s):.1f} deg/s")
    if r.acc_noise_mg is not None and r.acc_noise_mg > ACC_NOISE_MG and not moved:
        problems.append(f"accelerometer noise of {r.acc_noise_mg:.0f} mg")
    if r.gyr_noise_deg_s is not None and r.gyr_noise_deg_s > GYR_NOISE_DEG_S and not moved:
        problems.append(f"gyroscope noise of {r.gyr_noise_deg_s:.2f} deg/s")
    if r.acc_range_g is not None and r.acc_range_g < ACC_RANGE_G:
        remarks.append(
            f"range of {r.acc_range_g:.0f} g: knocks at the shank pass {ACC_RANGE_G:.0f} g"
        )
    if r.gyr_range_deg_s is not None and r.gyr_range_deg_s < GYR_RANGE_DEG_S:
        problems.append(
            f"gyroscope range of {r.gyr_range_deg_s:.0f} deg/s: shanks turn faster than that"
        )
    if r.lost_pct is not None and r.lost_pct > 1.0:
        remarks.append(f"{r.lost_pct:.1f} % of the samples were lost")
    return replace(r, problems=tuple(problems), remarks=tuple(remarks))
