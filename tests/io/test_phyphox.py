"""phyphox: with and without gravity, separators, pauses, several files, repeated samples."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError
from hipgait.io.reader import read_run
from tests.io.build import G, moving
from tests.io.phones import free_and_gravity, phyphox_csv, phyphox_times

TIME = "Time (s)"


def names(sensor: str, unit: str) -> list[str]:
    return [f"{sensor} {a} ({unit})" for a in "xyz"]


def both_csv(n: int = 600, delimiter: str = ",") -> str:
    t, acc, gyr = moving(n)
    header = [TIME, *names("Acceleration", "m/s^2"), *names("Gyroscope", "rad/s")]
    return phyphox_csv(header, t, acc, np.radians(gyr), delimiter=delimiter)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_one_file_with_both_sensors(delimiter: str, tmp_path: Path) -> None:
    (tmp_path / "left_shank.csv").write_text(both_csv(delimiter=delimiter))
    stream = read_run(tmp_path)["left_shank"]
    t, acc, gyr = moving(600)
    np.testing.assert_allclose(stream.acc, acc, atol=1e-6)
    np.testing.assert_allclose(np.degrees(stream.gyr), gyr, atol=1e-5)  # type: ignore[arg-type]
    np.testing.assert_allclose(stream.time_s, t, atol=1e-6)
    assert stream.provenance.format == "phyphox"
    assert not stream.gravity_removed


def test_decimal_commas(tmp_path: Path) -> None:
    (tmp_path / "pelvis.csv").write_text(both_csv(delimiter=";").replace(".", ","))
    np.testing.assert_allclose(read_run(tmp_path)["pelvis"].acc, moving(600)[1], atol=1e-6)


def test_linear_acceleration_gives_timing_only(tmp_path: Path) -> None:
    t, free, _, _ = free_and_gravity(600)
    text = phyphox_csv([TIME, *names("Linear Acceleration", "m/s^2")], t, free)
    (tmp_path / "pelvis.csv").write_text(text)
    stream = read_run(tmp_path)["pelvis"]
    assert stream.gravity_removed
    assert not stream.has_gyr


@pytest.mark.parametrize("name", ["Linear Accelerometer.csv", "Accelerometer.csv", "pelvis.csv"])
def test_bare_columns_are_told_by_the_file_or_by_the_level(name: str, tmp_path: Path) -> None:
    t, free, gravity, _ = free_and_gravity(600)
    linear = name.startswith("Linear")
    acc = free if linear else free + gravity
    text = phyphox_csv([TIME, "X (m/s^2)", "Y (m/s^2)", "Z (m/s^2)"], t, acc)
    (tmp_path / name).write_text(text)
    stream = read_run(tmp_path, {"pelvis": tmp_path / name})["pelvis"]
    assert stream.gravity_removed == linear
    said = any("gravity is included" in n for n in stream.provenance.notes)
    assert said == (name == "pelvis.csv")


def test_a_name_that_claims_no_gravity_is_checked(tmp_path: Path) -> None:
    t, free, gravity, _ = free_and_gravity(600)
    path = tmp_path / "Linear Accelerometer.csv"
    header = [TIME, "X (m/s^2)", "Y (m/s^2)", "Z (m/s^2)"]
    path.write_text(phyphox_csv(header, t, free + gravity))
    with pytest.raises(FormatError, match="yet the file says that gravity was removed"):
        read_run(path, {"pelvis": path})


def several(folder: Path) -> Path:
    folder.mkdir(parents=True)
    t, free, gravity, _ = free_and_gravity(600)
    later, _, gyr = moving(600, start=0.004)
    header = [TIME, "X (m/s^2)", "Y (m/s^2)", "Z (m/s^2)"]
    (folder / "Accelerometer.csv").write_text(phyphox_csv(header, t, free + gravity))
    (folder / "Linear Accelerometer.csv").write_text(phyphox_csv(header, t, free))
    turned = [TIME, "X (rad/s)", "Y (rad/s)", "Z (rad/s)"]
    (folder / "Gyroscope.csv").write_text(phyphox_csv(turned, later, np.radians(gyr)))
    (folder / "meta").mkdir()
    times = phyphox_times(
        ("START", 0.0, 1_790_000_000.0),
        ("PAUSE", 3.0, 1_790_000_003.0),
        ("START", 3.0, 1_790_000_015.5),
        ("PAUSE", 6.0, 1_790_000_018.5),
    )
    (folder / "meta" / "time.csv").write_text(times)
    (folder / "meta" / "device.csv").write_text('"property","value"\n"deviceBrand","Apple"\n')
    return folder


def test_a_folder_is_one_sensor_and_pauses_are_gaps(tmp_path: Path) -> None:
    several(tmp_path / "right_shank")
    recording = read_run(tmp_path)
    stream = recording["right_shank"]
    assert list(recording.streams) == ["right_shank"]
    assert not stream.gravity_removed
    np.testing.assert_allclose(np.degrees(stream.gyr[1:]), moving(600)[2][1:], atol=0.5)  # type: ignore[index]
    assert len(stream.gaps) == 1
    assert stream.gaps[0, 1] - stream.gaps[0, 0] == pytest.approx(12.51, abs=1e-6)
    assert any("paused 1 times, 12.5 s in all" in n for n in stream.provenance.notes)
    assert recording.info.start_utc is not None
    assert recording.info.start_utc.timestamp() == 1_790_000_000.0


def test_zip_and_gz(tmp_path: Path) -> None:
    several(tmp_path / "x" / "pelvis")
    whole = read_run(tmp_path / "x")["pelvis"]
    archive = shutil.make_archive(str(tmp_path / "pelvis"), "zip", tmp_path / "x" / "pelvis")
    np.testing.assert_array_equal(read_run(Path(archive))["pelvis"].acc, whole.acc)
    packed = tmp_path / "left_foot.csv.gz"
    packed.write_bytes(gzip.compress(both_csv().encode()))
    assert read_run(packed)["left_foot"].has_gyr


def test_samples_that_were_repeated_to_reach_a_rate_are_left_out(tmp_path: Path) -> None:
    t, acc, _ = moving(600)
    acc[1::2] = acc[::2]
    header = [TIME, *names("Acceleration", "m/s^2")]
    (tmp_path / "pelvis.csv").write_text(phyphox_csv(header, t, acc))
    stream = read_run(tmp_path)["pelvis"]
    assert stream.n == 300
    assert stream.rate_hz == pytest.approx(50.0, rel=0.01)
    assert any("300 rows that repeat" in n for n in stream.provenance.notes)


def test_a_gyroscope_alone_is_refused(tmp_path: Path) -> None:
    t, _, gyr = moving(600)
    path = tmp_path / "pelvis.csv"
    path.write_text(phyphox_csv([TIME, *names("Gyroscope", "rad/s")], t, np.radians(gyr) / G))
    with pytest.raises(FormatError, match="a gyroscope without its accelerometer"):
        read_run(path)
