"""A sensor at rest: what is measured, and when it is not fit."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.ble.still import look_still
from hipgait.names import G_MPS2
from tests.io.build import Array

RANGES = {"acc": 16 * G_MPS2, "gyr": np.radians(2000.0)}


def still(fs: float = 104.0, seconds: float = 30.0, seed: int = 0) -> tuple[Array, Array, Array]:
    """Times, acc (SD 3 mg, up is z), gyr (SD 0.1 deg/s, bias 1, -2, 0.5 deg/s)."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(fs * seconds)) / fs
    acc = [0, 0, G_MPS2] + rng.normal(0, 3e-3 * G_MPS2, (len(time), 3))
    gyr = np.radians([1.0, -2.0, 0.5] + rng.normal(0, 0.1, (len(time), 3)))
    return time, acc, gyr


def test_what_is_measured() -> None:
    time, acc, gyr = still()
    got = look_still(
        {"acc": (time, acc), "gyr": (time, gyr)}, wanted_hz=104, ranges=RANGES, lost_pct=0.0
    )
    assert got.fit
    assert not got.remarks
    assert got.rate_hz == pytest.approx(104.0, rel=1e-6)
    assert got.acc_norm_g == pytest.approx(1.0, abs=1e-3)
    assert got.acc_noise_mg == pytest.approx(3.0, rel=0.05)
    assert got.gyr_noise_deg_s == pytest.approx(0.1, rel=0.05)
    assert got.gyr_bias_deg_s == pytest.approx((1.0, -2.0, 0.5), abs=0.01)
    assert got.gyr_range_deg_s == pytest.approx(2000.0)


def test_resolution_is_the_smallest_step() -> None:
    time, acc, gyr = still()
    step = G_MPS2 / 2048
    got = look_still(
        {"acc": (time, step * np.rint(acc / step)), "gyr": (time, gyr)},
        wanted_hz=104,
        ranges=RANGES,
    )
    assert got.acc_step_mg == pytest.approx(1e3 / 2048)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"fs": 20.0}, "20 samples a second"),
        ({"acc": 1.1}, "gravity measures 1.1"),
        ({"acc": 0.0}, "gravity measures 0.0"),
        ({"gyr": 5.0}, "gyroscope bias of 10"),
        ({"range": 250.0}, "gyroscope range of 250"),
        ({"shake": 2.0}, "it was moved"),
    ],
)
def test_not_fit(change: dict[str, float], word: str) -> None:
    time, acc, gyr = still(change.get("fs", 104.0))
    acc = acc * change.get("acc", 1.0)
    gyr = gyr * change.get("gyr", 1.0)
    acc[:, 0] += change.get("shake", 0.0) * np.sin(5 * time)
    ranges = {"acc": RANGES["acc"], "gyr": np.radians(change.get("range", 2000.0))}
    got = look_still({"acc": (time, acc), "gyr": (time, gyr)}, wanted_hz=0, ranges=ranges)
    assert not got.fit
    assert any(word in problem for problem in got.problems), got.problems


def test_without_a_gyroscope_it_is_said_and_fit() -> None:
    time, acc, _ = still()
    got = look_still({"acc": (time, acc)}, wanted_hz=104, ranges={"acc": 8 * G_MPS2})
    assert got.fit
    assert any("no gyroscope" in r for r in got.remarks)
    assert any("range of 8 g" in r for r in got.remarks)


def test_nothing_came() -> None:
    got = look_still({}, wanted_hz=104, ranges={})
    assert not got.fit
    assert got.rate_hz == 0.0
