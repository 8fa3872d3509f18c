"""The simulated motion: derivatives, the chain, contact and force, plausibility."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hipgait.errors import InputError, SettingsError
from hipgait.names import G_MPS2, PLACEMENTS
from hipgait.simulate.noise import fgn
from hipgait.simulate.runner import (
    Fatigue,
    Motion,
    RunnerSettings,
    Segment,
    protocol_then_run,
    random_runner,
    simulate_motion,
)

MIXED = RunnerSettings(
    path="track",
    lap_m=240.0,
    bend_radius_m=18.0,
    grade_pct=2.0,
    schedule=(
        *protocol_then_run(18.0, 6.0),
        Segment("walk", 12.0),
        Segment("sprint", 6.0),
        Segment("stand", 4.0),
    ),
)


@pytest.fixture(scope="module")
def mixed() -> Motion:
    return simulate_motion(MIXED, seed=4)


def running(motion: Motion, side: float | None = None) -> np.ndarray:
    steps = motion.plan.steps
    rows = steps.run & (steps.ic > 1.0) & (steps.tc < motion.duration_s - 1.0)
    rows &= (steps.from_start > 8) & (steps.to_end > 9)
    if side is not None:
        rows &= steps.sigma == side
    return np.flatnonzero(rows)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_rates_are_the_derivatives_of_pose(mixed: Motion, placement: str) -> None:
    rng = np.random.default_rng(1)
    t = np.sort(rng.uniform(0.5, mixed.duration_s - 0.5, 4000))
    point = np.array([0.03, -0.1, 0.02])
    k = mixed.kinematics(placement, t, point)
    h = 1e-4
    before, here, after = (mixed.position(placement, t + d, point) for d in (-h, 0.0, h))
    world = (before - 2 * here + after) / h**2 + np.array([0.0, G_MPS2, 0.0])
    frame = mixed.orientation(placement, t)
    acc = np.einsum("nji,nj->ni", frame, world)
    # the acceleration is continuous; a difference across a knot sees its kink
    assert np.quantile(np.abs(acc - k.acc), 0.999) < 0.02
    assert np.abs(acc - k.acc).max() < 0.5
    turn = (mixed.orientation(placement, t + h) - mixed.orientation(placement, t - h)) / (2 * h)
    w = np.einsum("nji,njk->nik", frame, turn)
    gyr = np.stack([w[:, 2, 1], w[:, 0, 2], w[:, 1, 0]], axis=1)
    assert np.abs(gyr - k.gyr).max() < 2e-3


@pytest.mark.parametrize("placement", ["pelvis", "left_shank", "right_foot"])
def test_quaternion_is_the_orientation(mixed: Motion, placement: str) -> None:
    t = np.linspace(1, mixed.duration_s - 1, 500)
    q = mixed.kinematics(placement, t).quat
    w, x, y, z = q.T
    up = np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], axis=1)
    np.testing.assert_allclose(up, mixed.orientation(placement, t)[:, 1, :], atol=1e-12)


def test_specific_force_and_rates_are_continuous(mixed: Motion) -> None:
    t = np.arange(0.5, mixed.duration_s - 0.5, 5e-4)
    k = mixed.kinematics("right_shank", t)
    assert np.abs(np.diff(k.acc, axis=0)).max() < 40.0  # 4 g within half a millisecond
    assert np.abs(np.diff(k.gyr, axis=0)).max() < 0.8


@pytest.mark.parametrize("side", ["left", "right"])
def test_chain_keeps_its_lengths(mixed: Motion, side: str) -> None:
    s = mixed.settings
    t = np.linspace(1, mixed.duration_s - 1, 3000)
    sigma = 1.0 if side == "right" else -1.0
    hit = np.concatenate([mixed.impacts[g][0].time for g in (-1, 1)])
    calm = np.array([np.min(np.where(x < hit, 9.0, x - hit)) > 0.35 for x in t])
    hip = mixed.position("pelvis", t, np.array([0, 0, sigma * s.hip_half_m]))
    knee = mixed.position(f"{side}_shank", t, np.zeros(3))
    ankle = mixed.position(f"{side}_foot", t, np.zeros(3))
    # impacts shake shank and pelvis (most in the sprint); between them the chain is exact
    for a, b, length in ((hip, knee, s.thigh_m), (knee, ankle, s.shank_m)):
        d = np.linalg.norm(a - b, axis=1)
        assert np.abs(d - length).max() < 0.045
        if calm.any():
            assert np.abs(d - length)[calm].max() < 1e-9


def test_standing_reads_gravity_upward() -> None:
    motion = simulate_motion(RunnerSettings(schedule=(Segment("stand", 10.0),)), seed=1)
    t = np.arange(1, 9, 0.01)
    for placement in PLACEMENTS:
        k = motion.kinematics(placement, t)
        assert np.abs(np.linalg.norm(k.acc, axis=1) - G_MPS2).max() < 0.15
        assert k.acc[:, 1].mean() > 0.95 * G_MPS2
        assert np.degrees(np.abs(k.gyr)).max() < 4.0
    assert len(motion.truth()) == 0


def test_ankle_rests_in_stance() -> None:
    motion = simulate_motion(RunnerSettings(schedule=(Segment("run", 12.0),)), seed=2)
    steps = motion.plan.steps
    rows = running(motion, 1.0)
    share = np.array([0.22, 0.42])
    t = steps.ic[rows][:, None] + share * (steps.tc - steps.ic)[rows][:, None]
    place = motion.position("right_foot", t.ravel(), np.zeros(3)).reshape(len(rows), 2, 3)
    assert np.abs(place[:, 1] - place[:, 0])[:, [0, 2]].max() < 0.03
    assert np.ptp(place[:, :, 1]) < 0.03


def test_force_begins_at_contact_and_ends_at_toe_off() -> None:
    motion = simulate_motion(RunnerSettings(schedule=(Segment("run", 15.0),)), seed=3)
    steps = motion.plan.steps
    rows = running(motion)
    for share, low, high in ((0.0, -0.05, 0.05), (1.0, -0.05, 0.05), (0.5, 1.5, 3.0)):
        t = steps.ic[rows] + share * (steps.tc - steps.ic)[rows]
        force = 1 + motion.place(t, 2)[:, 1] / G_MPS2
        assert low < force.min()
        assert force.max() < high
    flight = np.concatenate(
        [np.linspace(steps.tc[k] + 1e-3, steps.ic[k + 1] - 1e-3, 20) for k in rows[:-1]]
    )
    assert np.abs(1 + motion.place(flight, 2)[:, 1] / G_MPS2).max() < 0.02
    # no transient before contact, one soon after it
    for k in rows[:10]:
        hits = motion.impacts[int(steps.sigma[k])][0]
        assert np.abs(hits.displacement(steps.ic[k] - np.array([1e-3])).a).max() < 0.2
        assert hits.displacement(steps.ic[k] + np.linspace(0, 0.06, 60)).a[1].max() > 30.0


def test_sacrum_brakes_then_pushes() -> None:
    motion = simulate_motion(RunnerSettings(schedule=(Segment("run", 15.0),)), seed=3)
    steps = motion.plan.steps
    rows = running(motion)
    speed = [
        motion.place(steps.ic[rows] + f * (steps.tc - steps.ic)[rows], 1)[:, 0].mean()
        for f in (0.0, 0.5, 1.0)
    ]
    assert speed[1] < speed[0] - 0.1
    assert speed[1] < speed[2] - 0.1


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_plausible_signals_of_random_runners(seed: int) -> None:
    runner = random_runner(np.random.default_rng(seed))
    motion = simulate_motion(replace(runner, schedule=(Segment("run", 20.0),)), seed=seed)
    t = np.arange(1, 19, 0.004)
    shank = motion.kinematics("left_shank", t)
    swing = np.degrees(shank.gyr[:, 2])
    assert 380 < swing.max() < 950
    assert swing.max() > -swing.min(), "the forward swing is the fastest"
    assert 3 < np.abs(shank.acc).max() / G_MPS2 < 30
    pelvis = motion.kinematics("pelvis", t).acc / G_MPS2
    assert 1.7 < pelvis[:, 1].max() < 4.5
    assert np.quantile(pelvis[:, 1], 0.05) < 0.2
    truth = motion.truth()
    truth = truth[truth["steady"]]
    assert truth["pelvis_obliquity_range_deg"].between(2, 18).all()
    assert truth["vertical_oscillation_cm"].between(3, 13).all()
    assert truth["duty_factor"].between(0.22, 0.47).all()
    assert motion.angle("left_knee_flexion", t).max() > 75
    assert np.abs(motion.angle("left_knee_abduction", t)).max() < 20


def test_walking_has_double_support_and_running_flight(mixed: Motion) -> None:
    truth = mixed.truth()
    steady = truth[truth["steady"]]
    walk, run = steady[steady["gait"] == "walk"], steady[steady["gait"] == "run"]
    assert len(walk) > 3
    assert (walk["flight_time_s"] < 0).all()
    assert len(run) > 10
    assert (run["flight_time_s"] > 0).all()
    assert walk["duty_factor"].between(0.55, 0.68).all()


def test_bend_leans_inward_and_turns() -> None:
    s = RunnerSettings(path="track", lap_m=2 * np.pi * 20, bend_radius_m=20.0)
    motion = simulate_motion(replace(s, schedule=(Segment("run", 20.0),)), seed=1)
    t = np.linspace(5, 15, 200)
    rate, speed = motion.turn_rate(t), motion.speed(t)
    assert np.all(rate > 0)
    np.testing.assert_allclose(rate, speed / 20.0, rtol=0.05)
    lean = np.degrees(np.arctan(speed**2 / 20 / G_MPS2))
    np.testing.assert_allclose(motion.angle("bend_lean", t), -lean, atol=0.3)
    # the sacrum feels effective gravity on average: no side force against its own axes
    side = motion.kinematics("pelvis", np.arange(5, 15, 0.002)).acc[:, 2].mean()
    assert abs(side) < 0.35


def test_fatigue_follows_its_course() -> None:
    tired = Fatigue(course="hinge", hinge=0.5, drop_excursion_deg=(3.0, 2.0), cadence_spm=-8.0)
    s = RunnerSettings(fatigue=tired, drop_sd_deg=0.1, schedule=(Segment("run", 120.0),))
    truth = simulate_motion(s, seed=6).truth()
    early, half, late = (
        truth[truth["ic_s"].between(a, b)] for a, b in ((0, 20), (40, 60), (110, 119))
    )
    for side, change in (("left", 3.0), ("right", 2.0)):
        mean = [
            part.loc[part["side"] == side, "pelvic_drop_excursion_deg"].mean()
            for part in (early, half, late)
        ]
        assert abs(mean[1] - mean[0]) < 0.35
        assert abs(mean[2] - mean[0] - 0.92 * change) < 0.5
    assert late["cadence_spm"].mean() < early["cadence_spm"].mean() - 5


def test_same_seed_same_motion() -> None:
    s = RunnerSettings(schedule=(Segment("run", 8.0),))
    t = np.linspace(1, 7, 100)
    a, b, c = (simulate_motion(s, seed).kinematics("left_shank", t).acc for seed in (5, 5, 6))
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).max() > 0.1


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(SettingsError, match="path"):
        RunnerSettings(path="moon")
    with pytest.raises(SettingsError, match="segment"):
        Segment("swim", 3.0)
    with pytest.raises(SettingsError, match="kind"):
        random_runner(np.random.default_rng(0), "robot")
    motion = simulate_motion(RunnerSettings(schedule=(Segment("stand", 3.0),)))
    with pytest.raises(InputError, match="placement"):
        motion.kinematics("head", np.zeros(1))
    with pytest.raises(InputError, match="angle"):
        motion.angle("nose", np.zeros(1))


def test_long_memory_noise() -> None:
    x = fgn(20_000, 0.8, np.random.default_rng(0))
    assert abs(x.std() - 1) < 0.15
    blocks = x[:19_200].reshape(-1, 64).mean(axis=1)
    # variance of block means falls as m^(2H-2)
    assert abs(np.log(blocks.var()) / np.log(64) - (2 * 0.8 - 2)) < 0.1


segments = st.lists(
    st.builds(
        Segment,
        st.sampled_from(["stand", "bows", "kicks", "jumps", "walk", "run", "sprint"]),
        st.floats(0.5, 9.0),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    schedule=segments,
    speed=st.floats(1.8, 6.0),
    cadence=st.floats(140, 200),
    height=st.floats(1.4, 2.1),
    path=st.sampled_from(["straight", "track", "out_and_back"]),
    seed=st.integers(0, 1000),
)
def test_any_schedule_gives_finite_motion(
    schedule: list[Segment], speed: float, cadence: float, height: float, path: str, seed: int
) -> None:
    s = RunnerSettings(
        schedule=tuple(schedule),
        speed_mps=speed,
        cadence_spm=cadence,
        height_m=height,
        path=path,
        lap_m=250.0,
    )
    motion = simulate_motion(s, seed)
    t = np.arange(0, motion.duration_s, 0.01)
    for placement in ("pelvis", "right_shank"):
        k = motion.kinematics(placement, t)
        assert np.isfinite(k.acc).all()
        assert np.isfinite(k.gyr).all()
        assert np.abs(k.acc).max() < 100 * G_MPS2
    truth = motion.truth()
    assert truth["ic_s"].is_monotonic_increasing
    assert (truth["contact_time_s"] > 0.05).all()
