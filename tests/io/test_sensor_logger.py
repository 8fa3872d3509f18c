"""Sensor Logger: several files a phone, signs of iPhone and Android, what is refused."""

from __future__ import annotations

import gzip
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError, InputError
from hipgait.io.reader import read_run
from tests.io.build import G, moving
from tests.io.phones import logger_csv, logger_folder, logger_metadata


@pytest.mark.parametrize("platform", ["ios", "android"])
def test_gravity_and_signs(platform: str, tmp_path: Path) -> None:
    logger_folder(tmp_path / "left_shank", platform)
    recording = read_run(tmp_path)
    stream = recording["left_shank"]
    t, acc, gyr = moving(600)
    known = np.isfinite(stream.acc).all(axis=1)
    assert known.mean() > 0.99
    np.testing.assert_allclose(stream.acc[known], acc[known], atol=1e-3)
    assert stream.gyr is not None
    np.testing.assert_allclose(np.degrees(stream.gyr[1:]), gyr[1:], atol=0.3)
    np.testing.assert_allclose(stream.time_s, t, atol=1e-5)
    assert not stream.gravity_removed
    assert stream.provenance.format == "sensor_logger"
    assert recording.info.start_utc is not None
    assert recording.info.start_utc.isoformat().startswith("2026-01-05T13:41:07")


def test_standardised_iphone_keeps_the_sign(tmp_path: Path) -> None:
    folder = logger_folder(tmp_path / "pelvis", "ios")
    (folder / "Metadata.csv").write_text(logger_metadata("ios", "true"))
    assert np.nanmean(read_run(tmp_path)["pelvis"].acc[:, 1]) == pytest.approx(-G, rel=0.01)


def test_older_metadata_is_taken_as_not_standardised(tmp_path: Path) -> None:
    folder = logger_folder(tmp_path / "pelvis", "ios")
    (folder / "Metadata.csv").write_text(logger_metadata("ios", None))
    stream = read_run(tmp_path)["pelvis"]
    assert np.nanmean(stream.acc[:, 1]) == pytest.approx(G, rel=0.01)
    assert any("taken as off" in n for n in stream.provenance.notes)


def test_without_metadata_an_iphone_is_refused(tmp_path: Path) -> None:
    folder = logger_folder(tmp_path / "pelvis", "ios")
    (folder / "Metadata.csv").unlink()
    with pytest.raises(FormatError, match=r"Put the Metadata\.csv of the export beside it"):
        read_run(tmp_path)


def test_without_gravity_it_gives_timing_only(tmp_path: Path) -> None:
    folder = logger_folder(tmp_path / "pelvis", "ios")
    (folder / "Gravity.csv").unlink()
    stream = read_run(tmp_path)["pelvis"]
    assert stream.gravity_removed
    assert any("gravity was removed" in n for n in stream.provenance.notes)


@pytest.mark.parametrize(("unit", "sign"), [(1.0, 1.0), (G, -1.0)])
def test_uncalibrated_unit_and_sign_by_its_level(unit: float, sign: float, tmp_path: Path) -> None:
    t, acc, gyr = moving(600)
    folder = tmp_path / "right_shank"
    folder.mkdir()
    (folder / "AccelerometerUncalibrated.csv").write_text(logger_csv(t, sign * acc / unit))
    (folder / "GyroscopeUncalibrated.csv").write_text(logger_csv(t, np.radians(gyr)))
    stream = read_run(tmp_path)["right_shank"]
    np.testing.assert_allclose(stream.acc, acc, atol=1e-6)
    np.testing.assert_allclose(np.degrees(stream.gyr), gyr, atol=1e-6)  # type: ignore[arg-type]
    assert any(n.startswith("uncalibrated acceleration averages") for n in stream.provenance.notes)


