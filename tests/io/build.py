"""Small signals and files in the layouts that the readers know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
G = 9.80665
HEADER = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"


def moving(n: int = 600, rate: float = 100.0, start: float = 0.0) -> tuple[Array, Array, Array]:
    """Time (s), specific force (m/s^2) and rate (deg/s) of a limb that swings and lands."""
    t = start + np.arange(n) / rate
    beat = np.maximum(np.sin(2 * np.pi * 1.4 * t), 0.0) ** 4
    acc = np.column_stack(
        [2.0 * np.sin(8.8 * t), G + 14.0 * (beat - beat.mean()), 1.5 * np.cos(8.8 * t)]
    )
    gyr = np.column_stack(
        [40.0 * np.sin(8.8 * t), 25.0 * np.cos(17.6 * t), 250.0 * np.sin(8.8 * t + 1.0)]
    )
    return t, acc, gyr


def rows_of(*columns: Array, delimiter: str = ",", digits: int = 6) -> list[str]:
    table = np.column_stack(columns)
    return [delimiter.join(f"{v:.{digits}f}" for v in row) for row in table]


def csv_text(n: int = 600, header: str = HEADER, **options: float) -> str:
    t, acc, gyr = moving(n, **options)
    return "\n".join([header, *rows_of(t, acc, gyr)]) + "\n"


def write_run(folder: Path, placements: tuple[str, ...], n: int = 600) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for placement in placements:
        (folder / f"{placement}.csv").write_text(csv_text(n))
    return folder


def quaternions(rotation_deg: Array) -> Array:
    """(n, 4) w, x, y, z of a rotation about a fixed tilted axis."""
    axis = np.array([0.6, 0.0, 0.8])
    half = np.radians(rotation_deg) / 2
    return np.column_stack([np.cos(half), np.sin(half)[:, None] * axis])


def turned(n: int, rate: float) -> tuple[Array, Array, Array, Array]:
    """Time, quaternion, free acceleration (earth) and true rate (rad/s, sensor axes)."""
    t = np.arange(n) / rate
    angle = 40.0 * np.sin(2 * np.pi * 1.5 * t)
    speed = np.radians(40.0) * 2 * np.pi * 1.5 * np.cos(2 * np.pi * 1.5 * t)
    free = np.column_stack([np.sin(9.0 * t), 0.5 * np.cos(9.0 * t), 2.0 * np.sin(18.0 * t)])
    return t, quaternions(angle), free, speed[:, None] * np.array([0.6, 0.0, 0.8])


def rotation(q: Array) -> Array:
    """(n, 3, 3) by the sandwich product, written apart from the reader's formula."""

    def product(a: Array, b: Array) -> Array:
        w1, x1, y1, z1 = a.T
        w2, x2, y2, z2 = b.T
        return np.column_stack(
            [
                w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
                w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
                w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
                w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
            ]
        )

    conjugate = q * np.array([1.0, -1.0, -1.0, -1.0])
    columns = []
    for axis in range(3):
        unit = np.zeros_like(q)
        unit[:, axis + 1] = 1.0
        columns.append(product(product(q, unit), conjugate)[:, 1:])
    return np.stack(columns, axis=2)


DOT_PREAMBLE = """sep=,
DeviceTag:,{tag}
FirmwareVersion:,2.0.0
AppVersion:,2021.0
SyncStatus:,{sync}
OutputRate:,60Hz
FilterProfile:,General
Measurement Mode:,test
StartTime: ,2021-08-20_20:21:13_829 GMT+8
© 2021

"""


def dot_text(
    columns: str,
    values: Array,
    start_us: int = 1_000_000,
    tag: str = "x",
    sync: str = "Synced",
    digits: int = 6,
) -> str:
    lines = [f"PacketCounter,SampleTimeFine,{columns},Status"]
    for k, row in enumerate(values):
        stamp = (start_us + round(k * 1e6 / 60)) % 2**32
        lines.append(f"{k + 1},{stamp}," + ",".join(f"{v:.{digits}f}" for v in row) + ",0")
    return DOT_PREAMBLE.format(tag=tag, sync=sync) + "\n".join(lines) + "\n"


def mt_text(
    columns: list[str],
    values: Array,
    delimiter: str = "\t",
    rate: str | None = "100.0",
    first: int = 65500,
    lost: tuple[int, ...] = (),
) -> str:
    lines = ["// Start Time: Unknown"]
    lines += [f"// Update Rate: {rate}Hz"] if rate else []
    lines += ["// Filter Profile: human (46.1)", "// Firmware Version: 4.0.2"]
    lines.append(delimiter.join(["PacketCounter", "SampleTimeFine", *columns]))
    for k, row in enumerate(values):
        if k not in lost:
            cells = [f"{(first + k) % 65536:05d}", "", *(f"{v:.6f}" for v in row)]
            lines.append(delimiter.join(cells))
    return "\n".join(lines) + "\n"


def ximu3_device(folder: Path, name: str, n: int = 600, start_us: int = 917_418_209) -> Path:
    device = folder / f"{name} 64F0EDBF (UDP)"
    device.mkdir(parents=True)
    t, acc, gyr = moving(n, 50.0)
    header = "Timestamp (us)," + ",".join(
        [f"Gyroscope {a} (deg/s)" for a in "XYZ"] + [f"Accelerometer {a} (g)" for a in "XYZ"]
    )
    rows = [
        f"{start_us + round(s * 1e6)}," + ",".join(f"{v:.6f}" for v in (*g, *(a / G)))
        for s, a, g in zip(t, acc, gyr, strict=True)
    ]
    (device / "Inertial.csv").write_text("\n".join([header, *rows]) + "\n")
    (device / "Command.json").write_text(
        f'[{{"ping":{{"interface":"UDP","name":"{name}","sn":"64F0EDBF"}}}}]'
    )
    (device / "Battery.csv").write_text("Timestamp (us),Percentage (%)\n1,100\n2,100\n")
    return device


def actilife_text(n: int = 600, clock: str = "17:43:00", stamps: bool = True) -> str:
    t, acc, _ = moving(n)
    head = [
        (
            "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.4 Firmware v1.7.2 "
            "date format M/d/yyyy at 100 Hz  Filter Normal -----------"
        ),
        "Serial Number: TAS1H34200054",
        f"Start Time {clock}",
        "Start Date 4/28/2023",
        "Epoch Period (hh:mm:ss) 00:00:00",
        "Download Time 17:57:31",
        "Download Date 4/28/2023",
        "Current Memory Address: 0",
        "Current Battery Voltage: 4.19     Mode = 12",
        "--------------------------------------------------",
        ("Timestamp," if stamps else "") + "Accelerometer X,Accelerometer Y,Accelerometer Z",
    ]
    h, m, s = (int(x) for x in clock.split(":"))
    for k, row in enumerate(acc / G):
        ms = ((h * 60 + m) * 60 + s) * 1000 + round(t[k] * 1000)
        ms %= 86_400_000
        stamp = f"{ms // 3600000}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
        stamp = stamp if len(stamp) == 12 else f"0{stamp}"
        head.append((f"4/28/2023 {stamp}," if stamps else "") + ",".join(f"{v:.3f}" for v in row))
    return "\n".join(head) + "\n"
