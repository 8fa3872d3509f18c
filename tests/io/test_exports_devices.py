"""Exports of research sensors, on small files in the vendors' layouts."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError, InputError, MissingInputError
from hipgait.io.reader import read_run
from tests.io import build
from tests.io import build_devices as devices
from tests.io.exported import broken, one, read_into, read_run_of, refused, same

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
    with pytest.raises(InputError, match="holds A, B, none named 'C'"):
        read_run(path, {"pelvis": Path(f"{path}#C")})
    (tmp_path / "left_shank.csv").write_text(build.csv_text(100))  # another recording
    assert list(read_run(tmp_path, {"pelvis": Path("run.csv#B")}).streams) == ["pelvis"]
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
    assert "line 9, column" in refused(tmp_path, broken(text, 9))


def test_plain_file_has_no_parts(tmp_path: Path) -> None:
    path = read_into(tmp_path, build.csv_text(100), "pelvis.csv")
    with pytest.raises(InputError, match=r"no name 'Lumbar'\. Leave #Lumbar out"):
        read_run(path, {"pelvis": Path(f"{path}#Lumbar")})


def test_bad_cell_is_a_format_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        one(tmp_path, broken(devices.apdm_text(("Left Ankle",)), 9))
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
    assert "line 9, column Shimmer_952D_Accel" in refused(tmp_path, broken(text, 9, 7))


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
    assert "line 9, column Accel-Y (g)" in refused(tmp_path, broken(text, 9, 2))
    assert "line 9, column Accel-Y (g)" in refused(tmp_path, broken(devices.axivity_text(), 9, 2))
    lines = devices.axivity_text().split("\n")
    lines[1:] = [f"{k / 100},{x.split(',', 1)[1]}" for k, x in enumerate(lines[1:-1])]
    assert "line 2, column Time: the times are not written out" in refused(
        tmp_path, "\n".join(lines)
    )
