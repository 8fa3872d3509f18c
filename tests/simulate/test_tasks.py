"""The control test's movements: feet, courses and truth."""

from __future__ import annotations

import numpy as np
import pytest

from hipgait.errors import SettingsError
from hipgait.simulate.body import RunnerSettings, Segment, control_test
from hipgait.simulate.motion import Motion
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.task_truth import repetitions_truth, stances_truth
from hipgait.simulate.tasks import TaskSettings

STILL = TaskSettings(spread=0.0, sway_deg=0.0, depth_m=0.15, drop_deg=6.0, lean_deg=-2.0)


@pytest.fixture(scope="module")
def motion() -> Motion:
    return simulate_motion(RunnerSettings(schedule=control_test(STILL, hold_s=12.0)), seed=3)


def test_the_standing_foot_stays_and_the_other_is_off_the_ground(motion: Motion) -> None:
    tasks = motion.plan.tasks
    assert [t.kind for t in tasks] == [
        f"{k}_{s}" for k in ("squats", "stepdowns", "stance") for s in ("left", "right")
    ]
    for task in tasks:
        sides = ("right", "left") if task.sigma > 0 else ("left", "right")
        t = np.arange(task.lift + 1.0, task.down - 1.0, 0.01)
        standing, free = (motion.position(f"{s}_foot", t, np.zeros(3)) for s in sides)
        assert np.ptp(standing, axis=0).max() < 0.0005
        low = [(free[(t > r[1]) & (t < r[2]), 1] - standing[0, 1]).max() for r in task.reps]
        if task.task == "stepdowns":
            assert max(low) < -0.05  # reaches below the step's level
        else:
            assert (free[:, 1] - standing[:, 1]).min() > 0.05


def test_depth_drop_and_lean_are_those_asked_for(motion: Motion) -> None:
    left = [t for t in motion.plan.tasks if t.sigma < 0 and len(t.reps)]
    for task in left:
        lowest, leave = task.reps[:, 1], task.reps[:, 2]
        at = 0.5 * (lowest + leave)
        top = task.reps[:, 0]
        drop = -motion.angle("pelvis_obliquity", at) + motion.angle("pelvis_obliquity", top)
        lean = motion.angle("left_shank_lean", at) - motion.angle("left_shank_lean", top)
        assert drop == pytest.approx(6.0, abs=0.15)
        assert lean == pytest.approx(-2.0, abs=0.02)
        depth = motion.place(top)[:, 1] - motion.place(at)[:, 1]
        assert depth == pytest.approx(0.15, abs=0.001)


def test_truth_has_a_row_for_every_repetition_and_stance(motion: Motion) -> None:
    truth = repetitions_truth(motion)
    counts = truth.groupby(["kind", "side"]).size()
    assert (counts == 5).all()
    assert len(counts) == 4
    left = truth[truth["side"] == "left"]
    assert left["pelvic_drop_change_deg"].to_numpy() == pytest.approx(5.5, abs=0.5)
    assert (truth["start_s"] < truth["low_s"]).all()
    assert (truth["low_s"] < truth["end_s"]).all()
    holds = stances_truth(motion)
    assert holds["hold_s"].to_numpy() == pytest.approx(12.0, abs=0.01)
    assert holds[holds["side"] == "left"]["shank_lean_sway_deg"].iloc[0] < 0.02


@pytest.mark.parametrize(
    ("name", "value"), [("depth_m", 0.5), ("lowering_s", 0.1), ("repetitions", 0), ("spread", 0.9)]
)
def test_impossible_tasks_are_refused(name: str, value: float) -> None:
    with pytest.raises(SettingsError, match=f"{name} = {value}.*Allowed"):
        TaskSettings(**{name: value})  # type: ignore[arg-type]


def test_a_task_without_time_is_refused() -> None:
    with pytest.raises(SettingsError, match="squats_left lasts 3 s"):
        simulate_motion(RunnerSettings(schedule=(Segment("squats_left", 3.0),)))
