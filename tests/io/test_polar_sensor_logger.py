"""Polar Sensor Logger: two files a device, units, a clock that is set in between."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError
from hipgait.io.reader import read_run
from tests.io.build import G, moving
from tests.io.phones import polar_txt

STEM = "Polar_Sense_B5D1F221_20260314_092653"


def pair(folder: Path, stem: str = STEM) -> Path:
    t, acc, _ = moving(600, 52.0)
    later, _, gyr = moving(600, 52.0, start=0.005)
    path = folder / f"{stem}_ACC.txt"
    path.write_text(polar_txt(t, acc * 1000 / G, "mg"))
    (folder / f"{stem}_GYRO.txt").write_text(polar_txt(later, gyr, "dps"))
    return path


def test_accelerometer_and_gyroscope_are_one_sensor(tmp_path: Path) -> None:
    path = pair(tmp_path)
    stream = read_run(tmp_path, {"left_shank": path})["left_shank"]
    t, acc, gyr = moving(600, 52.0)
    np.testing.assert_allclose(stream.acc, acc, atol=1e-4)
    np.testing.assert_allclose(np.degrees(stream.gyr[1:]), gyr[1:], atol=1.0)  # type: ignore[index]
    np.testing.assert_allclose(stream.time_s, t, atol=1e-6)
    assert stream.rate_hz == pytest.approx(52.0, rel=1e-4)
    assert stream.provenance.format == "polar_sensor_logger"


def test_named_after_the_placement_gz_and_zip(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    pair(folder, "left_shank")
    pair(folder, "pelvis")
    recording = read_run(folder)
    assert set(recording.streams) == {"pelvis", "left_shank"}
    assert all(s.has_gyr for s in recording.streams.values())
    assert not recording.synchronised
    archive = shutil.make_archive(str(tmp_path / "x"), "zip", folder)
    np.testing.assert_array_equal(read_run(Path(archive))["pelvis"].acc, recording["pelvis"].acc)
    for path in list(folder.iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert read_run(folder)["pelvis"].has_gyr


def test_extra_column_and_decimal_comma(tmp_path: Path) -> None:
    lines = pair(tmp_path).read_text().split("\n")
    head = lines[0].replace("[ns];X", "[ns];timestamp [ms];X")
    rows = [line.split(";") for line in lines[1:] if line]
    text = [";".join([r[0], r[1], *(c.replace(".", ",") for c in ("0.0", *r[2:]))]) for r in rows]
    path = tmp_path / "pelvis.txt"
    path.write_text("\n".join([head, *text]))
    np.testing.assert_allclose(read_run(path)["pelvis"].acc, moving(600, 52.0)[1], atol=1e-4)


def test_a_clock_that_is_set_in_between(tmp_path: Path) -> None:
    t, acc, _ = moving(600, 52.0)
    early = polar_txt(t[:200], acc[:200] * 1000 / G, "mg", 10**15).split("\n")[:-1]
    late = polar_txt(t[200:], acc[200:] * 1000 / G, "mg").split("\n")[1:]
    path = tmp_path / "right_shank_ACC.txt"
    path.write_text("\n".join([*early, *late]))
    stream = read_run(path)["right_shank"]
    assert stream.duration_s == pytest.approx(t[-1], abs=0.002)
    assert any("was set 1 times in between" in n for n in stream.provenance.notes)


def test_a_real_gap_stays(tmp_path: Path) -> None:
    t, acc, _ = moving(600, 52.0)
    t = t + np.where(np.arange(600) > 300, 7.0, 0.0)
    path = tmp_path / "pelvis_ACC.txt"
    path.write_text(polar_txt(t, acc * 1000 / G, "mg"))
    stream = read_run(path)["pelvis"]
    assert len(stream.gaps) == 1
    assert stream.duration_s == pytest.approx(t[-1], abs=1e-6)


def test_refusals(tmp_path: Path) -> None:
    path = pair(tmp_path, "pelvis")
    path.unlink()
    alone = tmp_path / "pelvis_GYRO.txt"
    with pytest.raises(FormatError, match="a gyroscope without its accelerometer"):
        read_run(alone)
    t, acc, _ = moving(600, 52.0)
    path.write_text(polar_txt(t, acc, "mg"))  # m/s^2 under a header that says mg
    with pytest.raises(FormatError, match="gravity should give 1e\\+03"):
        read_run(path, {"left_foot": path})
    path.write_text(polar_txt(t, np.tile([200.0, 300.0, 100.0], (600, 1)) + acc, "G"))
    with pytest.raises(FormatError, match="unknown columns"):
        read_run(path)
