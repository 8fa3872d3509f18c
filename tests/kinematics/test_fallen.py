"""Sensors that lie still while another one runs."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.kinematics.fallen import without_fallen
from hipgait.kinematics.uniform import UniformStream

FS = 50.0
SECONDS = 200
N = int(SECONDS * FS)
TIME = 3.0 + np.arange(N) / FS


def sensor(placement: str, *still: tuple[float, float]) -> UniformStream:
    """Runs from 15 s of the recording on; lies still (3 + still) meanwhile."""
    rng = np.random.default_rng(len(placement))
    t = np.arange(N) / FS
    acc = np.tile([0.0, 9.81, 0.0], (N, 1)) + 0.02 * rng.standard_normal((N, 3))
    moves = t > 15
    for start, end in still:
        moves &= (t < start) | (t >= end)
    acc[moves, 1] += 8 * np.sin(2 * np.pi * 2.8 * t[moves])
    none = np.zeros(N, dtype=bool)
    return UniformStream(placement, TIME[0], FS, acc, np.zeros((N, 3)), none, none, none)


def cleared(*left: tuple[float, float]) -> tuple[UniformStream, list[str]]:
    streams = {"pelvis": sensor("pelvis"), "left_shank": sensor("left_shank", *left)}
    out, notes = without_fallen(streams)
    assert out["pelvis"] is streams["pelvis"]
    return out["left_shank"], notes


def test_worn_sensors_stay_as_they_are() -> None:
    streams = {"pelvis": sensor("pelvis"), "left_shank": sensor("left_shank")}
    out, notes = without_fallen(streams)
    assert not notes
    assert all(out[p] is streams[p] for p in streams)


@pytest.mark.parametrize("still", [(60.0, 75.0), (0.0, 20.0)])
def test_a_short_rest_is_no_fall(still: tuple[float, float]) -> None:
    stream, notes = cleared(still)
    assert not notes
    assert stream.n == N


def test_all_standing_is_no_fall() -> None:
    break_ = (60.0, 120.0)
    streams = {p: sensor(p, break_) for p in ("pelvis", "left_shank", "right_shank")}
    assert not without_fallen(streams)[1]
    assert not without_fallen({"pelvis": streams["pelvis"]})[1]


def test_fallen_for_good_ends_before_the_fall() -> None:
    stream, notes = cleared((120.0, 200.0))
    assert TIME[0] + 117 <= stream.time_s[-1] <= TIME[0] + 119
    assert stream.t0 == TIME[0]
    (note,) = notes
    assert note.startswith("left shank: lies still from 123 to 203 s while another sensor runs")


def test_put_on_late_begins_afterwards() -> None:
    stream, notes = cleared((0.0, 100.0))
    assert len(notes) == 1
    assert TIME[0] + 101 <= stream.time_s[0] <= TIME[0] + 103
    assert stream.time_s[-1] == pytest.approx(TIME[-1])


def test_off_for_a_while_is_missing() -> None:
    stream, notes = cleared((80.0, 130.0))
    assert len(notes) == 1
    assert stream.n == N
    at = stream.time_s - TIME[0]
    assert stream.missing[(at > 79) & (at < 131)].all()
    assert not stream.missing[(at < 77) | (at > 133)].any()
    assert np.isfinite(stream.acc).all()


def test_one_that_never_rode_along_is_left_to_the_reader() -> None:
    stream, notes = cleared((0.0, 200.0))
    assert not notes
    assert stream.n == N
