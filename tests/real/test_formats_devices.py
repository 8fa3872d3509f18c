"""Exports of research sensors as the vendors' programs wrote them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError, InputError
from hipgait.io.reader import read_run
from hipgait.names import G_MPS2
from hipgait.recording import SensorStream
from tests.conftest import real_data
from tests.io.build import Array


def gravity(stream: SensorStream) -> float:
    """Median length of the specific force, m/s^2."""
    return float(np.nanmedian(np.linalg.norm(stream.acc, axis=1)))


def gravity_turns(stream: SensorStream, quiet: float) -> dict[tuple[int, ...], float]:
    """Correlation of gravity's turning in the sensor with cross(gravity, rate) while |acc| stays
    within ``quiet`` m/s^2 of g: for each order of the gyroscope's axes (1, 2, 3) and their signs.
    """
    kernel = np.hanning(0.4 * stream.rate_hz)
    kernel /= kernel.sum()

    def smooth(v: Array) -> Array:
        return np.apply_along_axis(np.convolve, 0, v, kernel, "same")

    assert stream.gyr is not None
    acc, rate = smooth(stream.acc), smooth(stream.gyr)
    off = smooth(np.abs(np.linalg.norm(stream.acc, axis=1, keepdims=True) - G_MPS2))[:, 0]
    up = acc / np.linalg.norm(acc, axis=1, keepdims=True)
    turn = np.gradient(up, stream.time_s, axis=0)
    use = (off < quiet) & (np.linalg.norm(rate, axis=1) > 0.1)
    use[: len(kernel)] = use[-len(kernel) :] = False
    out = {}
    for order in itertools.permutations((1, 2, 3)):
        for signs in itertools.product((1, -1), repeat=3):
            axes = tuple(int(o * s) for o, s in zip(order, signs, strict=True))
            other = rate[:, np.abs(axes) - 1] * np.sign(axes)
            expected = np.cross(up, other)[use].ravel()
            out[axes] = float(np.corrcoef(expected, turn[use].ravel())[0, 1])
    return out


# ------------------------------------------------------------------ APDM Opal
def apdm(name: str) -> Path:
    return real_data("formats") / "opensim-xsens-apdm" / "APDM" / name


def test_apdm_format_7_of_six_sensors() -> None:
    recording = read_run(apdm("apdm_format7.csv"))
    assert list(recording.streams) == [
        "pelvis", "left_shank", "right_shank", "left_foot", "right_foot",
    ]  # fmt: skip
    assert recording.synchronised
    assert recording.info.start_utc is not None
    assert recording.info.start_utc.isoformat().startswith("2019-02-22T23:51:44")
    for stream in recording.streams.values():
        assert stream.rate_hz == pytest.approx(128, rel=1e-3)  # 7812, 7813 us
        assert gravity(stream) == pytest.approx(G_MPS2, rel=0.15)  # three samples of walking


def test_apdm_pendulum() -> None:
    path = apdm("imuData01.csv")
    with pytest.raises(InputError, match=r"imuData01\.csv#Static"):
        read_run(path)
    names = {"pelvis": "Static", "left_thigh": "Upper", "left_shank": "Middle"}
    recording = read_run(path, {p: Path(f"{path}#{n}") for p, n in names.items()})
    assert recording.synchronised
    for stream in recording.streams.values():
        assert stream.n == 1024
        assert stream.rate_hz == pytest.approx(128, rel=1e-6)
        assert stream.has_gyr
    # what lies still measures gravity and no turning; the pendulum swings
    still, swinging = recording["pelvis"], recording["left_shank"]
    assert gravity(still) == pytest.approx(G_MPS2, rel=0.01)
    assert np.abs(still.gyr).max() < 0.2  # type: ignore[arg-type]
    assert 1 < np.abs(swinging.gyr).max() < 15  # type: ignore[arg-type]
    fit = gravity_turns(recording["left_thigh"], 0.5)
    assert fit[1, 2, 3] > 0.8
    assert fit[1, 2, 3] > max(fit.values()) - 0.01  # one axis swings: the others' signs say little


# ------------------------------------------------------------------ Shimmer Consensys
def shimmer(name: str) -> Path:
    return real_data("formats") / "shimmer-consensys" / name


def test_shimmer_calibrated() -> None:
    recording = read_run(shimmer(""), {"left_shank": shimmer("triaxcal_calibrated.csv.gz")})
    assert recording.info.start_utc is not None
    assert recording.info.start_utc.isoformat().startswith("2021-08-19T20:02:17")
    stream = recording["left_shank"]
    assert stream.n == 2149
    assert stream.rate_hz == pytest.approx(32768 / 448, rel=1e-6)  # divided from 32768 Hz
    assert gravity(stream) == pytest.approx(G_MPS2, rel=0.03)
    assert np.abs(stream.acc).max() > 3 * G_MPS2  # the wide-range accelerometer, not +-2 g
    assert stream.has_gyr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("triaxcal_uncalibrated.csv.gz", "line 2: the acceleration is not calibrated"),
        ("pair_consensys.csv", "line 2: no acceleration"),
    ],
)
def test_shimmer_without_calibrated_acceleration_is_refused(name: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read_run(shimmer(""), {"left_shank": shimmer(name)})


# ------------------------------------------------------------------ Movesense
def test_movesense_logbook() -> None:
    folder = real_data("formats") / "movesense-json"
    path = folder / "MovesenseLog_3_786.json"
    stream = read_run(folder, {"left_foot": path})["left_foot"]
    assert stream.n == 8744  # 1093 packets of eight
    assert stream.rate_hz == pytest.approx(102.3, abs=0.1)  # nominal: 104
    assert stream.duration_s == pytest.approx(85.46, abs=0.01)
    assert len(stream.gaps) == 0
    assert np.ptp(np.diff(stream.time_s)) < 0.2e-3
    assert gravity(stream) == pytest.approx(G_MPS2, rel=0.02)
    assert stream.has_gyr
    # it was moved by hand: about 1400 deg/s, and 8 g, where it was cut off
    assert np.degrees(np.abs(stream.gyr).max()) == pytest.approx(1410, abs=5)  # type: ignore[arg-type]
    # of all 48 orders and signs of the gyroscope's axes, the file's own agrees best with gravity
    fit = gravity_turns(stream, 0.5)
    assert max(fit, key=lambda axes: fit[axes]) == (1, 2, 3)
