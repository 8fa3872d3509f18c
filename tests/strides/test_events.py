"""Logic of the events on a runner made of pulses; accuracy is measured in validation/."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from hipgait.kinematics.uniform import UniformStream
from hipgait.strides.events import find_stances
from hipgait.strides.gait import steady_choice
from hipgait.strides.sequence import Stances
from tests.strides.gaitmaker import Steps, make_steps, pelvis, shank, stream, turned, whole
from tests.strides.gaitmaker import without_gyro as bare

STEADY = make_steps(np.full(80, 0.72))
STREAMS = whole(STEADY)
MOUNTS = st.integers(0, 2**32 - 1).map(lambda seed: Rotation.random(3, rng=seed))


def assert_found(
    got: Stances, steps: Steps, side: str | None = None, missed: int = 2, within_s: float = 0.03
) -> None:
    """Every contact once, the right side, running."""
    wanted = np.ones(len(steps.ic_s), dtype=bool)
    if side is not None:
        wanted = steps.left == (side == "left")
    ic = steps.ic_s[wanted]
    nearest = np.abs(got.ic_s[:, None] - ic).argmin(axis=1)
    assert np.abs(got.ic_s - ic[nearest]).max() < within_s
    assert len(np.unique(nearest)) == len(nearest)
    assert len(nearest) >= len(ic) - missed
    assert np.array_equal(got.left, steps.left[wanted][nearest])
    assert got.run.all()
    assert ((got.confidence >= 0) & (got.confidence <= 1)).all()
    assert (np.diff(got.ic_s) > 0).all()


@settings(max_examples=12)
@given(MOUNTS)
def test_every_mounting_gives_the_same(mounts: Rotation) -> None:
    turn = dict(zip(STREAMS, mounts, strict=True))
    got = find_stances({k: turned(v, turn[k]) for k, v in STREAMS.items()})
    assert_found(got, STEADY)
    assert not got.swapped
    assert not got.imputed.any()
    straight = find_stances(STREAMS)
    assert got.ic_s == pytest.approx(straight.ic_s, abs=0.002)
    assert got.tc_s == pytest.approx(straight.tc_s, abs=0.003)


@settings(max_examples=8)
@given(MOUNTS)
def test_pelvis_alone_tells_left_from_right(mounts: Rotation) -> None:
    got = find_stances({"pelvis": turned(STREAMS["pelvis"], mounts[0])})
    assert_found(got, STEADY)
    assert got.source == "pelvis"
    got = find_stances({"pelvis": bare(turned(STREAMS["pelvis"], mounts[1]))})
    assert_found(got, STEADY)


@settings(max_examples=8)
@given(MOUNTS)
def test_accelerometers_alone(mounts: Rotation) -> None:
    turn = dict(zip(STREAMS, mounts, strict=True))
    got = find_stances({k: bare(turned(v, turn[k])) for k, v in STREAMS.items()})
    assert_found(got, STEADY)


@pytest.mark.parametrize("rate", [50.0, 100.0, 200.0, 500.0])
def test_rates(rate: float) -> None:
    assert_found(find_stances(whole(STEADY, rate)), STEADY)


@pytest.mark.parametrize("gyro", [True, False])
def test_one_shank(gyro: bool) -> None:
    one = STREAMS["left_shank"]
    got = find_stances({"left_shank": one if gyro else bare(one)})
    assert_found(got, STEADY, "left")
    assert got.source == "left_shank"


def test_one_shank_and_the_pelvis_give_both_legs() -> None:
    got = find_stances({k: STREAMS[k] for k in ("pelvis", "right_shank")})
    assert_found(got, STEADY)
    assert got.source == "right_shank and pelvis"
    late = replace(STREAMS["pelvis"], t0=0.18)  # clocks half a step apart: nothing is made up
    got = find_stances({"pelvis": late, "right_shank": STREAMS["right_shank"]})
    assert_found(got, STEADY, "right")


def test_exchanged_shanks_are_noticed() -> None:
    swapped = dict(STREAMS)
    swapped["left_shank"] = replace(STREAMS["right_shank"], placement="left_shank")
    swapped["right_shank"] = replace(STREAMS["left_shank"], placement="right_shank")
    got = find_stances(swapped)
    assert got.swapped
    assert any("exchanged" in note for note in got.notes)


def test_clocks_some_milliseconds_apart() -> None:
    late = replace(STREAMS["left_shank"], t0=0.006)
    assert_found(find_stances({**STREAMS, "left_shank": late}), STEADY)


@pytest.mark.parametrize("seconds", [5.0, 15.0, 30.0])
def test_cadence_that_drifts_by_twenty_percent(seconds: float) -> None:
    at = np.arange(160) * 0.36
    steps = make_steps(0.72 * (1 + 0.2 * np.sin(np.pi * at / seconds / 1.0)))
    for streams in (whole(steps), {k: bare(v) for k, v in whole(steps).items() if "shank" in k}):
        assert_found(find_stances(streams), steps, missed=3)


def test_pauses_become_bouts() -> None:
    first, second = make_steps(np.full(40, 0.72)), make_steps(np.full(40, 0.70), start_s=25.0)
    steps = Steps(
        np.concatenate([first.ic_s, second.ic_s]),
        np.concatenate([first.tc_s, second.tc_s]),
        np.concatenate([first.left, second.left]),
        second.end_s,
    )
    got = find_stances({k: v for k, v in whole(steps).items() if k != "pelvis"})
    assert len(np.unique(got.bout)) == 2
    assert_found(got, steps, missed=6, within_s=0.05)


def cut(s: UniformStream, lo_s: float, hi_s: float) -> UniformStream:
    lo, hi = round(lo_s * s.fs), round(hi_s * s.fs)
    gyr = None if s.gyr is None else s.gyr[lo:hi]
    return stream(s.placement, s.fs, s.acc[lo:hi], gyr, lo / s.fs)


def test_recordings_that_start_and_end_in_full_run() -> None:
    got = find_stances({k: cut(v, 6.0, 20.0) for k, v in STREAMS.items()})
    inside = (STEADY.ic_s > 6.0) & (STEADY.ic_s < 20.0)
    assert abs(len(got.ic_s) - inside.sum()) <= 2
    assert got.ic_s[0] - 6.0 < 0.8
    assert 20.0 - got.ic_s[-1] < 0.8
    assert np.isnan(got.tc_s).sum() <= 2
    good = np.isfinite(got.tc_s)
    assert (got.tc_s[good] < 20.0).all()


def test_missing_data_of_one_leg() -> None:
    shank_ = STREAMS["left_shank"]
    lo, hi = round(12.0 * 100), round(12.4 * 100)
    acc, gyr = shank_.acc.copy(), np.array(shank_.gyr)
    for x in (acc, gyr):
        x[lo:hi] = np.linspace(x[lo - 1], x[hi], hi - lo)
    missing = np.zeros(shank_.n, dtype=bool)
    missing[lo:hi] = True
    holed = replace(shank_, acc=acc, gyr=gyr, missing=missing)
    got = find_stances({**STREAMS, "left_shank": holed})
    assert (got.left[1:] != got.left[:-1]).all()
    away = np.abs(got.ic_s[:, None] - STEADY.ic_s).min(axis=1)
    outside = (got.ic_s < 11.0) | (got.ic_s > 13.5)
    assert away[outside].max() < 0.03
    assert got.imputed.sum() <= 2


def test_rest_is_not_gait() -> None:
    rng = np.random.default_rng(0)
    acc = rng.normal([0, 9.81, 0], 0.05, (3000, 3))
    gyr = rng.normal(0, 0.01, (3000, 3))
    for names in (("pelvis",), ("left_shank",), ("pelvis", "left_shank", "right_shank")):
        got = find_stances({n: stream(n, 100.0, acc, gyr) for n in names})
        assert len(got.ic_s) == 0
        assert got.notes


@pytest.mark.parametrize("n", [2, 5, 50, 300])
@pytest.mark.parametrize("names", [("pelvis",), ("left_shank", "right_shank"), ("right_shank",)])
def test_very_short_recordings_do_not_crash(n: int, names: tuple[str, ...]) -> None:
    rng = np.random.default_rng(n)
    for gyr in (rng.normal(size=(n, 3)), None):
        streams = {k: stream(k, 100.0, 10 * rng.normal(size=(n, 3)), gyr) for k in names}
        find_stances(streams)


def test_fallbacks_do_not_crash() -> None:
    assert len(find_stances({}).ic_s) == 0
    feet = {
        "left_foot": replace(STREAMS["left_shank"], placement="left_foot"),
        "right_foot": replace(STREAMS["right_shank"], placement="right_foot"),
    }
    got = find_stances(feet)
    assert got.source == "feet"
    assert any("shank" in note for note in got.notes)
    thigh = {"left_thigh": replace(STREAMS["left_shank"], placement="left_thigh")}
    assert find_stances(thigh).source == "left_thigh"


def test_constant_signals_do_not_crash() -> None:
    zero = np.zeros((1000, 3))
    for name in ("pelvis", "left_shank"):
        assert len(find_stances({name: stream(name, 100.0, zero, zero)}).ic_s) == 0


def test_price_on_changes_of_gait() -> None:
    bout = np.zeros(40, dtype=np.int64)
    vote = np.where(np.arange(40) < 20, 0.8, -0.8)
    vote[[5, 30]] *= -1
    assert np.array_equal(steady_choice(vote, bout), np.arange(40) < 20)
    assert len(steady_choice(np.zeros(0), bout[:0])) == 0


def test_streams_start_at_their_own_times() -> None:
    later = {k: replace(v, t0=1000.0 + 0.003 * i) for i, (k, v) in enumerate(STREAMS.items())}
    got = find_stances(later)
    assert got.ic_s[0] > 1000.0
    moved = replace(STEADY, ic_s=STEADY.ic_s + 1000.003, tc_s=STEADY.tc_s + 1000.003)
    assert_found(got, moved)


def test_shank_and_pelvis_makers_agree() -> None:
    left = find_stances({"left_shank": shank(STEADY, "left", 100.0)})
    hip = find_stances({"pelvis": pelvis(STEADY, 100.0)})
    ic = hip.ic_s[hip.left]
    assert np.abs(left.ic_s[:, None] - ic).min(axis=1)[:-1].max() < 0.02
