"""What phone apps write, from the layouts that their sources document."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from tests.io.build import Array, G, moving

EPOCH_NS = 1_767_620_467_350_470_700
START = datetime(2026, 3, 14, 9, 26, 53, 589000)


def free_and_gravity(n: int, rate: float = 100.0) -> tuple[Array, Array, Array, Array]:
    """Time (s), free acceleration, gravity (both as specific force, m/s^2), rate (rad/s)."""
    t, acc, gyr = moving(n, rate)
    gravity = np.tile([0.0, G, 0.0], (n, 1))
    return t, acc - gravity, gravity, np.radians(gyr)


def table(header: list[str], *columns: Array, delimiter: str = ",", digits: int = 6) -> str:
    rows = np.column_stack(columns)
    lines = [delimiter.join(f"{v:.{digits}f}" for v in row) for row in rows]
    return "\n".join([delimiter.join(header), *lines]) + "\n"


# ------------------------------------------------------------------ Sensor Logger
def logger_csv(t: Array, xyz: Array) -> str:
    stamps = [EPOCH_NS + round(s * 1e9) for s in t]
    lines = ["time,seconds_elapsed,z,y,x"]
    lines += [
        f"{ns},{s + 0.1434:.6f},{z:.9f},{y:.9f},{x:.9f}"
        for ns, s, (x, y, z) in zip(stamps, t, xyz, strict=True)
    ]
    return "\n".join(lines) + "\n"


def logger_metadata(platform: str, standardisation: str | None = "false") -> str:
    head = "version,device name,recording epoch time,recording time,platform,appVersion"
    row = f"3,Phone,{EPOCH_NS // 10**6},2026-03-14_09-26-53,{platform},1.64"
    if standardisation is not None:
        head, row = head + ",standardisation", row + f",{standardisation}"
    return f"{head}\n{row}\n"


def logger_folder(folder: Path, platform: str = "ios", n: int = 600) -> Path:
    """An export: on iPhones signs are turned and gravity is apart."""
    folder.mkdir(parents=True, exist_ok=True)
    t, free, gravity, _ = free_and_gravity(n)
    sign = -1.0 if platform == "ios" else 1.0
    (folder / "Accelerometer.csv").write_text(logger_csv(t, sign * free))
    (folder / "Gravity.csv").write_text(logger_csv(t + 0.002, sign * gravity))
    later, _, turning = moving(n, start=0.003)  # each sensor has times of its own
    (folder / "Gyroscope.csv").write_text(logger_csv(later, np.radians(turning)))
    (folder / "Magnetometer.csv").write_text(logger_csv(t, gravity))
    if platform == "android":
        (folder / "TotalAcceleration.csv").write_text(logger_csv(t, free + gravity))
    (folder / "Metadata.csv").write_text(logger_metadata(platform))
    return folder


# ------------------------------------------------------------------ phyphox
def phyphox_number(value: float) -> str:
    mantissa, exponent = f"{value:.9E}".split("E")
    return f"{mantissa}E{int(exponent)}"


def phyphox_csv(names: list[str], *columns: Array, delimiter: str = ",") -> str:
    rows = np.column_stack(columns)
    lines = [delimiter.join(f'"{n}"' for n in names)]
    lines += [delimiter.join(phyphox_number(v) for v in row) for row in rows]
    return "\n".join(lines)


def phyphox_times(*events: tuple[str, float, float]) -> str:
    rows = [f'"{name}",{at:.15E},{system:.15E},"text"' for name, at, system in events]
    return "\n".join(['"event","experiment time","system time","system time text"', *rows]) + "\n"


# ------------------------------------------------------------------ WitMotion
def wit_rows(
    t: Array, acc: Array, gyr_deg: Array, device: str, *, offset_s: float = 0.0
) -> list[tuple[float, str]]:
    """(time, row) of one device: phone time, device, chip time, acc (g), rate (deg/s), angle."""
    rows = []
    for s, a, g in zip(t + offset_s, acc / G, gyr_deg, strict=True):
        stamp = START + timedelta(seconds=float(s))
        phone = stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stamp.microsecond // 1000:03d}"
        chip = f"{stamp.year}-{stamp.month}-{stamp.day} {stamp:%H:%M:%S}:"
        chip += f"{stamp.microsecond // 1000:03d}"
        cells = [phone, device, chip, *(f"{v:.4f}" for v in (*a, *g)), "1.00"]
        rows.append((float(s), "\t".join(cells)))
    return rows


WIT_HEADER = (
    "time\tDeviceName\tChipTime()\tAccX(g)\tAccY(g)\tAccZ(g)\tAsX(°/s)\tAsY(°/s)\tAsZ(°/s)\t"
    "AngleX(°)"
)


# ------------------------------------------------------------------ Polar Sensor Logger
def polar_txt(t: Array, xyz: Array, unit: str, start_ns: int = 599_628_005_694_359_040) -> str:
    lines = [f"Phone timestamp;sensor timestamp [ns];X [{unit}];Y [{unit}];Z [{unit}] "]
    for s, row in zip(t, xyz, strict=True):
        stamp = START + timedelta(seconds=float(s) + 0.2)
        text = stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stamp.microsecond // 1000:03d}"
        lines.append(f"{text};{start_ns + round(s * 1e9)};" + ";".join(f"{v:.3f}" for v in row))
    return "\n".join(lines) + "\n"
