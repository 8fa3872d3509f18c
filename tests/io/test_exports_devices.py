"""Exports of research sensors, on small files in the vendors' layouts."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError, HipgaitError, InputError, MissingInputError
from hipgait.io.exports import recognise
from hipgait.io.files import Source
from hipgait.io.reader import read_run
from hipgait.recording import Recording, SensorStream
from tests.io import build
from tests.io import build_devices as devices
from tests.io.build import G

SINGLE: dict[str, tuple[str, Callable[[], str]]] = {
    "apdm": ("csv", lambda: devices.apdm_text(("Lumbar",))),
    "apdm7": ("csv", lambda: devices.apdm7_text(("Lumbar",))),
    "shimmer": ("csv", devices.shimmer_text),
    "movesense": ("json", devices.movesense_text),
    "imeasureu": ("csv", devices.trident_text),
    "pac12": ("csv", devices.pac12_text),
    "axivity": ("csv", devices.axivity_text),
}
"""One sensor in one file: format -> extension and text."""


def one(folder: Path, text: str, name: str = "left_shank.csv") -> SensorStream:
    return read_run_of(folder, text, name)["left_shank"]


def read_run_of(folder: Path, text: str, name: str = "left_shank.csv") -> Recording:
    (folder / name).write_text(text, encoding="utf-8")
    return read_run(folder / name)


def refused(folder: Path, text: str, name: str = "left_shank.csv") -> str:
    with pytest.raises(HipgaitError) as caught:
        read_run(read_into(folder, text, name))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read_into(folder: Path, text: str, name: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def same(stream: SensorStream, rate: float, n: int = 600, tol: float = 1e-4) -> None:
    """The stream is ``build.moving`` at this rate."""
    _, acc, gyr = build.moving(n, rate)
    assert stream.n == n
    assert stream.rate_hz == pytest.approx(rate, rel=1e-3)
    assert stream.time_s[0] == 0
    np.testing.assert_allclose(stream.acc, acc, atol=tol * G)
    if stream.gyr is not None:
        np.testing.assert_allclose(stream.gyr, np.radians(gyr), atol=tol)


@pytest.mark.parametrize("kind", SINGLE)
@pytest.mark.parametrize("wrapping", ["plain", "gz", "zip", "crlf", "bom"])
def test_wrappings(tmp_path: Path, kind: str, wrapping: str) -> None:
    ending, text = SINGLE[kind]
    name, data = f"pelvis.{ending}", text().encode()
    if wrapping == "crlf":
        data = data.replace(b"\n", b"\r\n")
    if wrapping == "bom":
        data = b"\xef\xbb\xbf" + data
    path = tmp_path / (name + (".gz" if wrapping == "gz" else ""))
    if wrapping == "zip":
        path = tmp_path / "run.zip"
        with zipfile.ZipFile(path, "w") as bundle:
            bundle.writestr(f"run/{name}", data)
    else:
        path.write_bytes(gzip.compress(data) if wrapping == "gz" else data)
    stream = read_run(path)["pelvis"]
    assert stream.provenance.format == kind.rstrip("7")
    assert stream.n > 500
    assert stream.has_gyr


# ------------------------------------------------------------------ APDM Opal
def test_apdm_all_sensors_of_one_file(tmp_path: Path) -> None:
    recording = read_run_of(tmp_path, devices.apdm_text(("Lumbar", "Right Ankle", "Chest")))
    assert list(recording.streams) == ["pelvis", "right_shank"]
    assert recording.synchronised
    same(recording["pelvis"], 128.0)
    np.testing.assert_allclose(recording["right_shank"].acc - recording["pelvis"].acc, 1, atol=1e-5)
    assert any("#Chest" in n for n in recording.notes)


def test_apdm_format_7(tmp_path: Path) -> None:
    recording = read_run_of(tmp_path, devices.apdm7_text())
    same(recording["left_shank"], 128.0)
    assert any("no units" in n for n in recording["left_shank"].provenance.notes)
    assert recording.info.start_utc == datetime.fromtimestamp(1.55e9, UTC)


def test_apdm_sensors_are_named_after_the_hash(tmp_path: Path) -> None:
    path = read_into(tmp_path, devices.apdm_text(("A", "B")), "run.csv")
    with pytest.raises(InputError, match=r"run\.csv#A, .*run\.csv#B: the name does not say"):
        read_run(path)
    recording = read_run(path, {"pelvis": Path("run.csv#B"), "left_foot": Path(f"{path}#A")})
    assert list(recording.streams) == ["pelvis", "left_foot"]
    np.testing.assert_allclose(recording["pelvis"].acc - recording["left_foot"].acc, 1, atol=1e-5)
    with pytest.raises(InputError, match="holds A, B"):
        read_run(path, {"pelvis": path})
    with pytest.raises(InputError, match="holds A, B"):
        read_run(path, {"pelvis": Path(f"{path}#C")})
    with pytest.raises(InputError, match="two placements"):
        read_run(path, {"pelvis": Path("run.csv#B"), "left_foot": Path(f"{path}#B")})
    with pytest.raises(MissingInputError, match="no such file"):
        read_run(path, {"pelvis": Path("other.csv#B")})


def test_apdm_the_very_name_goes_before_a_part_of_it(tmp_path: Path) -> None:
    path = read_into(tmp_path, devices.apdm_text(("Upper 2", "Upper")), "run.csv")
    recording = read_run(path, {"left_thigh": Path("run.csv#Upper"), "pelvis": Path("run.csv#2")})
    np.testing.assert_allclose(recording["left_thigh"].acc - recording["pelvis"].acc, 1, atol=1e-5)


def test_apdm_two_sensors_for_one_placement(tmp_path: Path) -> None:
    path = read_into(tmp_path, devices.apdm_text(("Lumbar", "Pelvis")), "run.csv")
    with pytest.raises(InputError, match=r"run\.csv#Lumbar and .*run\.csv#Pelvis both look like"):
        read_run(path)


def test_apdm_units(tmp_path: Path) -> None:
    text = devices.apdm_text(("Left Ankle",))
    assert "unknown unit 'furlong', column Left" not in text
    said = refused(tmp_path, text.replace("rad/s", "furlong/s"))
    assert "line 4, column Left Ankle/Angular Velocity/X: unknown unit 'furlong/s'" in said
    assert "gravity should give" in refused(tmp_path, text.replace("m/s^2", "g"))
    assert "line 9, column" in refused(tmp_path, _broken(text, 9))


def _broken(text: str, line: int, cell: int = 1) -> str:
    """The same text with a word in one cell of a line."""
    lines = text.split("\n")
    cells = lines[line - 1].split(",")
    cells[cell] = "oops"
    lines[line - 1] = ",".join(cells)
    return "\n".join(lines)


def test_plain_file_has_no_parts(tmp_path: Path) -> None:
    path = read_into(tmp_path, build.csv_text(100), "pelvis.csv")
    with pytest.raises(InputError, match="holds one device"):
        read_run(path, {"pelvis": Path(f"{path}#Lumbar")})


def test_bad_cell_is_a_format_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        one(tmp_path, _broken(devices.apdm_text(("Left Ankle",)), 9))
    assert caught.value.line == 9


# ------------------------------------------------------------------ Shimmer Consensys
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_shimmer_takes_the_wide_range(tmp_path: Path, delimiter: str) -> None:
    recording = read_run_of(tmp_path, devices.shimmer_text(delimiter=delimiter))
    same(recording["left_shank"], 128.0)
    assert recording["left_shank"].provenance.notes == ()
    assert recording.info.start_utc is not None
    assert recording.info.start_utc.isoformat().startswith("2021-08-19T20:02:17")


def test_shimmer_low_noise_only_is_said(tmp_path: Path) -> None:
    stream = one(tmp_path, devices.shimmer_text(wide=False))
    assert stream.acc.max() == pytest.approx(19)
    assert any("low-noise" in n for n in stream.provenance.notes)


@pytest.mark.parametrize("time", ["TimestampSync_FormattedUnix", "Timestamp_FormattedUnix"])
def test_shimmer_written_times_over_midnight(tmp_path: Path, time: str) -> None:
    recording = read_run_of(tmp_path, devices.shimmer_text(("",), "\t", time))
    stream = recording["left_shank"]
    assert stream.rate_hz == pytest.approx(128, rel=1e-3)  # stamps are whole milliseconds
    assert stream.duration_s == pytest.approx(599 / 128, abs=1e-3)
    assert recording.info.start_utc is None


def test_shimmer_two_devices_in_one_file(tmp_path: Path) -> None:
    text = devices.shimmer_text(("Left_Shank", "S_Pelvis"))
    (tmp_path / "session.csv").write_text(text)
    recording = read_run(tmp_path)
    assert list(recording.streams) == ["pelvis", "left_shank"]
    np.testing.assert_allclose(
        recording["pelvis"].acc - recording["left_shank"].acc, 1.0, atol=1e-5
    )


def test_shimmer_named_by_its_owner(tmp_path: Path) -> None:
    for name, device in (("a", "S_LShank"), ("b", "S_Pelvis")):
        (tmp_path / f"{name}.csv").write_text(devices.shimmer_text((device,)))
    recording = read_run(tmp_path)
    assert list(recording.streams) == ["pelvis", "left_shank"]
    assert not recording.synchronised  # the computer's clock


def test_shimmer_refusals(tmp_path: Path) -> None:
    assert "line 2: the acceleration is not calibrated" in refused(
        tmp_path, devices.shimmer_text(kind="UNCAL")
    )
    text = devices.shimmer_text()
    assert "line 2: no acceleration" in refused(tmp_path, text.replace("Accel", "PPG"))
    assert "no time stamps" in refused(
        tmp_path, text.replace("Timestamp_Unix", "Timestamp_FormattedUnix")
    )
    assert "unknown unit 'furlong'" in refused(tmp_path, text.replace("m/(s^2)", "furlong"))
    assert "line 9, column Shimmer_952D_Accel" in refused(tmp_path, _broken(text, 9, 7))


# ------------------------------------------------------------------ MetaBase
ACC_FILE = "LShank_MetaWear_2019-09-14T13.41.43.335_F1E55E2FE95F_Accelerometer_100.000Hz_1.4.5.csv"


def gyro_file(hz: str = "100.000") -> str:
    return ACC_FILE.replace("Accelerometer_100.000", f"Gyroscope_{hz}")


def test_metabase_reads_both_files(tmp_path: Path) -> None:
    (tmp_path / ACC_FILE).write_text(devices.metabase_text())
    (tmp_path / gyro_file()).write_text(devices.metabase_text("Gyroscope", start=0.0042))
    (tmp_path / ACC_FILE.replace("Accelerometer", "Magnetometer")).write_text(
        devices.metabase_text().replace("(g)", "(T)")
    )
    recording = read_run(tmp_path)
    assert list(recording.streams) == ["left_shank"]
    assert recording.info.start_utc == datetime.fromtimestamp(devices.METABASE_MS / 1e3, UTC)
    assert {Path(f.path).name for f in recording.inputs} == {ACC_FILE, gyro_file()}
    stream = recording["left_shank"]
    assert stream.rate_hz == pytest.approx(100)
    _, acc, gyr = build.moving(600, 100.0)
    np.testing.assert_allclose(stream.acc, acc, atol=2e-5)
    assert stream.gyr is not None
    assert np.isnan(stream.gyr[0]).all()  # before the gyroscope's first sample
    error = np.abs(np.degrees(stream.gyr[1:]) - gyr[1:])
    assert error.max() < 1.5  # stamps are whole milliseconds: 250 deg/s turn 2 % in 5 ms
    assert any("100 samples a second are interpolated" in n for n in stream.provenance.notes)


@pytest.mark.parametrize("wrapping", ["gz", "zip"])
def test_metabase_wrapped(tmp_path: Path, wrapping: str) -> None:
    files = {ACC_FILE: devices.metabase_text(), gyro_file("50.000"): devices.metabase_text(
        "Gyroscope", rate=50.0, n=300
    )}  # fmt: skip
    if wrapping == "gz":
        for name, text in files.items():
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        recording = read_run(tmp_path)
    else:
        with zipfile.ZipFile(tmp_path / "run.zip", "w") as bundle:
            for name, text in files.items():
                bundle.writestr(f"run/{name}", text)
        recording = read_run(tmp_path / "run.zip")
    stream = recording["left_shank"]
    assert stream.gyr is not None
    assert np.nanmax(np.abs(np.degrees(stream.gyr) - build.moving(600, 100.0)[2])) < 0.5
    assert np.isnan(stream.gyr).sum() <= 3
    assert any("50 samples a second are interpolated" in n for n in stream.provenance.notes)


def test_metabase_gap_of_the_gyroscope_stays_a_gap(tmp_path: Path) -> None:
    (tmp_path / ACC_FILE).write_text(devices.metabase_text())
    lines = devices.metabase_text("Gyroscope", start=0.004).split("\n")
    (tmp_path / gyro_file()).write_text("\n".join(lines[:201] + lines[301:]))
    stream = read_run(tmp_path)["left_shank"]
    assert stream.gyr is not None
    missing = np.isnan(stream.gyr).any(axis=1)
    assert missing.sum() == pytest.approx(101, abs=2)
    assert missing[205:295].all()


def test_metabase_found_by_address(tmp_path: Path) -> None:
    (tmp_path / ACC_FILE).write_text(devices.metabase_text())
    later = "x_F1E55E2FE95F_Gyroscope_1.4.5.csv"
    (tmp_path / later).write_text(devices.metabase_text("Gyroscope"))
    assert read_run(tmp_path)["left_shank"].has_gyr
    stranger = later.replace("F1E55E2FE95F", "C42732BE255C")
    (tmp_path / later).rename(tmp_path / stranger)
    assert not read_run(tmp_path)["left_shank"].has_gyr


def test_metabase_gyroscope_alone(tmp_path: Path) -> None:
    (tmp_path / gyro_file()).write_text(devices.metabase_text("Gyroscope"))
    with pytest.raises(InputError, match="Name the accelerometer's file"):
        read_run(tmp_path / gyro_file())
    with pytest.raises(InputError, match="Name the accelerometer's file"):
        read_run(tmp_path, {"pelvis": Path(gyro_file())})
    with pytest.raises(MissingInputError, match="no sensor file"):
        read_run(tmp_path)
    gravity = tmp_path / "LShank_Gravity_100Hz.csv"
    gravity.write_text(devices.metabase_text())
    with pytest.raises(InputError, match="accelerometer's file"):
        read_run(gravity)


def test_metabase_old_header(tmp_path: Path) -> None:
    text = devices.metabase_text().replace(
        "epoch (ms),time (-08:00)", "epoc (ms),timestamp (-0700)"
    )
    stream = one(tmp_path, text)
    same(stream, 100.0)
    assert not stream.has_gyr


def test_metabase_refusals(tmp_path: Path) -> None:
    lines = devices.metabase_text().split("\n")
    stamps = [x.split(",", 1)[0] for x in lines[1:-1]]
    bursts = [stamps[k // 6 * 6] for k in range(len(stamps))]
    rows = [f"{b}," + x.split(",", 1)[1] for b, x in zip(bursts, lines[1:-1], strict=True)]
    said = refused(tmp_path, "\n".join([lines[0], *rows]))
    assert "column epoch (ms): the time stamps come in bursts" in said
    assert "Log instead of Stream" in said
    assert "line 9, column x-axis (g)" in refused(tmp_path, _broken("\n".join(lines), 9, 3))
    (tmp_path / ACC_FILE).write_text(devices.metabase_text())
    (tmp_path / gyro_file()).write_text(_broken(devices.metabase_text("Gyroscope"), 7, 4))
    with pytest.raises(FormatError, match=r"Gyroscope.*line 7, column y-axis \(deg/s\)"):
        read_run(tmp_path / ACC_FILE)
    (tmp_path / gyro_file()).write_text(devices.metabase_text("Gyroscope", start=100.0))
    with pytest.raises(FormatError, match=r"Gyroscope.*shares no time"):
        read_run(tmp_path / ACC_FILE)


def test_metabase_boards_share_the_calendar_only(tmp_path: Path) -> None:
    for name in ("LShank", "Pelvis"):
        (tmp_path / ACC_FILE.replace("LShank", name)).write_text(devices.metabase_text())
    recording = read_run(tmp_path)
    assert list(recording.streams) == ["pelvis", "left_shank"]
    assert not recording.synchronised


# ------------------------------------------------------------------ Movesense
@pytest.mark.parametrize(
    "layout",
    ["logbook", "logbook_apart", "sbem", "sbem_apart", "showcase", "lines"],
)
def test_movesense_layouts(tmp_path: Path, layout: str) -> None:
    recording = read_run_of(tmp_path, devices.movesense_text(layout), "left_shank.json")
    stream = recording["left_shank"]
    same(stream, 104.0)
    assert stream.has_gyr
    # packets are stamped in whole ms, samples are spread between them
    assert np.ptp(np.diff(stream.time_s)) < 0.3e-3
    assert (recording.info.start_utc is not None) == layout.startswith("sbem")


def test_movesense_showcase_two_files(tmp_path: Path) -> None:
    stem = "20220301T100423Z_203130000325_{}_stream.json"
    (tmp_path / stem.format("acc")).write_text(devices.movesense_text("showcase_acc"))
    (tmp_path / stem.format("gyro")).write_text(devices.movesense_text("showcase_gyro"))
    (tmp_path / stem.replace("325", "326").format("gyro")).write_text("{}")
    recording = read_run(tmp_path, {"left_shank": Path(stem.format("acc"))})
    same(recording["left_shank"], 104.0)
    assert recording["left_shank"].has_gyr
    assert {Path(f.path).name for f in recording.inputs} == {
        stem.format("acc"), stem.format("gyro")
    }  # fmt: skip
    with pytest.raises(InputError, match="Name the accelerometer's file"):
        read_run(tmp_path / stem.format("gyro"))
    (tmp_path / stem.format("gyro")).unlink()
    assert not read_run(tmp_path, {"left_shank": Path(stem.format("acc"))})["left_shank"].has_gyr


def test_movesense_gyroscope_at_other_times_and_rate(tmp_path: Path) -> None:
    acc = devices.movesense_packets(("ArrayAcc",))
    gyr = devices.movesense_packets(("ArrayGyro",), rate=208.0, start=0.003, n=1200)
    stream = one(tmp_path, json.dumps({"Meas": {"Acc": acc, "Gyro": gyr}}), "left_shank.json")
    assert stream.gyr is not None
    error = np.degrees(stream.gyr) - build.moving(600, 104.0)[2]
    assert np.nanmax(np.abs(error)) < 2.5  # stamps in whole ms: 250 deg/s turn 1 % in a ms
    assert np.isnan(stream.gyr[:, 0]).sum() <= 2
    assert any("208" in n for n in stream.provenance.notes)


def test_movesense_lost_packets_stay_a_gap(tmp_path: Path) -> None:
    packets = devices.movesense_packets()
    del packets[20:25]
    stream = one(tmp_path, json.dumps({"Meas": {"IMU6": packets}}), "left_shank.json")
    assert stream.n == 560
    assert stream.gaps == pytest.approx(np.array([[159 / 104, 200 / 104]]), abs=1.5e-3)
    assert stream.duration_s == pytest.approx(599 / 104, abs=1.5e-3)


def test_movesense_refusals(tmp_path: Path) -> None:
    name = "left_shank.json"
    packets = devices.movesense_packets()
    packets[3]["ArrayAcc"] = [{"x": 1, "y": 2}] * 8
    assert "packet 4 cannot" in refused(tmp_path, json.dumps({"Meas": {"IMU6": packets}}), name)
    packets = devices.movesense_packets()
    packets[3]["ArrayGyro"] = [{"x": 1, "y": 2, "z": 3}]
    assert "packet 4 cannot" in refused(tmp_path, json.dumps({"Meas": {"IMU6": packets}}), name)
    packets = devices.movesense_packets()
    packets[3]["Timestamp"] = 17000
    said = refused(tmp_path, json.dumps({"Meas": {"IMU6": packets}}), name)
    assert "left_shank.json, column Timestamp: time runs backwards" in said
    text = devices.movesense_text()
    assert "not readable as JSON" in refused(tmp_path, text[:-20], name)
    lines = devices.movesense_text("lines").split("\n")
    lines[4] = lines[4][:-5]
    assert "line 5: not readable as JSON" in refused(tmp_path, "\n".join(lines), name)
    slow = {"Meas": {"IMU6": devices.movesense_packets(rate=13.0)}}
    assert "At least 20 samples a second" in refused(tmp_path, json.dumps(slow), name)
    assert "accelerometer's file" in refused(
        tmp_path, devices.movesense_text("showcase_gyro"), name
    )
    deep = "[" * 5000 + '{"ArrayAcc":[]}' + "]" * 5000
    assert "not readable as JSON" in refused(tmp_path, deep, name)
    deep = "[" * 50 + '{"ArrayAcc":[]}' + "]" * 50
    assert "no acceleration" in refused(tmp_path, deep, name)


# ------------------------------------------------------------------ IMeasureU Blue Trident
LOWG = "LTibia_TS-02374_2022-04-26-16-34-56_lowg.csv"
HIGHG, MAG = LOWG.replace("lowg", "highg"), LOWG.replace("lowg", "mag")


@pytest.mark.parametrize("unit", ["m/s/s", "g", "m/s^2"])
def test_trident_low_g(tmp_path: Path, unit: str) -> None:
    recording = read_run_of(tmp_path, devices.trident_text(unit=unit))
    same(recording["left_shank"], 1125.0, 900)
    assert recording["left_shank"].acc_range == pytest.approx(16 * G)
    assert recording.info.start_utc is not None
    assert recording.info.start_utc.isoformat().startswith("2022-04-26T14:34:56")


def test_trident_high_g_where_the_low_g_is_cut_off(tmp_path: Path) -> None:
    (tmp_path / LOWG).write_text(devices.trident_text(peak=500.0))
    (tmp_path / HIGHG).write_text(devices.trident_text(high=True, peak=500.0, n=1280))
    (tmp_path / MAG).write_text("unix_timestamp_microsec,time_s,mx_microT,my_microT,mz_microT\n")
    recording = read_run(tmp_path)
    assert list(recording.streams) == ["left_shank"]
    stream = recording["left_shank"]
    t, acc, _ = build.moving(900, 1125.0)
    acc[:, 1] += 500.0 * np.exp(-(((t - 0.2) / 0.005) ** 2))
    np.testing.assert_allclose(stream.acc, acc, atol=0.5)
    assert stream.acc.max() > 500
    assert stream.acc_range == pytest.approx(200 * G)
    assert any("samples beyond 16 g" in n for n in stream.provenance.notes)
    assert {Path(f.path).name for f in recording.inputs} == {LOWG, HIGHG}
    with pytest.raises(InputError, match="low-range"):
        read_run(tmp_path / HIGHG)
    with pytest.raises(InputError, match="read along with another"):
        read_run(tmp_path / MAG)


def test_trident_high_g_that_does_not_agree(tmp_path: Path) -> None:
    (tmp_path / LOWG).write_text(devices.trident_text(peak=500.0))
    (tmp_path / HIGHG).write_text(devices.trident_text(high=True, n=1280))
    stream = read_run(tmp_path)["left_shank"]
    assert stream.acc.max() == pytest.approx(16 * G)
    assert stream.acc_range == pytest.approx(16 * G)
    assert any("does not agree" in n for n in stream.provenance.notes)


def test_trident_high_g_alone(tmp_path: Path) -> None:
    (tmp_path / HIGHG).write_text(devices.trident_text(high=True, n=1280))
    stream = read_run(tmp_path)["left_shank"]
    assert stream.gyr is None
    assert stream.rate_hz == pytest.approx(1600, rel=1e-3)
    assert stream.acc_range == pytest.approx(200 * G)


def test_trident_seconds_only(tmp_path: Path) -> None:
    recording = read_run_of(tmp_path, devices.trident_text(seconds=True))
    same(recording["left_shank"], 1125.0, 900)
    assert recording.info.start_utc is None


def test_trident_refusals(tmp_path: Path) -> None:
    said = refused(tmp_path, devices.trident_text(unit="furlong"))
    assert "line 1, column ax_furlong: unknown unit 'furlong'" in said
    text = devices.trident_text(unit="g").replace("_g,", "_m/s/s,", 3)
    assert "it looks like g" in refused(tmp_path, text)
    assert "line 9, column ay_m/s/s" in refused(tmp_path, _broken(devices.trident_text(), 9, 3))


# ------------------------------------------------------------------ PAC-12 layout
BARE = "Timestamp,AccX,AccY,AccZ,GyroX,GyroY,GyroZ,MagX,MagY,MagZ"


def test_pac12_stated_units(tmp_path: Path) -> None:
    for name in ("Lshank", "Rshank", "Sacrum"):
        (tmp_path / f"{name}.csv").write_text(devices.pac12_text())
    recording = read_run(tmp_path)
    assert list(recording.streams) == ["pelvis", "left_shank", "right_shank"]
    assert not recording.synchronised
    for stream in recording.streams.values():
        same(stream, 500.0)
        assert stream.provenance.notes == ()


@pytest.mark.parametrize(
    ("time", "acc", "words"),
    [
        (1.0, G, ("seconds", "gravity says g")),
        (1e-3, 1.0, ("milliseconds", "gravity says m/s^2")),
        (1e-6, G, ("microseconds", "gravity says g")),
    ],
)
def test_pac12_units_told_by_the_numbers_are_noted(
    tmp_path: Path, time: float, acc: float, words: tuple[str, str]
) -> None:
    stream = one(tmp_path, devices.pac12_text(BARE, time, acc))
    same(stream, 500.0)
    for word in (*words, "taken as deg/s"):
        assert any(n.endswith(word) for n in stream.provenance.notes)


@pytest.mark.parametrize(
    "header",
    [
        "time_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps,mx,my,mz",
        "timestamp,accel_x (g),accel_y (g),accel_z (g),gyro_x,gyro_y,gyro_z,mag_x,mag_y,mag_z",
        "t,Accelerometer X [g],Accelerometer Y [g],Accelerometer Z [g],W_X,W_Y,W_Z,M_X,M_Y,M_Z",
    ],
)
def test_pac12_wordings(tmp_path: Path, header: str) -> None:
    stream = one(tmp_path, devices.pac12_text(header))
    assert stream.provenance.format == "pac12"
    same(stream, 500.0)


@pytest.mark.parametrize(
    "header",
    [
        "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z,mag_x,mag_y,mag_z",  # the plain CSV
        BARE.replace("GyroX,GyroY", "GyroY,GyroX"),
        BARE.replace("AccX", "AngleX"),
        BARE.replace("Timestamp", "Sample"),
        BARE + ",Temperature",
    ],
)
def test_pac12_is_not_guessed(tmp_path: Path, header: str) -> None:
    path = read_into(tmp_path, devices.pac12_text(header, acc=1.0), "left_shank.csv")
    reader = recognise(Source(path))
    assert reader is None or reader.NAME == "csv"


def test_pac12_refusals(tmp_path: Path) -> None:
    said = refused(tmp_path, devices.pac12_text(devices.PAC12_HEADER.replace("(g)", "(furlong)")))
    assert "line 1, column ax (furlong): unknown unit 'furlong'" in said
    lines = devices.pac12_text().split("\n")
    torn = [*lines[:300], lines[300][:30], lines[0], *lines[301:]]  # recording went on after a loss
    assert "line 302, column time (s)" in refused(tmp_path, "\n".join(torn))
    assert "looks like rad/s" in refused(
        tmp_path, devices.pac12_text(BARE, gyr=float(np.degrees(1.0)))
    )


# ------------------------------------------------------------------ Axivity
@pytest.mark.parametrize("headed", [True, False])
@pytest.mark.parametrize("gyroscope", [True, False])
@pytest.mark.parametrize("clock", [43_200_000, 86_399_000])
def test_axivity(tmp_path: Path, headed: bool, gyroscope: bool, clock: int) -> None:
    stream = one(tmp_path, devices.axivity_text(headed, gyroscope, clock=clock))
    assert stream.provenance.format == "axivity"
    same(stream, 100.0)
    assert stream.has_gyr == gyroscope


def test_axivity_raw_with_light_temperature_and_battery(tmp_path: Path) -> None:
    """Three more columns are not a gyroscope."""
    stream = one(tmp_path, devices.axivity_text(False, False, ",512,21.50,4.123456"))
    same(stream, 100.0)
    assert not stream.has_gyr


def test_axivity_calendar(tmp_path: Path) -> None:
    (tmp_path / "waist.csv").write_text(devices.axivity_text(False, False, clock=86_398_000))
    (tmp_path / "left_ankle.csv").write_text(devices.axivity_text(clock=86_400_500))
    recording = read_run(tmp_path)
    assert not recording.synchronised
    assert recording["left_shank"].time_s[0] == pytest.approx(2.5)


def test_axivity_refusals(tmp_path: Path) -> None:
    text = devices.axivity_text(False, False)
    assert "line 9, column Accel-Y (g)" in refused(tmp_path, _broken(text, 9, 2))
    assert "line 9, column Accel-Y (g)" in refused(tmp_path, _broken(devices.axivity_text(), 9, 2))
    lines = devices.axivity_text().split("\n")
    lines[1:] = [f"{k / 100},{x.split(',', 1)[1]}" for k, x in enumerate(lines[1:-1])]
    assert "line 2, column Time: the times are not written out" in refused(
        tmp_path, "\n".join(lines)
    )
