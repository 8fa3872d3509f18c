"""Exports of IMeasureU sensors: Blue Trident, and the PAC-12 layout of Blue Thunder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import InputError
from hipgait.io.exports import recognise
from hipgait.io.files import Source
from hipgait.io.reader import read_run
from tests.io import build
from tests.io import build_devices as devices
from tests.io.build import G
from tests.io.exported import broken, one, read_into, read_run_of, refused, same

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
    assert "line 9, column ay_m/s/s" in refused(tmp_path, broken(devices.trident_text(), 9, 3))


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
    assert reader is None or reader.NAME in ("generic", "csv")


def test_pac12_refusals(tmp_path: Path) -> None:
    said = refused(tmp_path, devices.pac12_text(devices.PAC12_HEADER.replace("(g)", "(furlong)")))
    assert "line 1, column ax (furlong): unknown unit 'furlong'" in said
    lines = devices.pac12_text().split("\n")
    torn = [*lines[:300], lines[300][:30], lines[0], *lines[301:]]  # recording went on after a loss
    assert "line 302: the header is written again" in refused(tmp_path, "\n".join(torn))
    assert "looks like rad/s" in refused(
        tmp_path, devices.pac12_text(BARE, gyr=float(np.degrees(1.0)))
    )
