"""Plain CSV: units, separators, missing cells, and one clear line for everything else."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from hipgait.errors import FormatError
from hipgait.io.reader import read_run
from hipgait.recording import SensorStream
from tests.io.build import HEADER, G, csv_text, moving, rows_of


def read(folder: Path, text: str | bytes, name: str = "left_shank.csv") -> SensorStream:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_run(path)["left_shank"]


def refused(folder: Path, text: str | bytes, name: str = "left_shank.csv") -> FormatError:
    with pytest.raises(FormatError) as caught:
        read(folder, text, name)
    assert "\n" not in str(caught.value)
    assert caught.value.cure
    return caught.value


def cell(text: str, line: int, column: int, new: str) -> str:
    lines = text.split("\n")
    cells = lines[line - 1].split(",")
    cells[column] = new
    lines[line - 1] = ",".join(cells)
    return "\n".join(lines)


def test_si_units_inside(tmp_path: Path) -> None:
    stream = read(tmp_path, csv_text())
    t, acc, gyr = moving()
    np.testing.assert_allclose(stream.time_s, t, atol=1e-6)
    np.testing.assert_allclose(stream.acc, acc, atol=1e-6)
    assert stream.gyr is not None
    np.testing.assert_allclose(stream.gyr, np.radians(gyr), atol=1e-6)
    assert stream.provenance.format == "csv"
    assert stream.acc_range is None


@pytest.mark.parametrize(
    ("header", "scale"),
    [
        ("time_s,acc_x_g,acc_y_g,acc_z_g,gyr_x_rad_s,gyr_y_rad_s,gyr_z_rad_s", (1, G, 180 / np.pi)),
        (
            "time_ms,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_deg_s,gyr_y_deg_s,gyr_z_deg_s",
            (1e3, 1, 1),
        ),
        ("time_us,acc_x_mg,acc_y_mg,acc_z_mg,gyr_x_dps,gyr_y_dps,gyr_z_dps", (1e6, G / 1e3, 1)),
    ],
)
def test_declared_units(tmp_path: Path, header: str, scale: tuple[float, float, float]) -> None:
    t, acc, gyr = moving()
    text = "\n".join([header, *rows_of(t * scale[0], acc / scale[1], gyr / scale[2], digits=9)])
    stream = read(tmp_path, text)
    np.testing.assert_allclose(stream.time_s, t, atol=1e-7)
    np.testing.assert_allclose(stream.acc, acc, atol=1e-5)
    np.testing.assert_allclose(stream.gyr, np.radians(gyr), atol=1e-6)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: "\ufeff" + s,
        lambda s: s.replace("\n", "\r\n"),
        lambda s: s.replace("\n", "\r"),
        lambda s: s.replace(",", ";"),
        lambda s: s.replace(",", "\t"),
        lambda s: s.replace(",", ";").replace(".", ","),
        lambda s: s.replace(HEADER, HEADER.upper()),
        lambda s: s.replace("\n", ",\n"),
        lambda s: "\n" + s.replace("\n", "\n\n", 5),
        lambda s: s.rstrip("\n"),
        lambda s: "sep=,\n" + s,
        lambda s: "\n".join(",".join(f'"{c}"' for c in r.split(",")) for r in s.split("\n") if r),
    ],
)
def test_shapes_of_text(tmp_path: Path, change: object) -> None:
    stream = read(tmp_path, change(csv_text(200)))  # type: ignore[operator]
    t, acc, _ = moving(200)
    np.testing.assert_allclose(stream.time_s, t, atol=1e-6)
    np.testing.assert_allclose(stream.acc, acc, atol=1e-6)


def test_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(csv_text().encode())
    assert read(tmp_path, packed, "left_shank.csv.gz").n == 600


def test_damaged_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(csv_text().encode())
    for broken in (packed[: len(packed) // 2], packed[:5], b"no gzip", packed[:-9] + b"123456789"):
        (tmp_path / "left_shank.csv.gz").write_bytes(broken)
        with pytest.raises(Exception, match=r"left_shank\.csv\.gz") as caught:
            read_run(tmp_path / "left_shank.csv.gz")
        assert type(caught.value).__module__ == "hipgait.errors"


def test_without_gyroscope_and_with_extra_columns(tmp_path: Path) -> None:
    t, acc, gyr = moving()
    text = "\n".join(["hr,acc_z,time_s,acc_y,acc_x,note", *rows_of(t, acc[:, ::-1], t, digits=6)])
    text = "\n".join(
        ["hr,acc_z,time_s,acc_y,acc_x,note"]
        + [
            f"88,{a[2]:.5f},{s:.3f},{a[1]:.5f},{a[0]:.5f},fine \u00e9"
            for s, a in zip(t, acc, strict=True)
        ]
    )
    stream = read(tmp_path, text)
    assert stream.gyr is None
    assert "columns ignored: hr, note" in stream.provenance.notes
    np.testing.assert_allclose(stream.acc, acc, atol=1e-5)
    assert len(gyr) == stream.n


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("gyr_z", "gyr_y", "no column gyr_z"),
        ("gyr_y", "spin", "no column gyr_y"),
        ("gyr_x", "gyr_x_rad_s", "different units (gyr_x_rad_s, gyr_y, gyr_z)"),
        ("acc_x", "acc_x_g", "different units (acc_x_g, acc_y, acc_z)"),
    ],
)
def test_columns_that_are_partly_there_or_in_mixed_units(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    """Without a word the gyroscope was left out, or the columns were called unknown."""
    error = refused(tmp_path, csv_text(header=HEADER.replace(old, new)))
    assert what in str(error)
    assert error.line == 1


def test_numbers_beyond_all_sensors(tmp_path: Path) -> None:
    t, acc, gyr = moving()
    error = refused(tmp_path, "\n".join([HEADER, *rows_of(t, acc * 1e300, gyr)]))
    assert "no sensor measures" in str(error)


def test_empty_cells_are_missing_samples(tmp_path: Path) -> None:
    text = csv_text()
    for line, column, word in ((10, 1, ""), (11, 4, "NaN"), (12, 2, "null"), (13, 3, "inf")):
        text = cell(text, line, column, word)
    stream = read(tmp_path, text)
    assert np.isnan(stream.acc[8, 0])
    assert stream.gyr is not None
    assert np.isnan(stream.gyr[9, 0])
    assert "4 of 600 samples are missing" in stream.provenance.notes


def test_switched_off_sensor_is_missing(tmp_path: Path) -> None:
    t, acc, gyr = moving()
    acc[500:] = 0.0
    gyr[500:] = 0.0
    stream = read(tmp_path, "\n".join([HEADER, *rows_of(t, acc, gyr)]))
    assert np.isnan(stream.acc[500:]).all()
    assert any("exactly 0, 0, 0" in n for n in stream.provenance.notes)


def test_rows_without_time_and_rows_written_twice(tmp_path: Path) -> None:
    lines = cell(csv_text(), 10, 0, "").split("\n")
    lines.insert(30, lines[30])
    stream = read(tmp_path, "\n".join(lines))
    assert stream.n == 599
    assert "1 rows without a time stamp left out" in stream.provenance.notes
    assert "1 rows written twice left out" in stream.provenance.notes


def test_cut_off_last_line_is_left_out(tmp_path: Path) -> None:
    stream = read(tmp_path, csv_text() + "6.0,0.1,9.8")
    assert stream.n == 600
    assert "the last line is cut off and was left out" in stream.provenance.notes


def test_time_runs_backwards(tmp_path: Path) -> None:
    text = cell(csv_text(), 102, 0, "0.5")
    error = refused(tmp_path, text)
    assert (error.line, error.column) == (102, "time_s")
    assert "left_shank.csv, line 102" in str(error)
    assert "time runs backwards (0.5 after 0.99)" in str(error)


def test_a_jump_of_the_clock_is_no_gap(tmp_path: Path) -> None:
    """A day at 100 Hz would take gigabytes before anything is said."""
    t, acc, gyr = moving()
    t[300:] += 86400.0
    error = refused(tmp_path, "\n".join([HEADER, *rows_of(t, acc, gyr)]))
    assert "time jumps by 24 h" in str(error)
    assert (error.line, error.column) == (302, "time_s")


def test_line_number_with_blank_lines(tmp_path: Path) -> None:
    text = cell(csv_text(), 102, 0, "0.5").replace("\n", "\n\n", 4)
    assert refused(tmp_path, text).line == 106


def test_time_stands_still(tmp_path: Path) -> None:
    error = refused(tmp_path, cell(csv_text(), 102, 0, "0.99"))
    assert error.line == 102
    assert "stands still" in str(error)


@pytest.mark.parametrize("word", ["abc", "1.2.3", "1,5", "0x10", "1_0", "12 3", "--4"])
@pytest.mark.parametrize("n", [60, 3000])
def test_not_a_number(tmp_path: Path, word: str, n: int) -> None:
    quoted = f'"{word}"' if "," in word else word
    error = refused(tmp_path, cell(csv_text(n), 41, 5, quoted))
    assert (error.line, error.column) == (41, "gyr_y")
    assert word in str(error)


@pytest.mark.parametrize(
    ("line", "what"), [("0.20,1,2", "too few cells"), ("0.20,1,2,3,4,5,6,7", "8 cells")]
)
def test_ragged_rows(tmp_path: Path, line: str, what: str) -> None:
    lines = csv_text().split("\n")
    lines[21] = line
    error = refused(tmp_path, "\n".join(lines))
    assert error.line == 22
    assert what in str(error)


def test_first_row_too_long(tmp_path: Path) -> None:
    lines = csv_text().split("\n")
    lines[1] += ",7,8"
    assert refused(tmp_path, "\n".join(lines)).line == 2


def test_decimal_commas_with_comma_separators(tmp_path: Path) -> None:
    t, acc, gyr = moving(50)
    rows = [r.replace(".", ",") for r in rows_of(t, acc, gyr, digits=2)]
    assert "both separator and decimal" in str(refused(tmp_path, "\n".join([HEADER, *rows])))


def test_impossible_value(tmp_path: Path) -> None:
    error = refused(tmp_path, cell(csv_text(), 51, 2, "1e30"))
    assert (error.line, error.column) == (51, "acc_y")
    error = refused(tmp_path, cell(csv_text(), 52, 6, "-99999"))
    assert (error.line, error.column) == (52, "gyr_z")


@pytest.mark.parametrize(
    ("factor", "header", "what"),
    [
        ((1, 1 / G, 1), HEADER, "looks like g"),
        ((1, 1, 1), HEADER.replace("acc_x,acc_y,acc_z", "acc_x_g,acc_y_g,acc_z_g"), "m/s^2"),
        ((1, 1, np.pi / 180), HEADER, "looks like rad/s"),
        ((1, 1, 1), HEADER.replace("gyr_x,gyr_y,gyr_z", "gyr_x_rad_s,gyr_y_rad_s,gyr_z_rad_s"),
         "looks like deg/s"),
        ((1000, 1, 1), HEADER, "milliseconds"),
        ((1e6, 1, 1), HEADER, "microseconds"),
        ((20, 1, 1), HEADER, "samples a second are needed"),
        ((1e-3, 1, 1), HEADER, "1e-05 s apart"),
        ((1, 2048, 1), HEADER, "not the declared units"),
    ],
)  # fmt: skip
def test_other_units_than_declared(
    tmp_path: Path, factor: tuple[float, float, float], header: str, what: str
) -> None:
    t, acc, gyr = moving()
    rows = rows_of(t * factor[0], acc * factor[1], gyr * factor[2], digits=9)
    assert what in str(refused(tmp_path, "\n".join([header, *rows])))


def test_gravity_removed(tmp_path: Path) -> None:
    t, acc, gyr = moving(2000)
    acc[:, 1] -= G
    assert "gravity was removed" in str(
        refused(tmp_path, "\n".join([HEADER, *rows_of(t, acc, gyr)]))
    )


def test_constant_sensors(tmp_path: Path) -> None:
    t, acc, gyr = moving()
    still = "\n".join([HEADER, *rows_of(t, np.tile([0.0, G, 0.0], (600, 1)), gyr)])
    assert "never changes" in str(refused(tmp_path, still))
    stream = read(tmp_path, "\n".join([HEADER, *rows_of(t, acc, np.zeros_like(gyr))]))
    assert stream.gyr is None
    assert "the gyroscope never changes: read without it" in stream.provenance.notes


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (HEADER.encode(), "no rows follow"),
        (HEADER.encode() + b"\n", "no rows follow"),
        (HEADER.encode() + b"\n0,0,9.8,0,0,0,0\n", "fewer than two samples"),
        (csv_text(50).encode("utf-16-le"), "not a text"),
        (b"time,ax,ay,az\n0,1,2,3\n", "no unit of acceleration"),
        (b"time_s,acc_x,acc_y\n0,1,2\n1,2,3\n", "unknown columns"),
        (b"time_s,acc_x,acc_x,acc_y,acc_z\n0,1,2,3,4\n1,1,1,1,1\n", "two columns are called"),
        (csv_text(60).encode()[:3000] + b"\0\0\0" + csv_text(60).encode()[3000:], "binary|not a"),
        (bytes(range(256)) * 20, "not a text|unknown columns"),
    ],
)
def test_refused_files(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "left_shank.csv"
    path.write_bytes(content)
    with pytest.raises(Exception, match=what) as caught:
        read_run(path)
    assert type(caught.value).__module__ == "hipgait.errors"
    assert str(path) in str(caught.value)


def test_large_file_is_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hipgait.io.tables._BLOCK", 4096)
    stream = read(tmp_path, csv_text(4000))
    t, acc, _ = moving(4000)
    np.testing.assert_allclose(stream.time_s, t, atol=1e-6)
    np.testing.assert_allclose(stream.acc, acc, atol=1e-6)
    error = refused(tmp_path, cell(csv_text(4000), 3333, 4, "?"))
    assert (error.line, error.column) == (3333, "gyr_x")


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("stamp_ms,AccX(g),AccY(g),AccZ(g),GyrX(dps),GyrY(dps),GyrZ(dps)", "time_ms,acc_x_g"),
        ("k [s],ax [m/s^2],ay,az,gx [rad/s],gy,gz", "time_s,acc_x,acc_y,acc_z,gyr_x_rad_s"),
        ("micros (us),a (mg),b,c", "time_us,acc_x_mg"),
        ("stamp_s,accel_x_ms2,accel_y_ms2,accel_z_ms2", "time_s,acc_x,acc_y"),
        ("one,two", "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"),
    ],
)
def test_the_cure_keeps_the_units_of_the_header(tmp_path: Path, header: str, asked: str) -> None:
    error = refused(tmp_path, header + "\n" + "0,1,2,3,4,5,6\n" * 30)
    assert error.cure.startswith(f"Name the columns {asked}")


def test_a_text_is_no_table(tmp_path: Path) -> None:
    error = refused(tmp_path, "This is my running diary.\nOn Monday I ran.\n")
    assert "no table (This is my running diary.)" in str(error)
