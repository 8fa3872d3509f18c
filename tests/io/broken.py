"""Broken inputs, built on the spot: what users' disks, phones and spreadsheets make of an export.

``PLAIN`` are plain CSV files, ``PLACES`` files and folders that are no file of text, and
``DAMAGES`` are done to every native format (``FORMATS``). Every one holds ``build.moving``.
"""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.io import build, phones
from tests.io import build_devices as devices
from tests.io.build import HEADER, Array, G

N = 400
RATE = 100.0
TIME, ACC, GYR = build.moving(N, RATE)
TEXT = build.csv_text(N, rate=RATE)
LINES = TEXT.splitlines()


def table(header: str = HEADER, *columns: Array, delimiter: str = ",") -> bytes:
    """A table with other columns than the whole file's."""
    rows = build.rows_of(*(columns or (TIME, ACC, GYR)), delimiter=delimiter)
    return ("\n".join([header, *rows]) + "\n").encode()


def lines(change: Callable[[list[str]], list[str]]) -> bytes:
    """The data rows after a change."""
    return ("\n".join([HEADER, *change(LINES[1:])]) + "\n").encode()


def cell(row: int, column: int, word: str) -> bytes:
    """One cell of a data row replaced."""
    cells = LINES[row + 1].split(",")
    cells[column] = word
    return "\n".join([*LINES[: row + 1], ",".join(cells), *LINES[row + 2 :]]).encode()


def columns_of(*order: int) -> bytes:
    """The values in another order under the same header."""
    values = np.column_stack([TIME, ACC, GYR])[:, order]
    return table(HEADER, values)


def stamps(kind: Callable[[int, float], str], header: str = HEADER) -> bytes:
    """The same samples with times written otherwise."""
    rows = [
        f"{kind(k, t)},{r.split(',', 1)[1]}"
        for k, (t, r) in enumerate(zip(TIME, LINES[1:], strict=True))
    ]
    return "\n".join([header, *rows]).encode()


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)
    return out.getvalue()


def mixed_epochs(k: int, t: float) -> str:
    """Seconds, then milliseconds, then microseconds, then nanoseconds since 1970, in one column."""
    return f"{(1.7e9 + t) * 1000.0 ** (4 * k // N):.0f}" if k >= N // 4 else f"{1.7e9 + t:.3f}"


DIGITS = HEADER.encode() + b"\n" + b"1" * 100_000_000
"""A hundred megabytes that pack into a hundred kilobytes."""
NOISE = np.random.default_rng(7).integers(0, 256, 20000, dtype=np.uint8).tobytes()
BLANK = np.full((N, 3), np.nan)
WIDE = ",".join([HEADER, *(f"c{k}" for k in range(10**6))])

