"""The contract's filter, and recordings with little in them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from hipgait.kinematics.angles import SideEvents, estimate_angles, smooth
from hipgait.kinematics.protocol import Protocol, find_protocol
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.recording import RunInfo

NONE: SideEvents = {}


def _stream(placement: str, n: int, gyr: bool = True, fs: float = 100.0) -> UniformStream:
    rng = np.random.default_rng(len(placement))
    acc = rng.normal(0, 0.3, (n, 3)) + [0.0, 0.0, G_MPS2]
    rate = rng.normal(0, 0.02, (n, 3)) if gyr else None
    no = np.zeros(n, dtype=bool)
    return UniformStream(placement, 5.0, fs, acc, rate, no, no, no)


@pytest.mark.parametrize("fs", [60.0, 100.0, 200.0, 333.3])
def test_smooth_is_the_contracts_filter(fs: float) -> None:
    x = np.random.default_rng(1).normal(size=1000).cumsum()
    sos = butter(2, 10 / 0.802, fs=fs, output="sos")
    assert smooth(x, fs) == pytest.approx(sosfiltfilt(sos, x))


def test_smooth_halves_the_power_at_10_hz() -> None:
    t = np.arange(4000) / 400
    y = smooth(np.sin(2 * np.pi * 10 * t), 400.0)[1000:3000]
    assert np.ptp(y) / 2 == pytest.approx(10 ** (-3 / 20), abs=0.005)


def test_smooth_keeps_gaps_and_short_series() -> None:
    x: NDArray[np.float64] = np.sin(np.arange(500) / 30)
    x[200:220] = np.nan
    y = smooth(x, 100.0)
    assert np.array_equal(np.isnan(y), np.isnan(x))
    assert np.nanmax(np.abs(y - x)) < 0.05
    assert np.array_equal(smooth(x[:10], 100.0), x[:10])
    assert np.isnan(smooth(np.full(100, np.nan), 100.0)).all()


@pytest.mark.parametrize("n", [2, 30, 700])
def test_short_recordings_without_strides(n: int) -> None:
    streams = {p: _stream(p, n) for p in ("pelvis", "left_shank", "left_thigh", "left_foot")}
    found = estimate_angles(streams, RunInfo(), NONE, Protocol())
    assert found.pelvis is not None
    assert np.isnan(found.pelvis.obliquity).all()
    assert np.isfinite(found.pelvis.vertical_acc).all()
    assert "left_shank" in found.not_measured
    assert found.speed_source == "none"
    assert not found.standing_zero


def test_accelerometers_give_no_angles() -> None:
    streams = {p: _stream(p, 900, gyr=False) for p in ("pelvis", "right_shank")}
    ic = np.arange(6.0, 13.0, 0.7)
    events = {"right": (ic, ic + 0.25, np.ones(len(ic), dtype=bool))}
    found = estimate_angles(streams, RunInfo(speed_mps=3.0), events, find_protocol(streams))
    assert found.pelvis is not None
    assert np.isnan(found.pelvis.obliquity).all()
    assert np.isnan(found.shank["right"].lean).all()
    assert "no gyroscope" in found.not_measured["pelvis"]
    assert found.angle_sd_deg == {}
