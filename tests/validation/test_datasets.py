"""Loaders of public data sets, on files written here in their documented layouts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from hipgait.api import analyze
from hipgait.errors import InputError, MissingInputError
from hipgait.names import G_MPS2
from tests.io import build
from tests.strides.gaitmaker import Steps, make_steps, pelvis, shank
from validation.datasets import best_offset, compare, marea, neura_sparse, pac12

STEPS = make_steps(np.full(120, 0.72))


def write_marea(folder: Path, steps: Steps, beyond: int = 0) -> Path:
    """Subject 1 with one activity that starts at sample 1001."""
    (folder / "Subject Data_txt format").mkdir(parents=True)
    (folder / "Activity Timings").mkdir()
    truth, n = {}, 0
    for side, word in (("left", "LF"), ("right", "RF")):
        acc = shank(steps, side, marea.RATE_HZ).acc
        n = len(acc)
        still = np.tile([0.0, G_MPS2, 0.0], (1000, 1))
        path = folder / "Subject Data_txt format" / f"Sub1_{word}.txt"
        path.write_text("\n".join(["accX,accY,accZ", *build.rows_of(np.vstack([still, acc]))]))
        mine = steps.left == (side == "left")
        for kind, at in (("HS", steps.ic_s), ("TO", steps.tc_s)):
            truth[f"{word}_{kind}"] = np.round(at[mine] * marea.RATE_HZ) + 1 + beyond
    times = np.array([[1001.0, 1500.0, 1000.0 + n, 1, 2, 3, 4, 5]])
    timings = folder / "Activity Timings"
    savemat(timings / "Indoor Experiment Timings.mat", {"indoorTime": times})
    savemat(timings / "Outdoor Experiment Timings.mat", {"outdoorTime": times[:, :3]})
    entry = np.array([({"treadWalknRun": truth})], dtype=object)
    savemat(folder / "GroundTruth.mat", {"GroundTruth": entry[0]})
    return folder


def test_marea(tmp_path: Path) -> None:
    (trial,) = marea.trials(write_marea(tmp_path / "a", STEPS))
    assert trial.name == "Sub1 treadWalknRun"
    np.testing.assert_allclose(trial.ic_s, STEPS.ic_s, atol=0.5 / marea.RATE_HZ + 1e-9)
    assert set(trial.recording.streams) == {"left_shank", "right_shank"}
    found = compare(trial, analyze(trial.recording).strides)
    assert found["recall"] > 0.97
    assert found["precision"] > 0.97
    with pytest.raises(InputError, match="not counted from the activity's start"):
        list(marea.trials(write_marea(tmp_path / "b", STEPS, beyond=10**5)))
    with pytest.raises(MissingInputError, match="MAREA_dataset"):
        list(marea.trials(tmp_path))


def test_neura_sparse(tmp_path: Path) -> None:
    names = [f"{k}_{a}" for k in ("Acc", "Gyr") for a in "XYZ"]
    _, acc, gyr = build.moving(300)
    (tmp_path / "rawimu").mkdir()
    for placement in ("pelvis", "left_shank", "right_foot"):
        number = neura_sparse.SENSORS[placement]
        text = build.mt_text(names, np.hstack([acc, np.radians(gyr)]), rate=None)
        (tmp_path / "rawimu" / f"S01-Trial-Jog-1-{number}.txt").write_text(text)
    (trial,) = neura_sparse.trials(tmp_path)
    assert trial.name == "S01-Trial-Jog-1"
    assert set(trial.recording.streams) == {"pelvis", "left_shank", "right_foot"}
    assert trial.recording["pelvis"].rate_hz == pytest.approx(100.0)
    assert not len(trial.ic_s)
    with pytest.raises(MissingInputError, match="rawimu"):
        list(neura_sparse.trials(tmp_path / "rawimu"))


def test_pac12(tmp_path: Path) -> None:
    stream = pelvis(STEPS, 500.0)
    assert stream.gyr is not None
    time = np.arange(0.0, STEPS.end_s, 1e-3)
    force = np.zeros((len(time), 3))
    for ic, tc in zip(STEPS.ic_s, STEPS.tc_s, strict=True):
        force[(time >= ic) & (time < tc), 2] = 1500.0
    imu = {
        "a": stream.acc / G_MPS2, "w": np.degrees(stream.gyr),
        "time": 7.0 + np.arange(len(stream.acc)) / 500.0,
    }  # fmt: skip
    data = {"force": force, "time": time + 40.0, "IMU": {"Sacrum": imu}}
    savemat(tmp_path / "S01.mat", {"data": data})
    (trial,) = pac12.trials(tmp_path)
    np.testing.assert_allclose(trial.ic_s - 40.0, STEPS.ic_s, atol=2e-3)
    found = compare(trial, analyze(trial.recording).strides)
    assert found["recall"] > 0.95
    assert abs(found["ic_ms"]) < 2.0  # an offset was searched: no mean is left
    with pytest.raises(MissingInputError, match="data"):
        list(pac12.trials(tmp_path / "none"))


def test_offset_of_two_clocks() -> None:
    uneven = np.cumsum(np.random.default_rng(1).uniform(0.3, 0.4, 60))
    assert best_offset(uneven, uneven[10:50] - 12.3) == pytest.approx(12.3, abs=0.003)