PLAIN: dict[str, bytes | Callable[[], bytes]] = {
    "empty": b"",
    "blank lines only": b"\n\r\n  \n",
    "BOM only": b"\xef\xbb\xbf",
    "header only": HEADER.encode(),
    "one row": "\n".join(LINES[:2]).encode(),
    "two rows": "\n".join(LINES[:3]).encode(),
    "cut in the last row": TEXT.encode()[:-30],
    "cut in a number": TEXT.encode()[:-3],
    "UTF-16 with BOM": TEXT.encode("utf-16"),
    "UTF-16 without BOM": TEXT.encode("utf-16-le"),
    "UTF-32": TEXT.encode("utf-32"),
    "latin-1 name of an extra column": table(HEADER + ",é", TIME, ACC, GYR, TIME)
    .decode().encode("latin-1"),
    "time and acc exchanged": columns_of(1, 0, 2, 3, 4, 5, 6),
    "acc and gyr exchanged": columns_of(0, 4, 5, 6, 1, 2, 3),
    "all NaN": table(HEADER, TIME, BLANK, BLANK),
    "acc NaN": table(HEADER, TIME, BLANK, GYR),
    "one axis of acc NaN": table(HEADER, TIME, ACC * [1, np.nan, 1], GYR),
    "time NaN": table(HEADER, TIME * np.nan, ACC, GYR),
    "gyr NaN": table(HEADER, TIME, ACC, BLANK),
    "a cell inf": cell(50, 2, "inf"),
    "a cell -1e999": cell(50, 5, "-1e999"),
    "time inf": cell(50, 0, "inf"),
    "acc all inf": table(HEADER, TIME, ACC * 0 + np.inf, GYR),
    "everything constant": table(HEADER, TIME, ACC * 0 + [0, G, 0], GYR * 0),
    "gyr constant": table(HEADER, TIME, ACC, GYR * 0 + 1.5),
    "time constant": table(HEADER, TIME * 0 + 3, ACC, GYR),
    "time reversed": lines(lambda r: r[::-1]),
    "every row twice": lines(lambda r: [x for x in r for _ in range(2)]),
    "a few rows twice": lines(lambda r: r[:50] + r[49:]),
    "a block twice": lines(lambda r: r[:200] + r[100:]),
    "two rows exchanged": lines(lambda r: [*r[:50], r[51], r[50], *r[52:]]),
    "rows shuffled": lines(lambda r: [r[k] for k in np.random.default_rng(3).permutation(N)]),
    "a huge value": cell(50, 1, "1e30"),
    "huge values": table(HEADER, TIME, ACC * 1e6, GYR),
    "huge rates": table(HEADER, TIME, ACC, GYR * 1e6),
    "tiny values": table(HEADER, TIME, ACC * 1e-6, GYR),
    "acc in g as m/s2": table(HEADER, TIME, ACC / G, GYR),
    "acc in mg as m/s2": table(HEADER, TIME, ACC * 1000 / G, GYR),
    "acc in mg as g": table(HEADER.replace("acc_x", "acc_x_g").replace("acc_y", "acc_y_g")
                            .replace("acc_z", "acc_z_g"), TIME, ACC * 1000 / G, GYR),
    "acc in m/s2 as g": table(HEADER.replace("acc_x,acc_y,acc_z", "acc_x_g,acc_y_g,acc_z_g")),
    "acc in g half way": lines(
        lambda r: [*r[:200], *build.rows_of(TIME[200:], ACC[200:] / G, GYR[200:])]
    ),
    "one axis in g": table(HEADER, TIME, ACC / [1, G, 1], GYR),
    "one axis declared in g": table(HEADER.replace("acc_y", "acc_y_g")),
    "gravity removed": table(HEADER, TIME, ACC - [0, G, 0], GYR),
    "gyr in rad/s as deg/s": table(HEADER, TIME, ACC, np.radians(GYR)),
    "gyr in deg/s as rad/s": table(
        HEADER.replace("gyr_x,gyr_y,gyr_z", "gyr_x_rad_s,gyr_y_rad_s,gyr_z_rad_s")
    ),
    "gyr raw counts as deg/s": table(HEADER, TIME, ACC, GYR * 16.4 * 30),
    "magnetometer only": table("time_s,mag_x,mag_y,mag_z", TIME, GYR),
    "gyroscope only": table("time_s,gyr_x,gyr_y,gyr_z", TIME, GYR),
    "no time": table("acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z", ACC, GYR),
    "no header": table("0.00,1,2,3,4,5,6"),
    "two axes": table("time_s,acc_x,acc_y", TIME, ACC[:, :2]),
    "a column twice": table(HEADER + ",acc_x", TIME, ACC, GYR, TIME),
    "binary noise": NOISE,
    "noise in the middle": TEXT.encode()[:9000] + NOISE + TEXT.encode()[9000:],
    "NUL bytes in the middle": TEXT.encode()[:9000] + b"\0" * 50 + TEXT.encode()[9000:],
    "NUL bytes at the end": TEXT.encode() + b"\0" * 4096,
    "CRLF": TEXT.replace("\n", "\r\n").encode(),
    "CR only": TEXT.replace("\n", "\r").encode(),
    "CR CR LF": TEXT.replace("\n", "\r\r\n").encode(),
    "million column header": lambda: ("\n".join([WIDE, *LINES[1:4]])).encode(),
    "million empty columns": lambda: (
        HEADER + "," * 10**6 + "\n" + "\n".join(x + "," * 10**6 for x in LINES[1:4])
    ).encode(),
    "restarted export": (TEXT + TEXT).encode(),
    "header again, time goes on": lines(lambda r: [*r[:200], HEADER, *r[200:]]),
    "decimal commas between commas": TEXT.replace(".", ",").encode(),
    "decimal commas, semicolons": TEXT.replace(",", ";").replace(".", ",").encode(),
    "spaces between": TEXT.replace(",", " ").encode(),
    "thousands commas in quotes": cell(50, 5, '"1,024.0"'),
    "Excel serials": stamps(lambda k, t: f"{45000.5 + t / 86400:.10f}"),
    "times of day": stamps(lambda k, t: f"12:00:{t:06.3f}"),
    "ISO times": stamps(lambda k, t: f"2024-05-01T12:00:{t:06.3f}Z"),
    "seconds to Unix ns in one column": stamps(mixed_epochs),
    "Unix ms as s": stamps(lambda k, t: f"{1.7e12 + t * 1e3:.0f}"),
    "Unix us as s": stamps(lambda k, t: f"{1.7e15 + t * 1e6:.0f}"),
    "Unix ns as s": stamps(lambda k, t: f"{1.7e18 + t * 1e9:.0f}"),
    "seconds as ms": stamps(lambda k, t: f"{t:.6f}", HEADER.replace("time_s", "time_ms")),
    "whole seconds": stamps(lambda k, t: f"{t:.0f}"),
    "times of two digits in 400 Hz": table(HEADER, np.round(TIME / 4, 2), ACC, GYR),
    "one sample a second": table(HEADER, TIME * 100, ACC, GYR),
    "a hole of a year": table(HEADER, TIME + 3e7 * (TIME > 2), ACC, GYR),
    "error page saved as CSV": b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n",
    "JSON saved as CSV": b'{"acc": [1, 2, 3]}\n',
    "Excel workbook saved as CSV": packed({"xl/workbook.xml": b"<x/>", "[Content_Types].xml": b""}),
    "gzip without its ending": gzip.compress(TEXT.encode()),
    "words for missing": cell(50, 2, "#DIV/0!"),
    "a quote that never closes": cell(50, 2, '"1.0'),
    "formula in a cell": cell(50, 2, "=A1+B1"),
}  # fmt: skip