def test_zip_and_gz_are_one_sensor_named_after_the_archive(tmp_path: Path) -> None:
    folder = logger_folder(tmp_path / "export", "android")
    whole = read_run(tmp_path, {"pelvis": folder / "TotalAcceleration.csv"})["pelvis"]
    archive = shutil.make_archive(str(tmp_path / "pelvis"), "zip", folder)
    zipped = read_run(Path(archive))["pelvis"]
    np.testing.assert_array_equal(zipped.acc, whole.acc)
    packed = tmp_path / "packed" / "pelvis"
    packed.mkdir(parents=True)
    for path in folder.iterdir():
        (packed / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    again = read_run(packed.parent)["pelvis"]
    np.testing.assert_array_equal(again.gyr, whole.gyr)  # type: ignore[arg-type]


def test_two_phones_share_the_calendar_only(tmp_path: Path) -> None:
    for name in ("pelvis", "left_shank"):
        logger_folder(tmp_path / name, "android")
    recording = read_run(tmp_path)
    assert set(recording.streams) == {"pelvis", "left_shank"}
    assert not recording.synchronised


def test_a_zip_for_every_phone(tmp_path: Path) -> None:
    folder = logger_folder(tmp_path / "x" / "export", "android")
    run = tmp_path / "run"
    for name in ("pelvis", "left_shank"):  # with and without a folder inside
        top = folder if name == "pelvis" else folder.parent
        shutil.make_archive(str(run / name), "zip", top)
    shutil.make_archive(str(run / "backup"), "zip", folder)
    recording = read_run(run)
    assert set(recording.streams) == {"pelvis", "left_shank"}
    assert len(recording.inputs) == 2
    said = read_run(run, {"right_foot": Path("backup.zip")})
    assert said["right_foot"].has_gyr
    with zipfile.ZipFile(run / "none.zip", "w") as bundle:
        bundle.writestr("a.txt", "x")
    with pytest.raises(InputError, match="holds no files that are known here"):
        read_run(run, {"right_foot": Path("none.zip")})


def test_prefixed_files_of_one_folder_belong_together(tmp_path: Path) -> None:
    folder = logger_folder(tmp_path / "x", "android")
    for name in ("TotalAcceleration.csv", "Gyroscope.csv", "Metadata.csv"):
        shutil.copy(folder / name, tmp_path / f"left_shank_{name}")
    shutil.rmtree(folder)
    stream = read_run(tmp_path)["left_shank"]
    assert stream.has_gyr


def test_a_gyroscope_alone_and_a_renamed_file_are_refused(tmp_path: Path) -> None:
    folder = logger_folder(tmp_path / "x", "android")
    alone = tmp_path / "Gyroscope.csv"
    shutil.copy(folder / "Gyroscope.csv", alone)
    with pytest.raises(FormatError, match="a gyroscope without its accelerometer"):
        read_run(alone, {"pelvis": alone})
    renamed = tmp_path / "pelvis.csv"
    shutil.copy(folder / "Accelerometer.csv", renamed)
    with pytest.raises(FormatError, match="Keep Sensor Logger's names"):
        read_run(renamed)


def test_clocks_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    folder = logger_folder(tmp_path / "pelvis", "android")
    path = folder / "TotalAcceleration.csv"
    lines = path.read_text().split("\n")
    cells = [line.split(",") for line in lines[1:-1]]
    for row in cells:
        row[1] = str(float(row[1]) * 1.3)
    path.write_text("\n".join([lines[0], *(",".join(r) for r in cells)]) + "\n")
    with pytest.raises(FormatError, match="contradict each other"):
        read_run(tmp_path)


def test_nothing_to_say_where_the_phone_was(tmp_path: Path) -> None:
    logger_folder(tmp_path / "2026-03-14_09-26-53", "android")
    with pytest.raises(InputError, match="the name does not say where the sensor was"):
        read_run(tmp_path)


@pytest.mark.parametrize("name", ["Gravity.csv", "Gyroscope.csv"])
def test_a_companion_without_its_columns_is_refused(name: str, tmp_path: Path) -> None:
    file = logger_folder(tmp_path / "pelvis") / name
    file.write_text(file.read_text().replace(",y,", ",why,", 1))
    with pytest.raises(FormatError, match=rf"{name}, line 1: no column 'y'. Export it again"):
        read_run(tmp_path)


def test_metadata_with_old_line_ends_is_understood(tmp_path: Path) -> None:
    file = logger_folder(tmp_path / "pelvis") / "Metadata.csv"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r"))
    assert np.nanmean(read_run(tmp_path)["pelvis"].acc[:, 1]) == pytest.approx(G, rel=0.01)


def test_metadata_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = logger_folder(tmp_path / "pelvis") / "Metadata.csv"
    file.write_text("platform\n" + "i" * 200_000)
    with pytest.raises(FormatError, match=r"Metadata.csv: not readable as a table"):
        read_run(tmp_path)
