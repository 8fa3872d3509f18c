"""Whatever the bytes: one clear line, or a recording; never a traceback."""

from __future__ import annotations

import gzip
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.errors import HipgaitError
from hipgait.io.reader import read_run
from tests.io import build, phones
from tests.io import build_devices as devices

DEVICES = {
    "apdm": lambda: devices.apdm_text(("Lumbar",), 40),
    "apdm7": lambda: devices.apdm7_text(("Lumbar",), 40),
    "axivity": lambda: "\n".join(devices.axivity_text(False).split("\n")[:40]),
    "imeasureu": lambda: devices.trident_text(n=40),
    "metabase": lambda: devices.metabase_text(n=40),
    "movesense": lambda: devices.movesense_text("logbook_apart", n=40),
    "movesense_lines": lambda: devices.movesense_text("lines", n=40),
    "pac12": lambda: devices.pac12_text(n=40),
    "shimmer": lambda: devices.shimmer_text(n=40),
}
KINDS = (
    *("csv", "dot", "dot_derived", "mt", "ximu3", "actilife", "toml"),
    *("phyphox", "linear", "physics_toolbox", "witmotion", "polar"),
    *DEVICES,
)


def sample(kind: str) -> bytes:
    n = 40
    _, acc, gyr = build.moving(n, 60.0)
    if kind == "csv":
        return build.csv_text(n).encode()
    if kind == "dot":
        names = "Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z"
        return build.dot_text(names, np.hstack([acc, gyr])).encode()
    if kind == "dot_derived":
        _, q, free, _ = build.turned(n, 60.0)
        names = "Quat_W,Quat_X,Quat_Y,Quat_Z,FreeAcc_X,FreeAcc_Y,FreeAcc_Z"
        return build.dot_text(names, np.hstack([q, free])).encode()
    if kind == "mt":
        names_mt = [f"{k}_{a}" for k in ("Acc", "Gyr") for a in "XYZ"]
        return build.mt_text(names_mt, np.hstack([acc, np.radians(gyr)])).encode()
    if kind == "ximu3":
        head = "Timestamp (us)," + ",".join(
            [f"Gyroscope {a} (deg/s)" for a in "XYZ"] + [f"Accelerometer {a} (g)" for a in "XYZ"]
        )
        t = np.arange(n) * 20000.0
        return "\n".join([head, *build.rows_of(t, gyr, acc / build.G)]).encode()
    if kind in DEVICES:
        return DEVICES[kind]().encode()
    if kind == "actilife":
        return build.actilife_text(n).encode()
    if kind in ("phyphox", "linear"):
        prefix = "Linear " if kind == "linear" else ""
        free = acc - [0.0, build.G, 0.0] if kind == "linear" else acc
        names_pp = ["Time (s)", *(f"{prefix}Acceleration {a} (m/s^2)" for a in "xyz")]
        return phones.phyphox_csv(names_pp, np.arange(n) / 60, free).encode()
    if kind == "physics_toolbox":
        names_pt = ["time", "gFx", "gFy", "gFz", "wx", "wy", "wz"]
        columns = (np.arange(n) / 60, acc / build.G, np.radians(gyr))
        return phones.table(names_pt, *columns).encode()
    if kind == "witmotion":
        rows = phones.wit_rows(np.arange(n) / 60, acc, gyr, "pelvis(01)")
        return "\n".join([phones.WIT_HEADER, *(row for _, row in rows)]).encode()
    if kind == "polar":
        return phones.polar_txt(np.arange(n) / 60, acc * 1000 / build.G, "mg").encode()
    return b'speed_mps = 3.0\nathlete = "a"\n[sensors.pelvis]\nacc_range_g = 16\n'


SAMPLES = {kind: sample(kind) for kind in KINDS}


