"""The recording protocol is found with any mounting, and never invented in gait."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hipgait.kinematics.protocol import Protocol, find_protocol
from tests.kinematics.scripted import Script


def full() -> Script:
    s = Script().stand(15)
    for _ in range(3):
        s.bow().stand(0.3)
    s.stand(1)
    for side in ("left", "right"):
        for _ in range(3):
            s.kick(side).stand(0.1)
        s.stand(1)
    for _ in range(2):
        s.jump().stand(0.5)
    return s.stand(1).gait(40).stand(12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fs", [50.0, 200.0])
def test_the_whole_protocol(seed: int, fs: float) -> None:
    script = full()
    found = find_protocol(script.streams(fs, seed))
    assert (found.n_bows, found.n_kicks("left"), found.n_kicks("right"), found.n_jumps) == (
        3,
        3,
        3,
        2,
    )
    assert len(found.standing) > 0
    assert found.standing[0] == pytest.approx([5.25, 20 - 0.25], abs=0.5)
    assert found.standing[-1][1] == pytest.approx(5 + script.now, abs=0.6)
    for truth, rows in (("bow", found.bows), ("kick_left", found.kicks["left"])):
        centres = np.array(script.marks[truth]).mean(axis=1) + 5
        assert np.abs(rows.mean(axis=1) - centres).max() < 0.3
        assert (rows[:, 1] > rows[:, 0]).all()


@pytest.mark.parametrize("keep", [("pelvis",), ("left_shank",), ("left_shank", "right_shank")])
def test_fewer_sensors(keep: tuple[str, ...]) -> None:
    found = find_protocol(full().streams(100.0, 1, keep))
    assert len(found.standing) > 0
    assert found.n_bows == (3 if "pelvis" in keep else 0)
    assert found.n_kicks("right") == (3 if "right_shank" in keep else 0)


@pytest.mark.parametrize("hz", [0.85, 1.0, 1.4, 1.6])
@pytest.mark.parametrize("keep", [("pelvis",), ("pelvis", "left_shank", "right_shank")])
def test_nothing_is_invented_in_gait(hz: float, keep: tuple[str, ...]) -> None:
    script = Script().gait(
        60, hz=hz, swing=30 if hz < 1.2 else 55, bounce=0.02 if hz < 1.2 else 0.05
    )
    found = find_protocol(script.streams(100.0, 2, keep))
    assert len(found.standing) == 0
    assert (found.n_bows, found.n_jumps, len(found.kicks)) == (0, 0, 0)


def test_short_stops_and_lying_are_no_standing() -> None:
    script = Script().gait(20).stand(1.5).gait(20)
    assert len(find_protocol(script.streams()).standing) == 0
    script = Script()
    n = round(10 * script.rate)
    lying = np.full(n, np.pi / 2)
    script.add("lie", 10, pelvis=lying, left_shank=lying, right_shank=lying).gait(30).stand(8)
    found = find_protocol(script.streams())
    assert len(found.standing) == 1
    assert found.standing[0][0] > 5 + 38


def test_squats_and_small_bends_are_no_bows() -> None:
    script = Script().stand(10)
    t = script.time(2.0)
    down = 0.5 - 0.5 * np.cos(np.pi * t)
    for _ in range(3):  # knees bend: shanks move as well
        script.add("squat", 2.0, pelvis=0.8 * down, left_shank=0.6 * down, right_shank=0.6 * down)
    script.stand(1).bow(degrees=15).stand(1).gait(20)
    assert find_protocol(script.streams()).n_bows == 0


def test_without_gyroscope_there_is_standing_and_jumps_only() -> None:
    streams = {p: replace(s, gyr=None) for p, s in full().streams().items()}
    found = find_protocol(streams)
    assert len(found.standing) > 0
    assert found.n_bows == 0
    assert not found.kicks


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_tiny_recordings(n: int) -> None:
    stream = full().streams()["pelvis"]
    part = replace(
        stream,
        acc=stream.acc[:n],
        gyr=stream.gyr[:n],
        **{k: np.zeros(n, dtype=bool) for k in ("missing", "acc_clipped", "gyr_clipped")},
    )
    assert len(find_protocol({"pelvis": part}).standing) == 0
    assert find_protocol({}).n_jumps == 0
    assert Protocol().n_kicks("left") == 0


def test_a_sensor_that_starts_late_or_loses_samples_is_not_still() -> None:
    streams = full().streams()
    late = streams["left_shank"]
    missing = late.missing.copy()
    missing[:800] = True
    streams["left_shank"] = replace(late, missing=missing)
    found = find_protocol(streams)
    assert found.standing[0][0] > 5 + 8
