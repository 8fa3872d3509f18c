"""A small whole file of every text format, and what must hold of any bytes that are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hipgait.errors import HipgaitError
from hipgait.io.reader import read_run
from hipgait.recording import Recording
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
        return one_line(error)
    sound(recording)
    return None


def one_line(error: HipgaitError) -> str:
    """What it says: one line."""
    line = str(error)
    assert line
    assert "\n" not in line
    return line


def sound(recording: Recording) -> None:
    """Times that are numbers, values that can be."""
    for stream in recording.streams.values():
        assert stream.n >= 2
        assert np.isfinite(stream.time_s).all()
        finite = stream.acc[np.isfinite(stream.acc)]
        assert np.abs(finite).max(initial=0.0) < 1e5
