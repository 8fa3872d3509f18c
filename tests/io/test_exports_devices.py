"""Exports of research sensors, on small files in the vendors' layouts."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError, HipgaitError, InputError, MissingInputError
from hipgait.io.reader import read_run
from hipgait.recording import Recording, SensorStream
from tests.io import build
from tests.io import build_devices as devices
from tests.io.build import G

SINGLE: dict[str, tuple[str, Callable[[], str]]] = {
    "apdm": ("csv", lambda: devices.apdm_text(("Lumbar",))),
    "apdm7": ("csv", lambda: devices.apdm7_text(("Lumbar",))),
    "shimmer": ("csv", devices.shimmer_text),
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
    with pytest.raises(InputError, match="holds the sensors A, B"):
        read_run(path, {"pelvis": path})
    with pytest.raises(InputError, match="holds the sensors A, B"):
        read_run(path, {"pelvis": Path(f"{path}#C")})
    with pytest.raises(InputError, match="two placements"):
        read_run(path, {"pelvis": Path("run.csv#B"), "left_foot": Path(f"{path}#B")})
    with pytest.raises(MissingInputError, match="no such file"):
        read_run(path, {"pelvis": Path("other.csv#B")})


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
    with pytest.raises(InputError, match="holds one sensor"):
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