def samples() -> dict[str, tuple[str, bytes]]:
    """Native format -> file name and whole contents."""
    n, t = N, TIME
    _, q, free, _ = build.turned(n, 60.0)
    dot = build.dot_text("Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z", np.hstack([ACC, GYR]))
    mt = [f"{k}_{a}" for k in ("Acc", "Gyr") for a in "XYZ"]
    head = "Timestamp (us)," + ",".join(
        [f"Gyroscope {a} (deg/s)" for a in "XYZ"] + [f"Accelerometer {a} (g)" for a in "XYZ"]
    )
    wit = [phones.WIT_HEADER, *(r for _, r in phones.wit_rows(t, ACC, GYR, "left_shank"))]
    toolbox = ["time", "gFx", "gFy", "gFz", "wx", "wy", "wz"]
    phyphox = ["Time (s)", *(f"Acceleration {a} (m/s^2)" for a in "xyz")]
    derived = build.dot_text("Quat_W,Quat_X,Quat_Y,Quat_Z,FreeAcc_X,FreeAcc_Y,FreeAcc_Z",
                             np.hstack([q, free]))  # fmt: skip
    texts = {
        "movella_dot": ("left_shank.csv", dot),
        "movella_dot rebuilt": ("left_shank.csv", derived),
        "xsens_mt": ("left_shank.txt", build.mt_text(mt, np.hstack([ACC, np.radians(GYR)]))),
        "ximu3": ("left_shank.csv", "\n".join([head, *build.rows_of(t * 1e6, GYR, ACC / G)])),
        "actilife": ("left_shank.csv", build.actilife_text(n)),
        "apdm": ("left_shank.csv", devices.apdm_text(("Left Ankle",), n)),
        "apdm format 7": ("left_shank.csv", devices.apdm7_text(("Left Ankle",), n)),
        "shimmer": ("left_shank.csv", devices.shimmer_text(n=n)),
        "metabase": ("left_shank.csv", devices.metabase_text(n=n)),
        "movesense": ("left_shank.json", devices.movesense_text("lines", n)),
        "imeasureu": ("left_shank.csv", devices.trident_text(n=n)),
        "pac12": ("left_shank.csv", devices.pac12_text(n=n)),
        "axivity": ("left_shank.csv", devices.axivity_text()),
        "phyphox": ("left_shank.csv", phones.phyphox_csv(phyphox, t, ACC)),
        "physics_toolbox": ("left_shank.csv", phones.table(toolbox, t, ACC / G, np.radians(GYR))),
        "witmotion": ("left_shank.txt", "\n".join(wit)),
        "polar_sensor_logger": ("left_shank.txt", phones.polar_txt(t, ACC * 1000 / G, "mg")),
    }
    return {kind: (name, text.encode()) for kind, (name, text) in texts.items()}


FORMATS = samples()


