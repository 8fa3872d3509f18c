"""Loaders of public data sets, on files written here in their documented layouts."""

from __future__ import annotations

import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from hipgait.api import analyze
from hipgait.errors import FormatError, InputError, MissingInputError
from hipgait.names import G_MPS2
from tests.io import build
from tests.strides.gaitmaker import Steps, make_steps, pelvis, shank
from validation.datasets import (
    bach,
    best_offset,
    compare,
    grouvel,
    marea,
    neura_sparse,
    pac12,
    spans,
    texsense,
    to_si,
)

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
    assert trial.recording.synchronised is True
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


def write_bach(folder: Path, steps: Steps) -> Path:
    """Two trials, forces downwards and upwards, with a drifted zero."""
    rate = 1000.0 / 7.0
    leg = shank(steps, "left", rate)
    time = np.arange(len(leg.acc)) / rate
    force = np.full(len(time), -30.0)
    for ic, tc in zip(steps.ic_s[steps.left], steps.tc_s[steps.left], strict=True):
        force[(time >= ic) & (time < tc)] = -1400.0
    entries = [
        {
            "Accelerometer": leg.acc / G_MPS2,
            "GroundReactionForce": sign * force,
            "SamplingRate": rate,
            "Condition": "running",
        }
        for sign in (1.0, -1.0)
    ]
    savemat(folder / "walk+run.mat", {"data": np.array(entries, dtype=object)})
    return folder


def test_bach(tmp_path: Path) -> None:
    both = list(bach.trials(write_bach(tmp_path, STEPS)))
    assert [t.name for t in both] == ["trial 1 running", "trial 2 running"]
    mine = STEPS.left
    for trial in both:
        np.testing.assert_allclose(trial.ic_s, STEPS.ic_s[mine], atol=0.0071)
        np.testing.assert_allclose(trial.tc_s, STEPS.tc_s[mine], atol=0.0071)
    found = compare(both[0], analyze(both[0].recording).strides)
    assert found["recall"] > 0.97
    assert found["precision"] > 0.97
    savemat(tmp_path / "walk+run.mat", {"data": {"Accelerometer": np.zeros((3, 3))}})
    with pytest.raises(FormatError, match="GroundReactionForce"):
        list(bach.trials(tmp_path))
    with pytest.raises(MissingInputError, match="walk\\+run"):
        list(bach.trials(tmp_path / "none"))


def test_bach_contacts_are_those_of_the_validation(real_data: Callable[[str], Path]) -> None:
    """On a real trial, both signs of the force."""
    table = np.loadtxt(
        real_data("shank-acc-grf") / "trial01_running.csv.gz", delimiter=",", skiprows=1
    )
    for sign in (1.0, -1.0):
        ic, tc = bach.contacts(table[:, 0], sign * table[:, 4])
        assert 19 <= len(ic) <= 22
        assert np.all((tc - ic > 0.18) & (tc - ic < 0.35))


def test_offset_of_two_clocks() -> None:
    uneven = np.cumsum(np.random.default_rng(1).uniform(0.3, 0.4, 60))
    assert best_offset(uneven, uneven[10:50] - 12.3) == pytest.approx(12.3, abs=0.003)


# ------------------------------------------------------------------------------------- Grouvel


def write_grouvel(folder: Path, steps: Steps, name: str = "P01_S01_Running_01") -> Path:
    """A table of SYNC_DATA: pelvis and shanks in g and deg/s, insoles."""
    sensors = {
        "SA": pelvis(steps, grouvel.RATE_HZ),
        "LS": shank(steps, "left", grouvel.RATE_HZ),
        "RS": shank(steps, "right", grouvel.RATE_HZ),
    }
    n = min(s.n for s in sensors.values())
    table: dict[str, np.ndarray] = {}
    for word, stream in sensors.items():
        assert stream.gyr is not None
        for k, axis in enumerate("xyz"):
            table[f"P6_{word}_acc_{axis}"] = stream.acc[:n, k] / G_MPS2
            table[f"P6_{word}_gyro_{axis}"] = np.degrees(stream.gyr[:n, k])
    time = np.arange(n) / grouvel.RATE_HZ
    for side in ("left", "right"):
        load = np.zeros(n)
        for ic, tc, left in zip(steps.ic_s, steps.tc_s, steps.left, strict=True):
            load[(time >= ic) & (time < tc) & (left == (side == "left"))] = 900.0
        table[f"{side}TotalForce_N_"] = load
    path = folder / "P01_S01" / "SYNC_DATA" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(table).to_csv(path, index=False)
    return path


