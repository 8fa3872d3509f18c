"""WitMotion: several devices in one file, its column names, the two clocks."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError, InputError
from hipgait.io.reader import read_run
from hipgait.names import G_MPS2
from tests.io.build import G, moving, rows_of
from tests.io.phones import WIT_HEADER, wit_rows

DEVICES = {"left_shank": "WT901BLE67(E9:8A:1A:DD:D5:28)", "pelvis": "WT901BLE67(C1:AA:08:9C:D1:14)"}


def two_devices(names: dict[str, str] = DEVICES, header_every: int = 0) -> str:
    t, acc, gyr = moving(600)
    rows = []
    for k, device in enumerate(names.values()):
        rows += wit_rows(t, acc, gyr, device, offset_s=0.004 * k)
    lines = [row for _, row in sorted(rows)]
    if header_every:
        for k in range(header_every, len(lines), header_every):
            lines[k] = f"{WIT_HEADER}\n{lines[k]}"
    return "\n".join([WIT_HEADER, *lines]) + "\n"


def test_devices_are_told_apart_by_hash(tmp_path: Path) -> None:
    path = tmp_path / "20260314092653.txt"
    path.write_text(two_devices(), encoding="utf-8")
    sensors = {p: Path(f"{path}#{d[-9:-1]}") for p, d in DEVICES.items()}
    recording = read_run(path, sensors)
    assert set(recording.streams) == set(DEVICES)
    t, acc, gyr = moving(600)
    for stream in recording.streams.values():
        np.testing.assert_allclose(stream.acc, acc, atol=1e-3)
        np.testing.assert_allclose(np.degrees(stream.gyr), gyr, atol=1e-3)  # type: ignore[arg-type]
        np.testing.assert_allclose(stream.time_s - stream.time_s[0], t, atol=0.0015)
        assert stream.acc_range == pytest.approx(16 * G_MPS2)
        assert "time of the sensor's own clock" in stream.provenance.notes
    assert recording["left_shank"].time_s[0] == pytest.approx(-0.004, abs=0.0015)
    assert not recording.synchronised  # a phone's time of delivery


def test_devices_that_were_named_after_their_place_need_no_help(tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_text(two_devices({"a": "left shank(01)", "b": "sacrum(02)"}), encoding="utf-8")
    assert set(read_run(path).streams) == {"left_shank", "pelvis"}


def test_which_device_must_be_said(tmp_path: Path) -> None:
    path = tmp_path / "pelvis.txt"
    path.write_text(two_devices(), encoding="utf-8")
    with pytest.raises(InputError, match=r"txt#WT901BLE67\(E9.*the name does not say"):
        read_run(path)
    for said in (path, Path(f"{path}#WT901"), Path(f"{path}#nobody")):
        with pytest.raises(InputError, match=r"Say which: --sensor PLACEMENT=pelvis\.txt#NAME"):
            read_run(path, {"pelvis": said})
    with pytest.raises(InputError, match="given for two placements"):
        read_run(path, {"pelvis": Path(f"{path}#E9"), "left_shank": Path(f"{path}#E9:8A")})


def test_headers_in_between_and_gz_and_zip(tmp_path: Path) -> None:
    text = two_devices({"a": "left shank(01)"}, header_every=97)
    path = tmp_path / "left_shank.txt.gz"
    path.write_bytes(gzip.compress(text.encode()))
    stream = read_run(path)["left_shank"]
    assert stream.n == 600
    assert any("6 times more in between" in n for n in stream.provenance.notes)
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "data.txt").write_text(text, encoding="utf-8")
    archive = shutil.make_archive(str(tmp_path / "run"), "zip", folder)
    np.testing.assert_array_equal(read_run(Path(archive))["left_shank"].acc, stream.acc)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "gbk"])
def test_csv_of_the_computer_program(encoding: str, tmp_path: Path) -> None:
    t, acc, gyr = moving(600)
    names = [f"Acceleration {a}(g)" for a in "XYZ"] + [f"Angular velocity {a}(°/s)" for a in "XYZ"]
    lines = [",".join(["Time", "Device name", "Chip Time()", *names, "Angle X(°)"])]
    for s, a, g in zip(t, acc / G, gyr, strict=True):
        stamp = f"16:44:{10 + s:06.3f}"
        values = ",".join(f"{v:.4f}" for v in (*a, *g))
        lines.append(f"{stamp},WT901BLE67(d6-a8),2024-3-19 {stamp.replace('.', ':')},{values},0.1")
    path = tmp_path / "right_shank.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    stream = read_run(path)["right_shank"]
    np.testing.assert_allclose(stream.acc, acc, atol=1e-3)
    assert stream.has_gyr
    np.testing.assert_allclose(stream.time_s, t, atol=0.0006)


def test_old_desktop_text_and_sdk(tmp_path: Path) -> None:
    t, acc, gyr = moving(600)
    head = "address\tTime(s)\tax(g)\tay(g)\taz(g)\twx(deg/s)\twy(deg/s)\twz(deg/s)"
    rows = [
        f"0x50\t 16:44:{10 + s:06.3f}\t" + "\t".join(f"{v: .4f}" for v in (*a, *g))
        for s, a, g in zip(t, acc / G, gyr, strict=True)
    ]
    path = tmp_path / "pelvis.txt"
    path.write_text("\n".join(["StartTime: 2020-10-07 16:44:10.123", head, *rows]) + "\n")
    np.testing.assert_allclose(read_run(path)["pelvis"].acc, acc, atol=1e-3)
    sdk = head.replace("address\tTime(s)", "Chiptime")
    values = rows_of(acc / G, gyr, delimiter="\t")
    stamped = [f"2026-3-14 9:26:{10 + s:06.3f}\t{v}" for s, v in zip(t, values, strict=True)]
    path.write_text("\n".join([sdk, *stamped]) + "\n")
    np.testing.assert_allclose(read_run(path)["pelvis"].time_s, t, atol=0.0006)


def test_a_chip_clock_that_was_not_set_gives_way_to_the_phone(tmp_path: Path) -> None:
    text = two_devices({"a": "sacrum(02)"})
    lines = text.split("\n")
    cells = [line.split("\t") for line in lines[1:-1]]
    for row in cells:
        row[2] = "null"
    path = tmp_path / "a.txt"
    path.write_text("\n".join([lines[0], *("\t".join(r) for r in cells)]), encoding="utf-8")
    stream = read_run(path)["pelvis"]
    assert "time of the sensor's own clock" not in stream.provenance.notes
    assert stream.duration_s == pytest.approx(5.99, abs=1e-3)


def test_too_slow_and_broken_cells_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pelvis.txt"
    t, acc, gyr = moving(100, 10.0)
    rows = [row for _, row in wit_rows(t, acc, gyr, "a(1)")]
    path.write_text("\n".join([WIT_HEADER, *rows]), encoding="utf-8")
    with pytest.raises(FormatError, match="At least 20 samples a second"):
        read_run(path)
    lines = two_devices({"a": "sacrum(02)"}).split("\n")
    lines[4] = lines[4].replace("1.00", "1.00").replace(lines[4].split("\t")[3], "oops", 1)
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(FormatError, match=r"line 5, column AccX\(g\): 'oops' is not a number"):
        read_run(path)
