"""The control test on simulated movements: all found, none invented, small errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hipgait.errors import InputError
from hipgait.metrics.control import control_test
from hipgait.metrics.control_angles import RATE_HZ, without_bias
from hipgait.metrics.control_columns import CONTROL_COLUMNS, STANCE_COLUMNS
from hipgait.metrics.control_find import _height
from hipgait.recording import Recording, SensorStream
from hipgait.simulate.body import RunnerSettings, Segment
from hipgait.simulate.body import control_test as protocol
from hipgait.simulate.control_cases import control_case
from hipgait.simulate.runner import simulate_motion
from hipgait.simulate.sensors import SensorSettings, simulate_recording
from hipgait.simulate.task_truth import repetitions_truth, stances_truth

CASES = [(0, 50.0), (3, 100.0), (7, 200.0), (11, 500.0)]


@pytest.mark.parametrize(("number", "rate"), CASES)
def test_every_repetition_is_found_and_none_invented(number: int, rate: float) -> None:
    recording, motion = control_case(number, rate_hz=rate, hold_s=12.0)
    found, truth = control_test(recording).repetitions, repetitions_truth(motion)
    assert list(found.columns) == [c.name for c in CONTROL_COLUMNS]
    pairs = found[["side", "kind"]].to_numpy().tolist()
    assert pairs == truth[["side", "kind"]].to_numpy().tolist()
    assert found["set"].to_list() == np.repeat([1, 2, 3, 4], 5).tolist()
    assert found["repetition"].to_list() == [1, 2, 3, 4, 5] * 4
    times = ["low_s", "lowering_s", "lifting_s"]
    off = (found[times] - truth[times]).abs()
    assert off["low_s"].max() < 0.05
    assert off.quantile(0.8).max() < 0.05


@pytest.mark.parametrize("mounting", [0, 1])
def test_ideal_sensors_see_drop_and_lean(mounting: int) -> None:
    """What is left is the direction of the sensors (bows and kicks off their plane), and sway in
    the level before a repetition."""
    _, motion = control_case(4, hold_s=12.0)
    recording = simulate_recording(motion, SensorSettings.ideal(), 100.0, seed=mounting)
    result, truth = control_test(recording), repetitions_truth(motion)
    for name, most in (
        ("pelvic_drop_low_deg", 0.8),
        ("pelvic_drop_change_deg", 1.5),
        ("shank_lean_low_deg", 1.5),
        ("shank_forward_deg", 1.5),
        ("pelvis_travel_cm", 1.5),
    ):
        error = result.repetitions[name].to_numpy() - truth[name].to_numpy()
        assert np.abs(error).max() < most, name
    # the sensors do not move within a test: repetitions compare far better than that
    drop = result.repetitions["pelvic_drop_low_deg"] - truth["pelvic_drop_low_deg"]
    legs = drop.groupby([truth["side"], truth["kind"]])
    assert (drop - legs.transform("mean")).abs().max() < 0.2


def test_stances_are_found_with_their_sway() -> None:
    recording, motion = control_case(2, hold_s=20.0)
    found, truth = control_test(recording).stances, stances_truth(motion)
    assert list(found.columns) == [c.name for c in STANCE_COLUMNS]
    assert found["side"].to_list() == truth["side"].to_list()
    assert found["hold_s"].to_numpy() == pytest.approx(truth["hold_s"].to_numpy(), abs=0.6)
    assert found["complete"].all()
    for name in ("pelvic_drop_sway_deg", "shank_lean_sway_deg"):
        assert found[name].to_numpy() == pytest.approx(truth[name].to_numpy(), abs=0.1)


def test_more_lean_is_seen_as_more_lean() -> None:
    """The same athlete, the same straps: four degrees more knee inward on both legs."""
    lean = []
    for more in (0.0, 4.0):
        recording, _ = control_case(6, more_lean_deg=more, hold_s=12.0)
        table = control_test(recording).repetitions
        lean.append(table.groupby(["side", "kind"])["shank_lean_change_deg"].mean())
    # what is read off is the mean over the bottom less before: a little under the peak
    assert (lean[1] - lean[0]).to_numpy() == pytest.approx(3.85, abs=0.5)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_invented_in_other_movements(seed: int) -> None:
    schedule = (
        *protocol()[:4],
        Segment("walk", 25.0),
        Segment("stand", 20.0),
        Segment("bows", 12.0),
        Segment("kicks", 14.0),
        Segment("jumps", 5.0),
        Segment("run", 20.0),
        Segment("walk", 10.0, 0.8),
        Segment("stand", 10.0),
    )
    motion = simulate_motion(RunnerSettings(schedule=schedule), seed=seed)
    result = control_test(simulate_recording(motion, SensorSettings.consumer(), 100.0, seed=seed))
    assert len(result.repetitions) == 0
    assert len(result.stances) == 0
    assert "no single-leg squats on the left leg found" in result.notes
    assert result.summary == {}


@pytest.fixture(scope="module")
def recording() -> Recording:
    return control_case(1, hold_s=10.0)[0]


def _without(stream: SensorStream, begin: float, end: float) -> SensorStream:
    keep = (stream.time_s < begin) | (stream.time_s > end)
    assert stream.gyr is not None
    return replace(stream, time_s=stream.time_s[keep], acc=stream.acc[keep], gyr=stream.gyr[keep])


def test_a_lost_free_shank_does_not_cost_the_repetition(recording: Recording) -> None:
    whole = control_test(recording).repetitions
    second = whole[(whole["side"] == "left") & (whole["kind"] == "squat")].iloc[1]
    gap = (second["low_s"] - 1.0, second["low_s"] + 1.0)
    streams = {**recording.streams, "right_shank": _without(recording["right_shank"], *gap)}
    again = control_test(replace(recording, streams=streams)).repetitions
    assert again[["side", "kind"]].equals(whole[["side", "kind"]])
    # the standing shank itself: that one is missing, the others stay
    streams = {**recording.streams, "left_shank": _without(recording["left_shank"], *gap)}
    less = control_test(replace(recording, streams=streams)).repetitions
    assert len(less) == len(whole) - 1
    assert (less["low_s"] - second["low_s"]).abs().min() > 1.0


def test_bad_input_is_one_line(recording: Recording) -> None:
    def refused(streams: dict[str, SensorStream]) -> str:
        with pytest.raises(InputError) as caught:
            control_test(replace(recording, streams=streams))
        text = str(caught.value)
        assert "\n" not in text
        return text

    streams = dict(recording.streams)
    two = {p: s for p, s in streams.items() if p != "left_shank"}
    assert refused(two).startswith("no left_shank sensor. A control test needs")
    blind = {**streams, "pelvis": replace(streams["pelvis"], gyr=None)}
    assert refused(blind).startswith("pelvis has no gyroscope")
    late = {p: _without(s, 0.0, 30.0) for p, s in streams.items()}
    assert "found. Stand still 15 s, bow three times" in refused(late)


def test_height_of_a_known_movement() -> None:
    """Down by 10 cm and up again as a cosine, with a biased accelerometer."""
    t = np.arange(0, 4.0 + 1e-9, 1 / RATE_HZ)
    w = 2 * np.pi / 4.0
    acc = -0.05 * w**2 * np.cos(w * t)
    for bias in (0.0, 0.3, -0.2):
        height = _height(acc + bias + 0.05 * t)
        assert height[len(t) // 2] == pytest.approx(-0.1, abs=0.003)
        assert height[-1] == pytest.approx(0.0, abs=1e-9)


def test_the_bias_of_a_tilting_sensor_is_found() -> None:
    t = np.arange(0, 60, 1 / RATE_HZ)
    tilt = np.radians(40) * (np.sin(0.4 * t) > 0.3)
    turned = np.column_stack([np.sin(tilt), np.cos(tilt) - 1, np.zeros_like(t)])
    bias = np.array([0.25, -0.1, 0.2])
    left = without_bias(turned @ bias, turned, 0.15)
    assert np.ptp(left) < 0.1 * np.ptp(turned @ bias)
    holes = (turned @ bias).copy()
    holes[100:200] = np.nan
    assert np.isnan(without_bias(holes, turned, 0.15)).sum() == 100


def test_summary_counts_and_averages(recording: Recording) -> None:
    result = control_test(recording)
    table: pd.DataFrame = result.repetitions
    rows = table[(table["kind"] == "step_down") & (table["side"] == "right")]
    cell = result.summary["step_down"]["right"]["lowering_s"]
    assert cell["n"] == 5
    assert cell["mean"] == pytest.approx(rows["lowering_s"].mean())
    assert cell["sd"] == pytest.approx(rows["lowering_s"].std())
    assert set(result.summary) == {"squat", "step_down", "stance"}
    assert result.notes == ()