def test_grouvel(tmp_path: Path) -> None:
    path = write_grouvel(tmp_path, STEPS)
    write_grouvel(tmp_path, STEPS, "P01_S01_Static_01")  # no gait: left out
    (trial,) = grouvel.trials(tmp_path)
    assert trial.name == "P01_S01_Running_01"
    assert set(trial.recording.streams) == {"pelvis", "left_shank", "right_shank"}
    want = shank(STEPS, "right", grouvel.RATE_HZ)
    got = trial.recording["right_shank"]
    assert got.gyr is not None
    assert want.gyr is not None
    np.testing.assert_allclose(got.acc, want.acc[: len(got.acc)], atol=1e-9)
    np.testing.assert_allclose(got.gyr, want.gyr[: len(got.gyr)], atol=1e-9)
    np.testing.assert_allclose(trial.ic_s, STEPS.ic_s[: len(trial.ic_s)], atol=0.011)
    assert len(trial.ic_s) >= len(STEPS.ic_s) - 1
    found = compare(trial, analyze(trial.recording).strides)
    assert found["recall"] > 0.97
    assert found["precision"] > 0.97

    table = pd.read_csv(path)
    table.drop(columns=["leftTotalForce_N_"]).to_csv(path, index=False)
    (trial,) = grouvel.trials(tmp_path)
    assert not len(trial.ic_s)
    table.drop(columns=["P6_LS_gyro_z"]).to_csv(path, index=False)
    with pytest.raises(FormatError, match="P6_LS_gyro_z"):
        list(grouvel.trials(tmp_path))
    table[["leftTotalForce_N_"]].to_csv(path, index=False)
    with pytest.raises(FormatError, match="P6_SA_acc_x"):
        list(grouvel.trials(tmp_path))
    with pytest.raises(MissingInputError, match="SYNC_DATA"):
        list(grouvel.trials(tmp_path / "P01_S01" / "SYNC_DATA"))


# ------------------------------------------------------------------------------------ TexSense


