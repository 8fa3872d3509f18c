"""Events against force plates and on real runs; the limits are those of docs/validation.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hipgait.kinematics.uniform import UniformStream
from hipgait.strides.events import find_stances
from validation import events


@cache
def all_trials() -> list[events.Trial]:
    return [events.shank_trial(*t) for t in events.TRIALS]


Real = Callable[[str], Path]


LIMITS_MS = {  # gait -> event -> mean absolute error, no constant fitted on the person tested
    "running": {"ic_ms": 4.0, "tc_ms": 4.5, "contact_ms": 5.0},
    "walking": {"ic_ms": 3.0, "tc_ms": 4.0, "contact_ms": 5.0},
}


@pytest.mark.parametrize("gait", ["running", "walking"])
def test_shank_accelerometer_against_the_force_plate(real_data: Real, gait: str) -> None:
    real_data("shank-acc-grf")
    chosen = [t for t in all_trials() if t.gait == gait]
    for trial in chosen:
        assert (trial.missed, trial.invented) == (0, 0)
        assert trial.run_share == (1.0 if gait == "running" else 0.0)
        assert len(trial.ic_ms) >= trial.n - 1
        for event in ("ic_ms", "tc_ms", "contact_ms"):
            assert np.abs(getattr(trial, event)).mean() < 8.0  # shipped constants
    for event, limit in LIMITS_MS[gait].items():
        errors = events.leave_one_out(chosen, event)
        assert np.abs(np.concatenate(errors)).mean() < limit
        assert max(np.abs(e).mean() for e in errors) < 12.0
        assert max(np.abs(e).max() for e in errors) < 60.0


@pytest.mark.parametrize("seed", [1, 2])
def test_mounting_and_noise_change_little(real_data: Real, seed: int) -> None:
    real_data("shank-acc-grf")
    rng = np.random.default_rng(seed)
    turn = Rotation.random(rng=rng).as_matrix()
    mirror = np.diag([1.0, 1.0, -1.0 if seed == 2 else 1.0])

    def change(acc: np.ndarray) -> np.ndarray:
        noisy = acc + rng.normal(0, 0.02, acc.shape) + rng.normal(0, 0.03, 3)
        return np.clip(noisy @ turn.T @ mirror, -8.0, 8.0)

    for number, gait, person in events.TRIALS:
        trial = events.shank_trial(number, gait, person, change)
        assert (trial.missed, trial.invented) == (0, 0)
        assert np.abs(trial.ic_ms).mean() < 5.0
        assert np.abs(trial.tc_ms).mean() < 8.0


@pytest.mark.parametrize("rate", [50.0, 60.0, 100.0, 400.0])
def test_other_rates(real_data: Real, rate: float) -> None:
    real_data("shank-acc-grf")
    for number, gait in ((1, "running"), (7, "running"), (5, "walking")):
        path = events.data_root() / "shank-acc-grf" / f"trial{number:02d}_{gait}.csv.gz"
        table = np.loadtxt(path, delimiter=",", skiprows=1)
        fs = 1.0 / float(np.median(np.diff(table[:, 0])))
        full = find_stances({"left_shank": events.stream_of("left_shank", table[:, 1:4], fs)})
        acc = events.resampled(table[:, 1:4], fs, rate)
        got = find_stances({"left_shank": events.stream_of("left_shank", acc, rate)})
        assert abs(len(got.ic_s) - len(full.ic_s)) <= 1
        near = np.abs(got.ic_s[:, None] - full.ic_s).argmin(axis=1)
        assert np.abs(np.median(got.ic_s - full.ic_s[near])) < 0.006
        assert np.nanmedian(np.abs(got.tc_s - full.tc_s[near])) < 0.006


def test_pelvis_alone_against_ground_reaction(real_data: Real) -> None:
    real_data("sacrum-acc-grf")
    trials = events.sacrum_trials(5)
    assert sum(t.missed + t.invented for t in trials) == 0
    assert all(t.run_share == 1.0 for t in trials)
    ic, tc = (np.concatenate([getattr(t, e) for t in trials]) for e in ("ic_ms", "tc_ms"))
    assert ic.std() < 8.0
    assert tc.std() < 9.0


def test_outdoor_run(real_data: Real) -> None:
    real_data("outdoor-run-hip-ankle")
    hip = find_stances({"pelvis": events.outdoor("hip")})
    ankle = find_stances({"left_shank": events.outdoor("ankle")})
    for got in (hip, ankle):
        assert events.cadence_spm(got, 0.0, 600.0) == pytest.approx(158.0, abs=1.5)
        assert events.cadence_spm(got, 600.0, 1500.0) == pytest.approx(155.5, abs=1.5)
        assert got.run.mean() > 0.93
    # both sensors see the same stops
    count = [np.histogram(got.ic_s, np.arange(0, 1441, 120))[0] for got in (hip, ankle)]
    assert np.corrcoef(*count)[0, 1] > 0.97


@pytest.mark.parametrize("place", ["waist", "ankle"])
@pytest.mark.parametrize("person", list(events.JOGS))
def test_walk_and_jog(real_data: Real, person: str, place: str) -> None:
    real_data("treadmill-waist-ankle")
    stream = events.treadmill(person, place)
    got = find_stances({stream.placement: stream})
    lo, hi = events.JOGS[person]
    jog = (got.ic_s > lo + 3) & (got.ic_s < hi - 3)
    assert jog.sum() > 55
    assert got.run[jog].all()
    walk = got.ic_s < (lo - 5 if person == "002" else 170.0)
    assert walk.sum() > 150
    assert got.run[walk].mean() < 0.005


def test_stepping_with_real_sensors(real_data: Real) -> None:
    real_data("lower-body-ximu3")
    got = events.x_imu3()
    assert 5 <= len(got.ic_s) <= 10
    assert not got.run.any()
    assert (got.left[1:] != got.left[:-1])[np.diff(got.bout) == 0].all()
    assert not got.swapped


def test_shank_and_pelvis_agree_on_a_real_runner(real_data: Real) -> None:
    real_data("running-stride-mean-imu")
    streams = events.stride_mean(120)
    shanks = find_stances({k: v for k, v in streams.items() if k != "pelvis"})
    pelvis = find_stances({"pelvis": streams["pelvis"]})
    everything = find_stances(streams)
    assert not everything.swapped
    near = np.abs(pelvis.ic_s[:, None] - shanks.ic_s).argmin(axis=1)
    apart = pelvis.ic_s - shanks.ic_s[near]
    assert np.median(np.abs(apart)) < 0.025
    assert (pelvis.left == shanks.left[near]).mean() > 0.98
    exchanged = {
        "pelvis": streams["pelvis"],
        "left_shank": _named(streams["right_shank"], "left_shank"),
        "right_shank": _named(streams["left_shank"], "right_shank"),
    }
    assert find_stances(exchanged).swapped


def _named(stream: UniformStream, placement: str) -> UniformStream:
    return replace(stream, placement=placement)
