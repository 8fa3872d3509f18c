"""Exports of MetaBase and Movesense: accelerometer and gyroscope apart."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.errors import FormatError, InputError, MissingInputError
from hipgait.io.exports import movesense
from hipgait.io.reader import read_run
from tests.io import build
from tests.io import build_devices as devices
from tests.io.exported import broken, one, read_run_of, refused, same

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
    assert "line 9, column x-axis (g)" in refused(tmp_path, broken("\n".join(lines), 9, 3))
    (tmp_path / ACC_FILE).write_text(devices.metabase_text())
    (tmp_path / gyro_file()).write_text(broken(devices.metabase_text("Gyroscope"), 7, 4))
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
    deep = "[" * 100_000 + '{"ArrayAcc":[]}' + "]" * 100_000  # Python 3.13 reads 5000
    assert "not readable as JSON" in refused(tmp_path, deep, name)
    deep = "[" * 50 + '{"ArrayAcc":[]}' + "]" * 50
    assert "no acceleration" in refused(tmp_path, deep, name)


MOVESENSE = devices.movesense_text("lines", n=24).encode()


def streams_or_error(read: Callable[[], tuple[list[movesense.Stream], float | None]]) -> Any:
    try:
        return read()[0]
    except FormatError as error:
        return str(error)


@given(at=st.integers(0, len(MOVESENSE) - 1), byte=st.sampled_from(b'{}[]":,xyz+-eE \\\0\xffn'))
def test_movesense_table_is_what_its_json_says(at: int, byte: int) -> None:
    data = MOVESENSE[:at] + bytes([byte]) + MOVESENSE[at + 1 :]
    path = Path("left_shank.json")
    if re.search(rb"[-: ]0\d", data):
        return  # 04.5: no JSON, but a table reads what it says

    whole = streams_or_error(lambda: movesense.streams_of_json(path, data, None))
    found = streams_or_error(lambda: movesense.streams_of_text(path, data))
    if isinstance(whole, str):
        assert found == whole
        return
    for a, b in zip(whole, found, strict=True):
        for x, y in zip(a, b, strict=True):
            assert (x is None) == (y is None)
            if x is not None:
                np.testing.assert_allclose(x, y, rtol=1e-14, atol=1e-300)