def save_tensor(path: Path, table: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``torch.save`` writes of a contiguous tensor, without PyTorch."""
    utils, torch = types.ModuleType("torch._utils"), types.ModuleType("torch")

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    storage = type("FloatStorage", (), {"__module__": "torch"})
    monkeypatch.setattr(utils, "_rebuild_tensor_v2", _rebuild_tensor_v2, raising=False)
    monkeypatch.setattr(torch, "FloatStorage", storage, raising=False)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    class Stored:
        pass

    class Tensor:
        def __reduce__(self) -> tuple[object, ...]:
            shape, stride = table.shape, (table.shape[1], 1)
            return _rebuild_tensor_v2, (Stored(), 0, shape, stride, False, OrderedDict())

    class Saver(pickle._Pickler):  # type: ignore[name-defined, misc]
        def persistent_id(self, obj: object) -> object:
            return ("storage", storage, "0", "cpu", table.size) if isinstance(obj, Stored) else None

    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("archive/data.pkl", "w") as out:
            Saver(out, 2).dump(Tensor())
        archive.writestr("archive/data/0", table.astype("<f4").tobytes())


def write_texsense(folder: Path, monkeypatch: pytest.MonkeyPatch, *, scored: bool) -> Path:
    """A left slice: the same signals at every segment of the leg."""
    folder.mkdir()
    leg, hip = shank(STEPS, "left", texsense.RATE_HZ), pelvis(STEPS, texsense.RATE_HZ)
    assert leg.gyr is not None
    assert hip.gyr is not None
    one, base = np.hstack([leg.acc, leg.gyr]), np.hstack([hip.acc, hip.gyr])
    n = min(len(one), len(base))
    table = np.hstack([one[:n], one[:n], one[:n], base[:n]])
    if scored:
        table = (table - table.mean(axis=0)) / table.std(axis=0)
    moments = np.zeros((int(STEPS.end_s * texsense.TRUTH_HZ), 3))
    time = np.arange(len(moments)) / texsense.TRUTH_HZ
    for ic, tc in zip(STEPS.ic_s[STEPS.left], STEPS.tc_s[STEPS.left], strict=True):
        moments[(time >= ic) & (time < tc)] = (1.0, -0.2, 0.1)
    stem = "P08_A_level_2_left_3"
    save_tensor(folder / f"{stem}_imu.pt", table, monkeypatch)
    save_tensor(folder / f"{stem}_moments.pt", moments, monkeypatch)
    return folder / f"{stem}_imu.pt"


def test_texsense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_texsense(tmp_path / "a", monkeypatch, scored=False)
    (trial,) = texsense.trials(tmp_path / "a")
    assert set(trial.recording.streams) == {"left_foot", "left_shank", "left_thigh", "pelvis"}
    want = pelvis(STEPS, texsense.RATE_HZ).acc
    got = trial.recording["pelvis"].acc
    np.testing.assert_allclose(got, want[: len(got)], rtol=1e-5, atol=1e-5)
    mine = STEPS.ic_s[STEPS.left]
    np.testing.assert_allclose(trial.ic_s, mine[: len(trial.ic_s)], atol=0.011)
    assert len(trial.ic_s) >= len(mine) - 1

    path.with_name(path.name.replace("imu", "moments")).unlink()
    with pytest.raises(MissingInputError, match="moments"):
        list(texsense.trials(tmp_path / "a"))
    save_tensor(path, np.zeros((40, 23)), monkeypatch)
    with pytest.raises(FormatError, match="24"):
        list(texsense.trials(tmp_path / "a"))
    with pytest.raises(MissingInputError, match="imu"):
        list(texsense.trials(tmp_path / "none"))


def test_texsense_as_published_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Normalised channels have no gravity: nothing is made of them."""
    write_texsense(tmp_path / "a", monkeypatch, scored=True)
    with pytest.raises(InputError, match="normalised"):
        list(texsense.trials(tmp_path / "a"))


def test_a_tensor_file_runs_no_code(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return exec, ("raise SystemExit",)

    path = tmp_path / "x.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Evil()))
    with pytest.raises(FormatError, match="exec"):
        texsense.read_tensor(path)
    path.write_bytes(b"no archive")
    with pytest.raises(FormatError, match="not a tensor"):
        texsense.read_tensor(path)


# --------------------------------------------------------------------------------- units, spans


@pytest.mark.parametrize("gravity", [1.0, G_MPS2])
@pytest.mark.parametrize("degrees", [False, True])
def test_units_are_told_from_gravity_and_range(gravity: float, degrees: bool) -> None:
    _, acc, gyr = build.moving(600)
    rad = np.radians(gyr)
    found = to_si({"pelvis": (acc / G_MPS2 * gravity, gyr if degrees else rad)}, "x")["pelvis"]
    np.testing.assert_allclose(found[0], acc)
    np.testing.assert_allclose(found[1], rad)


def test_units_that_cannot_be_told_are_refused() -> None:
    _, acc, gyr = build.moving(600)
    with pytest.raises(InputError, match="neither 1 g nor"):
        to_si({"pelvis": (acc - acc.mean(axis=0), gyr)}, "x")
    with pytest.raises(InputError, match="neither 1 g nor"):  # one in g, the other in m/s^2
        to_si({"pelvis": (acc, gyr), "left_shank": (acc / G_MPS2, gyr)}, "x")
    with pytest.raises(InputError, match="nothing turns"):
        to_si({"pelvis": (acc, 1e-3 * gyr)}, "x")


def test_spans() -> None:
    time = np.arange(12) / 10.0
    on = np.array([1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 1, 1], dtype=bool)
    start, end = spans(time, on, 0.15)
    np.testing.assert_allclose(start, [0.3])  # cut off at both ends, one too short
    np.testing.assert_allclose(end, [0.6])
