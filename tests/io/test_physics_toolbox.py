"""Physics Toolbox: layouts, clocks, sample and hold, bursts, signs."""

from __future__ import annotations

import gzip
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError
from hipgait.io.reader import read_run
from tests.io.build import Array, G, moving
from tests.io.phones import START, free_and_gravity, table


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def clock_table(header: str, t: Array, *columns: Array) -> str:
    rows = np.column_stack(columns)
    lines = [header]
    for s, row in zip(t, rows, strict=True):
        stamp = START + timedelta(seconds=float(s))
        text = f"{stamp:%Y-%m-%d %H:%M:%S}.{stamp.microsecond // 1000:03d}0"
        lines.append(f"{text}," + ",".join(f"{v:.4f}" for v in row))
    return "\n".join(lines) + "\n"


def test_g_force_and_gyroscope(tmp_path: Path) -> None:
    t, acc, gyr = moving(600)
    header = ["time", "gFx", "gFy", "gFz", "TgF", "wx", "wy", "wz"]
    total = np.linalg.norm(acc, axis=1) / G
    text = table(header, t, acc / G, total, np.radians(gyr))
    stream = read_run(written(tmp_path / "left_shank.csv", text))["left_shank"]
    np.testing.assert_allclose(stream.acc, acc, atol=1e-4)
    np.testing.assert_allclose(np.degrees(stream.gyr), gyr, atol=1e-3)  # type: ignore[arg-type]
    assert stream.provenance.format == "physics_toolbox"
    assert not stream.gravity_removed


def test_comments_units_and_empty_cells_of_multi_record(tmp_path: Path) -> None:
    t, acc, gyr = moving(600)
    lines = ["# Requested Sample Rate: 100 Hz; axes: phone", "# Recording started at: 2026-09-23"]
    lines.append("time,gFx (g),gFy (g),gFz (g),wx (rad/s),wy (rad/s),wz (rad/s)")
    later, _, turning = moving(600, start=0.004)
    for s, a, s2, w in zip(t, acc / G, later, np.radians(turning), strict=True):
        lines.append(f"{s:.4f}," + ",".join(f"{v:.6f}" for v in a) + ",,,")
        lines.append(f"{s2:.4f},,,," + ",".join(f"{v:.6f}" for v in w))
    stream = read_run(written(tmp_path / "pelvis.csv", "\n".join(lines) + "\n"))["pelvis"]
    assert stream.n == 600
    np.testing.assert_allclose(stream.acc, acc, atol=1e-4)
    np.testing.assert_allclose(np.degrees(stream.gyr[1:]), gyr[1:], atol=0.5)  # type: ignore[index]


def test_linear_acceleration_is_timing_only_unless_gravity_is_there(tmp_path: Path) -> None:
    t, free, gravity, _ = free_and_gravity(600)
    header = ["time", "ax (m/s^2)", "ay (m/s^2)", "az (m/s^2)", "aT (m/s^2)"]
    total = np.linalg.norm(free, axis=1)
    stream = read_run(written(tmp_path / "pelvis.csv", table(header, t, free, total)))["pelvis"]
    assert stream.gravity_removed
    text = table(header, t, free + gravity, total)
    stream = read_run(written(tmp_path / "pelvis.csv", text))["pelvis"]
    assert not stream.gravity_removed
    assert any("gravity is included" in n for n in stream.provenance.notes)


def test_clock_sample_and_hold_and_unreadable_stamps(tmp_path: Path) -> None:
    t, acc, gyr = moving(1000)
    held = acc.copy()
    held[5::10] = held[4::10]  # the accelerometer is slower
    text = clock_table("time,gFx,gFy,gFz,wx,wy,wz", t, held / G, np.radians(gyr))
    lines = text.split("\n")
    for k in (100, 500):
        lines[k] = "Time" + lines[k][lines[k].index(",") :]
    recording = read_run(written(tmp_path / "left_shank.csv", "\n".join(lines)))
    stream = recording["left_shank"]
    notes = " | ".join(stream.provenance.notes)
    assert "2 rows without a readable time left out" in notes
    assert "rows repeat the acceleration before (sample and hold)" in notes
    assert stream.n == pytest.approx(898, abs=2)
    assert not len(stream.gaps)
    assert stream.duration_s == pytest.approx(9.99, abs=1e-6)


