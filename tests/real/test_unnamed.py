"""Real files under names that say nothing: right, or refused; never wrong and sure."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import UnclearSensorsError
from hipgait.kinematics.uniform import UniformStream
from hipgait.names import G_MPS2
from hipgait.strides.place_guess import CONFIDENT, guess_placements
from hipgait.unnamed import Survey, find_sensors
from tests.real import driven

RealData = Callable[[str], Path]


def survey(folder: Path) -> Survey:
    """What is shown before it is refused."""
    shown: list[Survey] = []
    with pytest.raises(UnclearSensorsError):
        find_sensors(folder, show=shown.append)
    return shown[0]


def test_outdoor_run_of_accelerometers(real_data: RealData, tmp_path: Path) -> None:
    """A belt on the hip and a clip below the ankle: the limb cannot be told, and is not."""
    root = real_data("outdoor-run-hip-ankle")
    for name, place in (("A", "ankle"), ("B", "hip")):
        table = np.loadtxt(
            root / f"acc_running_left_{place}.csv.gz", delimiter=",", skiprows=1, max_rows=30_000
        )
        head = "time_s,acc_x_g,acc_y_g,acc_z_g"
        np.savetxt(tmp_path / f"{name}.csv", table, "%.3f", ",", header=head, comments="")
    seen = {Path(s.file).stem: s.guess for s in survey(tmp_path).seen}
    assert seen["B"].placement == "pelvis"
    assert not seen["A"].sure
    assert seen["A"].placement != "pelvis"


def test_treadmill_accelerometers(real_data: RealData, tmp_path: Path) -> None:
    root = real_data("treadmill-waist-ankle")
    for name, place in (("A", "ankle"), ("B", "waist")):
        with (
            gzip.open(root / f"002{place}.csv.gz") as packed,
            open(tmp_path / f"{name}.csv", "wb") as out,
        ):
            shutil.copyfileobj(packed, out)
    seen = {Path(s.file).stem: s.guess for s in survey(tmp_path).seen}
    assert seen["B"].placement == "pelvis"
    assert seen["B"].sure  # knocks of both legs; only the ankle is asked for
    assert not seen["A"].sure


@pytest.mark.parametrize("folder", ["lower-body-ximu3", "formats/movella-dot/android_pelvis_legs"])
def test_no_running_no_guess(real_data: RealData, tmp_path: Path, folder: str) -> None:
    """Stepping and a few strides: the table says so."""
    for k, path in enumerate(sorted(real_data(folder).iterdir())):
        if path.is_dir():
            # Command.json bears the name of the device
            unsaid = shutil.ignore_patterns("Command.json")
            shutil.copytree(path, tmp_path / f"sensor {k}", ignore=unsaid)
        elif path.suffix == ".csv":
            shutil.copy(path, tmp_path / f"D{k}{path.suffix}")
    shown = survey(tmp_path)
    assert all("no steady running" in s.guess.why for s in shown.unsure)
    assert "no steady running" in shown.table


@pytest.mark.parametrize("name", driven.CASES)
def test_motion_of_people(real_data: RealData, name: str) -> None:
    """Rigid bodies driven by measured running: no impacts, which is harder."""
    poses, _ = driven.case(name, real_data, 40.0)
    worn = tuple(p for p in driven.LEVERS if p in poses)
    streams, _ = driven.streams(poses, 40.0, 100.0, seed=3, placements=worn)
    guesses = guess_placements({f"D{k}": streams[p] for k, p in enumerate(worn)})
    for k, placement in enumerate(worn):
        guess = guesses[f"D{k}"]
        assert guess.placement is not None
        assert guess.placement.split("_")[-1] == placement.split("_")[-1]
        assert guess.segment > 0.8
        assert guess.placement == placement or not guess.sure


def test_stride_means_of_seven_sensors(real_data: RealData) -> None:
    """One person's pelvis, thighs, shanks and feet in running, averaged over strides, repeated."""
    import pandas as pd

    table = pd.read_csv(real_data("running-stride-mean-imu") / "P01_normrunning.csv")
    fs = 100 / float(table["dur|dur|s"].dropna().iloc[0])
    segments = {"femur": "thigh", "tibia": "shank", "foot": "foot"}
    where = {"pelvis": "pelvis"} | {
        f"{bone}_{s}": f"{side}_{part}"
        for bone, part in segments.items()
        for s, side in (("l", "left"), ("r", "right"))
    }
    streams = {}
    for column, placement in where.items():
        acc = table[[f"acc|{column}_{x}|m/s^2" for x in "xyz"]].to_numpy(dtype=np.float64)
        gyr = table[[f"gyro|{column}_{x}|rad/s" for x in "xyz"]].to_numpy(dtype=np.float64)
        assert 5 < np.linalg.norm(acc.mean(axis=0)) < 5 * G_MPS2
        no = np.zeros(40 * len(acc), dtype=bool)
        tiled = np.tile(acc, (40, 1)), np.tile(gyr, (40, 1))
        streams[placement] = UniformStream(placement, 0.0, fs, *tiled, no, no, no)
    guesses = guess_placements({f"x {p}": s for p, s in streams.items()})
    assert {k.removeprefix("x "): g.placement for k, g in guesses.items()} == {
        p: p for p in streams
    }
    assert min(g.confidence for g in guesses.values()) > CONFIDENT