def _rows(data: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Rows of the second half changed; the first half, header included, kept."""
    rows = data.split(b"\n")
    half = len(rows) // 2
    return b"\n".join([*rows[:half], *change(rows[half:])])


def _half(data: bytes) -> int:
    return len(data) // 2


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut in half": lambda d: d[: _half(d)],
    "first line only": lambda d: d.split(b"\n")[0],
    "UTF-16": lambda d: d.decode().encode("utf-16"),
    "NUL bytes": lambda d: d[: _half(d)] + b"\0" * 64 + d[_half(d) :],
    "noise": lambda d: d[: _half(d)] + NOISE[:500] + d[_half(d) :],
    "CRLF": lambda d: d.replace(b"\n", b"\r\n"),
    "CR only": lambda d: d.replace(b"\n", b"\r"),
    "BOM": lambda d: b"\xef\xbb\xbf" + d,
    "reversed": lambda d: _rows(d, lambda r: r[::-1]),
    "restarted": lambda d: d + b"\n" + d,
    "lines lost": lambda d: _rows(d, lambda r: r[20:]),
    "lines twice": lambda d: _rows(d, lambda r: r[:2] + r[1:]),
    "a block twice": lambda d: _rows(d, lambda r: r[:90] + r),
    "blank lines": lambda d: _rows(d, lambda r: [*r[:9], b"", b"", *r[9:]]),
    "a word": lambda d: _rows(d, lambda r: [*r[:9], b"Error: disk full", *r[9:]]),
    "short line": lambda d: _rows(
        d, lambda r: [*r[:9], *(x[: len(x) // 2] for x in r[9:10]), *r[10:]]
    ),
}


def _loop(folder: Path) -> Path:
    os.symlink(folder / "b.csv", folder / "left_shank.csv")
    os.symlink(folder / "left_shank.csv", folder / "b.csv")
    return folder / "left_shank.csv"


def _loop_of_folders(folder: Path) -> Path:
    run = folder / "run"
    (run / "deep").mkdir(parents=True)
    os.symlink(run, run / "deep" / "again", target_is_directory=True)
    (run / "left_shank.csv").write_text(TEXT)
    return run


def _dangling(folder: Path) -> Path:
    os.symlink(folder / "gone.csv", folder / "left_shank.csv")
    return folder


def _named_csv(folder: Path) -> Path:
    (folder / "left_shank.csv").mkdir()
    return folder / "left_shank.csv"


def _folder_among(folder: Path) -> Path:
    (folder / "run" / "pelvis.csv").mkdir(parents=True)
    (folder / "run" / "left_shank.csv").write_text(TEXT)
    return folder / "run"


def _fifo(folder: Path) -> Path:
    os.mkfifo(folder / "left_shank.csv")
    return folder / "left_shank.csv"


def _put(name: str, data: bytes | Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data if isinstance(data, bytes) else data())
        return folder / name

    return make


def _one_missing(folder: Path) -> Path:
    run = build.write_run(folder / "run", ("pelvis", "left_shank"))
    (run / "right_shank.csv").write_bytes(b"")
    return run


def _lying_size() -> bytes:
    """An archive whose index says that its member is small."""
    data = bytearray(packed({"left_shank.csv": b"0" * 1_000_000}))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.index(mark) + at
        data[place : place + 4] = (100).to_bytes(4, "little")
    return bytes(data)


def _long_name(folder: Path) -> Path:
    return folder / ("left_shank" * 100 + ".csv")


PLACES: dict[str, Callable[[Path], Path]] = {
    "nothing there": lambda folder: folder / "left_shank.csv",
    "a name too long": _long_name,
    "a folder named .csv": _named_csv,
    "a folder named .csv among files": _folder_among,
    "a link to itself": _loop,
    "a folder that holds itself": _loop_of_folders,
    "a link to nothing": _dangling,
    "a pipe": _fifo,
    "one sensor empty": _one_missing,
    "gz cut off": _put("left_shank.csv.gz", gzip.compress(TEXT.encode())[:-900]),
    "gz with a wrong check sum": _put(
        "left_shank.csv.gz", gzip.compress(TEXT.encode())[:-8] + b"\0" * 8
    ),
    "gz that is none": _put("left_shank.csv.gz", TEXT.encode()),
    "gz with rubbish after it": _put("left_shank.csv.gz", gzip.compress(TEXT.encode()) + NOISE),
    "gz twice": _put("left_shank.csv.gz", gzip.compress(gzip.compress(TEXT.encode()))),
    "gz bomb": _put("left_shank.csv.gz", lambda: gzip.compress(DIGITS, 1)),
    "zip bomb": _put("run.zip", lambda: packed({"left_shank.csv": DIGITS})),
    "zip in a zip": _put("run.zip", packed({"run.zip": packed({"left_shank.csv": TEXT.encode()})})),
    "zip bomb in a zip": _put("left_shank.zip", lambda: packed({"left_shank.csv.gz":
        gzip.compress(DIGITS, 1)})),
    "zip with a lying size": _put("run.zip", _lying_size),
    "zip cut off": _put("run.zip", packed({"left_shank.csv": TEXT.encode()})[:-60]),
    "zip damaged inside": _put(
        "run.zip", packed({"left_shank.csv": TEXT.encode()}).replace(b"\x55", b"\x56")
    ),
    "zip climbing out": _put("run.zip", packed({"../../left_shank.csv": TEXT.encode()})),
    "zip with an absolute path": _put("run.zip", packed({"/etc/left_shank.csv": TEXT.encode()})),
    "zip of nothing": _put("run.zip", packed({})),
    "zip with the same name twice": _put("run.zip", packed({"left_shank.csv": TEXT.encode(),
        "Left_Shank.csv": TEXT.encode()})),
}  # fmt: skip