def outcome(path: Path) -> str | None:
    """The error's line, or None where the run was read; anything else fails the test."""
    try:
        recording = read_run(path)
    except HipgaitError as error:
        line = str(error)
        assert line
        assert "\n" not in line
        return line
    for stream in recording.streams.values():
        assert stream.n >= 2
        assert np.isfinite(stream.time_s).all()
        finite = stream.acc[np.isfinite(stream.acc)]
        assert np.abs(finite).max(initial=0.0) < 1e5
    return None


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "toml"])
def test_samples_are_sound(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "pelvis.csv"
    path.write_bytes(SAMPLES[kind])
    assert outcome(path) is None


@given(data=st.binary(max_size=400))
def test_random_bytes(tmp_path: Path, data: bytes) -> None:
    for name in ("pelvis.csv", "pelvis.csv.gz", "run.zip", "pelvis"):
        path = tmp_path / name
        path.write_bytes(data)
        assert outcome(path) is not None


@given(kind=st.sampled_from(KINDS), data=st.data())
def test_damaged_samples(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    whole = SAMPLES[kind]
    dice = random.Random(data.draw(st.integers(0, 2**32)))
    between = max((b",", b";", b"\t"), key=whole.count)
    change = data.draw(
        st.sampled_from(["cut", "flip", "lines", "columns", "cells", "splice", "gz"])
    )
    if change == "cut":
        broken = whole[: dice.randrange(len(whole))]
    elif change == "flip":
        array = bytearray(whole)
        for _ in range(dice.randrange(1, 20)):
            array[dice.randrange(len(array))] = dice.randrange(256)
        broken = bytes(array)
    elif change == "lines":
        lines = whole.split(b"\n")
        dice.shuffle(lines)
        broken = b"\n".join(lines[: dice.randrange(len(lines))])
    elif change == "columns":
        rows = [line.split(between) for line in whole.split(b"\n")]
        order = list(range(max(len(r) for r in rows)))
        dice.shuffle(order)
        broken = b"\n".join(between.join(r[k] for k in order if k < len(r)) for r in rows)
    elif change == "cells":
        words = [b"1e308", b"-1e999", b"nan", b"", b"x", b"0", b"\xff", b'"', b"9" * 400, b"\0"]
        rows = [line.split(between) for line in whole.split(b"\n")]
        for _ in range(dice.randrange(1, 6)):
            row = dice.choice(rows)
            row[dice.randrange(len(row))] = dice.choice(words)
        broken = b"\n".join(between.join(r) for r in rows)
    elif change == "splice":
        other = SAMPLES[dice.choice(KINDS)]
        broken = whole[: dice.randrange(len(whole))] + other[dice.randrange(len(other)) :]
    else:
        packed = gzip.compress(whole)
        broken = packed[: dice.randrange(len(packed))]
    name = "pelvis.csv.gz" if change == "gz" else "pelvis.csv"
    if kind == "toml":
        (tmp_path / "pelvis.csv").write_bytes(SAMPLES["csv"])
        (tmp_path / "pelvis.run.toml").write_bytes(broken)
        outcome(tmp_path / "pelvis.csv")
        (tmp_path / "pelvis.run.toml").unlink()
        return
    (tmp_path / name).write_bytes(broken)
    outcome(tmp_path / name)
    (tmp_path / name).unlink()


@given(
    values=st.lists(
        st.lists(st.floats(width=32, allow_nan=True), min_size=7, max_size=7),
        min_size=1,
        max_size=12,
    )
)
def test_any_numbers(tmp_path: Path, values: list[list[float]]) -> None:
    rows = [",".join(repr(v) for v in row) for row in values]
    path = tmp_path / "pelvis.csv"
    path.write_text("\n".join([build.HEADER, *rows]))
    outcome(path)


@given(seed=st.integers(0, 2**32), gone=st.booleans())
def test_damaged_phone_folder(tmp_path: Path, seed: int, gone: bool) -> None:
    dice = random.Random(seed)
    folder = phones.logger_folder(tmp_path / "pelvis", dice.choice(["ios", "android"]), n=40)
    file = dice.choice(sorted(folder.iterdir()))
    text = bytearray(file.read_bytes())
    if gone:
        file.unlink()
    else:  # where the names of the columns are as often as elsewhere
        for _ in range(dice.randrange(1, 5)):
            text[dice.randrange(dice.choice([30, len(text)]))] = dice.choice(b'\r\n,;\x00\xff"x7')
        file.write_bytes(text)
    outcome(tmp_path)
    shutil.rmtree(folder)