def test_bursts_are_evened_out(tmp_path: Path) -> None:
    t, acc, _ = moving(3000, 200.0)
    rng = np.random.default_rng(5)
    late = t.copy()
    k = 0
    while k < len(t):  # delivered in packets, when the last sample is there
        size = int(rng.integers(1, 12))
        late[k : k + size] = t[min(k + size, len(t)) - 1] + 1e-4 * np.arange(len(t[k : k + size]))
        k += size
    text = table(["time", "gFx", "gFy", "gFz"], np.maximum.accumulate(late), acc / G)
    stream = read_run(written(tmp_path / "left_shank.csv", text))["left_shank"]
    assert any("delivered (in bursts)" in n for n in stream.provenance.notes)
    assert stream.rate_hz == pytest.approx(200.0, rel=1e-3)
    error = stream.time_s - t
    assert np.abs(error - np.median(error)).max() < 0.003


def test_pauses_stay_and_left_over_rows_go(tmp_path: Path) -> None:
    t, acc, _ = moving(900)
    t = t + np.where(np.arange(900) > 0, 70.0, 0.0) + np.where(np.arange(900) > 500, 3.0, 0.0)
    text = table(["time", "gFx", "gFy", "gFz"], t, acc / G)
    stream = read_run(written(tmp_path / "left_shank.csv", text))["left_shank"]
    assert stream.n == 899
    assert any("1 left-over rows beyond a pause of 70.0 s" in n for n in stream.provenance.notes)
    assert len(stream.gaps) == 1


@pytest.mark.parametrize("placement", ["left_shank", "pelvis"])
def test_opposite_signs_are_refused_where_they_matter(placement: str, tmp_path: Path) -> None:
    t, free, gravity, _ = free_and_gravity(600)
    header = ["time", "gFx", "gFy", "gFz", "ax", "ay", "az"]
    path = tmp_path / f"{placement}.csv"
    written(path, table(header, t, -(free + gravity) / G, free))
    if placement == "pelvis":
        with pytest.raises(FormatError, match="which way is up cannot be told"):
            read_run(path)
        return
    notes = read_run(path)[placement].provenance.notes
    assert any("opposite signs" in n for n in notes)


def test_refusals_name_the_cell(tmp_path: Path) -> None:
    t, acc, gyr = moving(600)
    path = tmp_path / "pelvis.csv"
    lines = table(["time", "gFx", "gFy", "gFz"], t, acc / G).split("\n")
    lines[7] = lines[7].rsplit(",", 1)[0] + ",abc"
    with pytest.raises(FormatError, match="line 8, column gFz: 'abc' is not a number"):
        read_run(written(path, "\n".join(lines)))
    stamps = [line.replace(line.split(",")[0], "soon", 1) for line in lines[1:] if line]
    with pytest.raises(FormatError, match="line 2, column time: 'soon' is no time of day"):
        read_run(written(path, "\n".join([lines[0], *(s.replace("abc", "1") for s in stamps)])))
    text = table(["time", "wx", "wy", "wz"], t, np.radians(gyr))
    with pytest.raises(FormatError, match="a gyroscope without an accelerometer"):
        read_run(written(path, text))


def test_gz_and_zip(tmp_path: Path) -> None:
    t, acc, _ = moving(600)
    text = table(["time", "gFx", "gFy", "gFz"], t, acc / G)
    packed = tmp_path / "pelvis.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    whole = read_run(packed)["pelvis"]
    folder = tmp_path / "x"
    folder.mkdir()
    written(folder / "pelvis.csv", text)
    archive = shutil.make_archive(str(tmp_path / "run"), "zip", folder)
    np.testing.assert_array_equal(read_run(Path(archive))["pelvis"].acc, whole.acc)
