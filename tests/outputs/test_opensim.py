"""OpenSim files: the pelvis as the gait models turn it, and a layout that reads back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from hipgait.errors import InputError
from hipgait.kinematics.segments import PelvisSeries, SegmentAngles, ShankSeries
from hipgait.outputs.opensim import model_angles, series_of, write_motion

ANGLE = st.floats(-1.2, 1.2)


def angles(*, pelvis: bool = True, n: int = 400) -> SegmentAngles:
    t = np.arange(n) / 100.0
    zero = np.zeros(n)
    wave = np.radians(5.0) * np.sin(2 * np.pi * 1.4 * t)
    series = PelvisSeries(10.0, 100.0, wave, zero + 0.1, -wave, zero, zero, zero)
    leg = ShankSeries(10.005, 100.0, 2.0 * wave, 3.0 * wave, zero, zero)
    return SegmentAngles(series if pelvis else None, {"right": leg}, {}, True, None, "none")


@given(ANGLE, ANGLE, ANGLE)
def test_the_models_angles_are_the_same_rotation(ob: float, tilt: float, turn: float) -> None:
    """Ours turns about y, x, z, the models about z, x, y: one and the same pelvis."""
    got = model_angles(np.array([ob]), np.array([tilt]), np.array([turn]))
    theirs = Rotation.from_euler("ZXY", np.column_stack(got))
    ours = Rotation.from_euler("YXZ", [[turn, -ob, -tilt]])
    np.testing.assert_allclose(theirs.as_matrix(), ours.as_matrix(), atol=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ((0.1, 0.0, 0.0), (0.0, -0.1, 0.0)),  # right side up: list is negative
        ((0.0, 0.2, 0.0), (-0.2, 0.0, 0.0)),  # tilted forwards: tilt is negative
        ((0.0, 0.0, 0.3), (0.0, 0.0, 0.3)),  # turned left: rotation is positive
    ],
)
def test_signs_of_the_models(ours: tuple[float, ...], theirs: tuple[float, ...]) -> None:
    got = model_angles(*(np.array([x]) for x in ours))
    np.testing.assert_allclose(np.concatenate(got), theirs, atol=1e-12)


@pytest.mark.parametrize("fmt", ["mot", "sto"])
def test_a_file_reads_back(fmt: str, tmp_path: Path) -> None:
    path = tmp_path / f"run.{fmt}"
    rows = write_motion(path, "my\nrun", angles(), fmt)
    lines = path.read_text().splitlines()
    end = lines.index("endheader")
    head = dict(line.split("=") for line in lines[1:end])
    assert lines[0] == "my run"
    columns = lines[end + 1].split("\t")
    data = np.loadtxt(lines[end + 2 :], delimiter="\t")
    assert head == {
        "version": "1",
        "nRows": str(rows),
        "nColumns": str(len(columns)),
        "inDegrees": "yes",
    }
    assert data.shape == (rows, len(columns))
    time, expected = series_of(angles(), fmt)
    np.testing.assert_allclose(data[:, 0], time, atol=1e-5)
    np.testing.assert_allclose(data[:, 1:], np.column_stack([*expected.values()]), atol=1e-4)


def test_the_shank_is_brought_to_the_pelvis_clock() -> None:
    time, columns = series_of(angles(), "sto")
    inside = slice(50, -50)
    want = 2.0 * 5.0 * np.sin(2 * np.pi * 1.4 * (time[inside] - 10.005))
    error = columns["right_shank_lean_deg"][inside] - want
    assert np.abs(error).max() < 0.05  # linear between samples, and the 10 Hz filter
    assert np.isnan(columns["right_shank_lean_deg"][0])  # before its first sample


def test_the_pelvis_under_its_own_names() -> None:
    time, columns = series_of(angles(), "sto")
    inside = slice(50, -50)
    wave = 5.0 * np.sin(2 * np.pi * 1.4 * (time[inside] - 10.0))
    for name, want in (("obliquity", wave), ("tilt", np.degrees(0.1)), ("rotation", -wave)):
        error = columns[f"pelvis_{name}_deg"][inside] - want
        assert np.abs(error).max() < 0.05, name  # of the 10 Hz filter


def test_without_a_pelvis_the_shank_sets_the_grid() -> None:
    time, columns = series_of(angles(pelvis=False), "mot")
    assert time[0] == pytest.approx(10.005)
    assert list(columns) == ["shank_lean_r", "shank_angle_r"]


def test_nothing_to_write_is_said(tmp_path: Path) -> None:
    none = SegmentAngles(None, {}, {}, False, None, "none")
    with pytest.raises(InputError, match="no segment"):
        write_motion(tmp_path / "x.mot", "x", none, "mot")
    assert not list(tmp_path.iterdir())
