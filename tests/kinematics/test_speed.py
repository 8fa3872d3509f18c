"""Speed: given first, estimated from the start or from the strides of a shank otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hipgait.kinematics.movements import Start
from hipgait.kinematics.orientation import Attitude, first_pass
from hipgait.kinematics.speed import Speed, find_speed, stride_speeds
from hipgait.kinematics.uniform import UniformStream
from hipgait.recording import RunInfo

G = 9.80665


def shank(
    speed: float, fs: float = 200.0, seconds: float = 60.0, lever: float = 0.27
) -> tuple[Attitude, np.ndarray, np.ndarray]:
    """A shank over an ankle that rests in stance and travels one stride length in swing."""
    fine = 5
    period, contact = 0.7, 0.26
    t = np.arange(int(seconds * fs) * fine) / fs / fine
    count = np.floor(t / period)
    phase = t - count * period
    # the ankle moves as a fifth-order blend between 0.9 of stance and the next contact
    f = np.clip((phase - 0.9 * contact) / (period - 0.9 * contact), 0, 1)
    blend = f**3 * (10 - 15 * f + 6 * f**2)
    ankle_x = (count + blend) * speed * period
    ankle_y = 0.3 * np.clip(f * (1 - f), 0, 1) ** 3 * 16
    # upright at 40 % of the stance, top moving forward over the ankle
    turn = 2 * np.pi * (t - 0.4 * contact) / period
    pitch = np.radians(40 * np.sin(turn) + 10 * (np.cos(turn) - 1))
    body = Rotation.from_rotvec(np.outer(-pitch, [0, 0, 1]))
    position = np.stack([ankle_x, ankle_y, np.zeros_like(t)], -1)
    position = position + lever * body.apply([0.0, 1.0, 0.0])
    acc = np.gradient(np.gradient(position, t, axis=0), t, axis=0)
    mount = Rotation.from_rotvec([0.5, -1.0, 0.7])
    force = mount.apply(body.inv().apply(acc + [0, G, 0]))[::fine]
    gyr = mount.apply(np.outer(-np.gradient(pitch, t), [0, 0, 1]))[::fine]
    none = np.zeros(len(force), dtype=bool)
    stream = UniformStream(
        "right_shank", 50.0, fs, np.ascontiguousarray(force), gyr, none, none, none
    )
    first = first_pass(stream)
    ic = 50.0 + period * np.arange(1, int(seconds / period) - 1)
    return Attitude(stream, first, first.up), ic, ic + contact


@pytest.mark.parametrize("speed", [1.5, 3.0, 4.5])
@pytest.mark.parametrize("fs", [60.0, 200.0])
def test_strides_of_a_shank_give_the_speed(speed: float, fs: float) -> None:
    rows = stride_speeds(*shank(speed, fs))
    inner = rows[10:-10]
    assert np.median(inner[:, 1]) == pytest.approx(speed, rel=0.03)
    found = find_speed(RunInfo(), None, [shank(speed, fs)])
    assert found.source == "estimated"
    assert found.table is not None
    assert found.notes


def test_what_is_given_wins() -> None:
    leg = shank(3.0)
    table = np.array([[0.0, 2.0], [10.0, 3.0], [20.0, np.nan]])
    found = find_speed(RunInfo(speed_mps=2.5, speed_table=table), None, [leg])
    assert found.source == "table"
    assert callable(found.at)
    assert found.at(np.array([5.0, 100.0])) == pytest.approx([2.5, 3.0])
    given = find_speed(RunInfo(speed_mps=2.5), None, [leg])
    assert (given.source, given.at) == ("given", 2.5)
    assert given.notes == ()


@pytest.mark.parametrize(
    ("given", "warned"), [(3.0, False), (4.0, False), (4.3, True), (2.0, False), (1.8, True)]
)
def test_a_given_speed_far_from_the_strides_is_told(given: float, warned: bool) -> None:
    """The strides alone are known to 12 %: three times that is 1.9 to 4.1 m/s here."""
    leg = shank(3.0)
    found = find_speed(RunInfo(speed_mps=given), None, [leg])
    assert (found.source, found.at) == ("given", given)  # it is used all the same
    assert bool(found.notes) == warned
    if warned:
        assert f"({given:.1f} m/s) is far from" in found.notes[0]
        assert "3.0 ± 0.4 m/s" in found.notes[0]
    table = np.array([[0.0, given], [1e4, given]])
    assert find_speed(RunInfo(speed_table=table), None, [leg]).notes == found.notes


def test_where_the_start_set_the_scale_less_is_far() -> None:
    leg = shank(3.0)
    start = Start(np.array([3.0, 0.0, 0.0]), np.eye(3), float(leg[1][4]))
    assert find_speed(RunInfo(speed_mps=3.4), start, [leg]).notes == ()
    assert "far from" in find_speed(RunInfo(speed_mps=3.6), start, [leg]).notes[0]
    # nothing estimated, nothing to say; a start alone does not know the pace of the run
    assert find_speed(RunInfo(speed_mps=9.0), start).notes == ()


def test_the_start_alone_and_beside_the_strides() -> None:
    start = Start(np.array([3.2, 0.0, 0.0]), np.eye(3))
    assert find_speed(RunInfo(), start).at == pytest.approx(3.2)
    leg = shank(3.0)
    start = Start(np.array([3.2, 0.0, 0.0]), np.eye(3), float(leg[1][4]))
    both = find_speed(RunInfo(), start, [leg])
    assert both.table is not None
    assert np.median(both.table[:, 1]) == pytest.approx(3.2, rel=0.03)
    assert "scaled" in both.notes[0]
    belt = find_speed(RunInfo(), Start(np.array([0.6, 0.0, 0.0]), np.eye(3)), [shank(3.0)])
    assert belt.table is not None
    assert np.median(belt.table[:, 1]) == pytest.approx(3.0, rel=0.03)
    assert "scaled" not in belt.notes[0]


def test_nothing_known_nothing_invented() -> None:
    nothing = find_speed(RunInfo())
    assert nothing == Speed(None, "none")
    assert nothing.at is None
    still = Start(np.array([0.05, 0.0, 0.0]), np.eye(3))
    assert find_speed(RunInfo(), still).source == "none"
    attitude, ic, tc = shank(3.0, seconds=10.0)
    assert find_speed(RunInfo(), None, [(attitude, ic[:3], tc[:3])]).source == "none"
    assert len(stride_speeds(attitude, ic[:1], tc[:1])) == 0
    gone = np.full(5, np.nan)
    assert len(stride_speeds(attitude, gone, gone)) == 0
