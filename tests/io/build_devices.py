"""Small files in the layouts of sensors' own programs; every one holds ``build.moving``."""

from __future__ import annotations

import json

import numpy as np

from tests.io.build import G, moving, rows_of


def apdm_text(sensors: tuple[str, ...] = ("Lumbar", "Right Ankle"), n: int = 600) -> str:
    """Motion Studio: names in one line, units in the next."""
    t, acc, gyr = moving(n, 128.0)
    kinds = ("Acceleration", "Angular Velocity", "Magnetic Field")
    names = [f"{s}/{k}/{a}" for s in sensors for k in kinds for a in "XYZ"]
    values = [v + k for k in range(len(sensors)) for v in (acc, np.radians(gyr), np.zeros((n, 3)))]
    return (
        "\n".join(
            [
                "Test Name:,Tuesday",
                "Sample Rate:,100,Hz",  # wrong on purpose: nobody believes it
                ",".join(["Time", *names]),
                ",".join(["s", *(["m/s^2"] * 3 + ["rad/s"] * 3 + ["uT"] * 3) * len(sensors)]),
                *rows_of(t + 0.0075, *values),
            ]
        )
        + "\n"
    )


def apdm7_text(sensors: tuple[str, ...] = ("Left Ankle", "Chest"), n: int = 600) -> str:
    """Mobility Lab's ``Format=7``: three lines of names, no units."""
    t, acc, gyr = moving(n, 128.0)
    block = [acc, np.radians(gyr), np.zeros((n, 3)), np.full((n, 1), 4.6e18), np.ones((n, 4))]
    head = [f"{5000 + k},,,{s}" + "," * 10 for k, s in enumerate(sensors)]
    kinds = "Accelerometer,,,Gyroscope,,,Magnetometer,,,Barometer,Orientation,,,"
    stamps = np.round(1.55e15 + t * 1e6)
    rows = [
        f"{stamp:.0f},{row}"
        for stamp, row in zip(stamps, rows_of(*block * len(sensors)), strict=True)
    ]
    return (
        "\n".join(
            [
                "Format=7," + ",".join(head),
                "Time," + ",".join([kinds] * len(sensors)),
                "," + ",".join(["X,Y,Z,X,Y,Z,X,Y,Z,,S,X,Y,Z"] * len(sensors)),
                *rows,
            ]
        )
        + "\n"
    )


def shimmer_text(
    devices: tuple[str, ...] = ("Shimmer_952D",),
    delimiter: str = ",",
    time: str = "Timestamp_Unix",
    wide: bool = True,
    kind: str = "CAL",
    n: int = 600,
) -> str:
    """Consensys: quoted ``sep=``, names, units; each line ends with a separator."""
    t, acc, gyr = moving(n, 128.0)
    names, units, values = [], [], []
    for k, device in enumerate(devices):
        block = [("Accel_LN", "m/(s^2)", np.clip(acc, -19, 19)), ("Gyro", "deg/s", gyr)]
        block += [("Accel_WR", "m/(s^2)", acc)] if wide else []
        for what, unit, value in block:
            names += [f"{device}_{what}_{a}_{kind}".lstrip("_") for a in "XYZ"]
            units += [unit if kind == "CAL" else "no_units"] * 3
            values.append(value + k)
    if "Formatted" in time:
        unit = "yyyy/mm/dd hh:mm:ss.000"
        ms = (86_399_000 + np.round(t * 1e3)).astype(int)  # a second before midnight
        stamps = [
            f"2024/03/{7 + m // 86_400_000:02d} {m // 3_600_000 % 24:02d}:{m // 60_000 % 60:02d}:"
            f"{m // 1000 % 60:02d}.{m % 1000:03d}"
            for m in ms.tolist()
        ]
    else:
        unit = "ms"
        stamps = [f"{v:.16E}".replace("E+", "E") for v in 1.6294033377807e12 + t * 1e3]
    first = f"{devices[0]}_{time}_CAL".lstrip("_")
    table = zip(stamps, rows_of(*values, delimiter=delimiter), strict=True)
    lines = [[first, *names], [unit, *units], *([stamp, row] for stamp, row in table)]
    return f'"sep={delimiter}"\n' + "".join(delimiter.join([*x, "\n"]) for x in lines)


def movesense_packets(
    arrays: tuple[str, ...] = ("ArrayAcc", "ArrayGyro"),
    rate: float = 104.0,
    start: float = 0.0,
    n: int = 600,
    size: int = 8,
) -> list[dict[str, object]]:
    """Packets of ``size`` samples, stamped in whole ms."""
    t, acc, gyr = moving(n, rate, start)
    values = {"ArrayAcc": acc, "ArrayGyro": gyr}
    out: list[dict[str, object]] = []
    for k in range(0, n, size):
        packet: dict[str, object] = {
            a: [dict(zip("xyz", row, strict=True)) for row in values[a][k : k + size].tolist()]
            for a in arrays
        }
        out.append(packet | {"Timestamp": 17541 + round(float(t[k]) * 1e3)})
    return out


def movesense_text(layout: str = "logbook", n: int = 600) -> str:
    """The same samples as each program of Movesense writes them."""
    whole = movesense_packets(n=n)
    acc, gyr = movesense_packets(("ArrayAcc",), n=n), movesense_packets(("ArrayGyro",), n=n)
    time = {"TimeDetailed": {"relativeTime": 17541, "utcTime": 1_700_000_000_000_000}}
    both = [{k: p} for a, g in zip(acc, gyr, strict=True) for k, p in (("a", a), ("g", g))]
    named = [{"MeasAcc" if k == "a" else "MeasGyro": p} for d in both for k, p in d.items()]
    layouts: dict[str, object] = {
        "logbook": {"Meas": {"IMU9": whole}},
        "logbook_apart": {"Meas": {"Acc": acc, "Gyro": gyr}},
        "sbem": {"Samples": [time, *({"MeasIMU6": p} for p in whole)]},
        "sbem_apart": {"Samples": [time, *named]},
        "showcase": {"data": [{"imu": p} for p in whole]},
        "showcase_acc": {"data": [{"acc": p} for p in acc]},
        "showcase_gyro": {"data": [{"gyroscope": p} for p in gyr]},
    }
    if layout == "lines":
        return "".join(json.dumps({"Body": p, "Uri": "203130000325/Meas"}) + "\n" for p in whole)
    return json.dumps(layouts[layout], separators=(",", ":"))


METABASE_MS = 1_568_468_503_335


def metabase_text(
    quantity: str = "Accelerometer", rate: float = 100.0, start: float = 0.0, n: int = 600
) -> str:
    """One file of MetaBase: acceleration in g, or angular velocity in deg/s."""
    t, acc, gyr = moving(n, rate, start)
    unit, values = ("g", acc / G) if quantity == "Accelerometer" else ("deg/s", gyr)
    axes = ",".join(f"{a}-axis ({unit})" for a in "xyz")
    rows = rows_of(values)
    lines = [f"epoch (ms),time (-08:00),elapsed (s),{axes}"]
    for s, row in zip(t, rows, strict=True):
        ms = METABASE_MS + round(s * 1e3)
        lines.append(f"{ms},2019-09-14T13.41.{ms // 1000 % 60:02d}.335,{s - start:.3f},{row}")
    return "\n".join(lines) + "\n"


def trident_text(
    high: bool = False, peak: float = 0.0, unit: str = "m/s/s", seconds: bool = False, n: int = 900
) -> str:
    """Capture.U: the low-g file (16 g, 1125 Hz, gyroscope) or the high-g one (200 g, 1600 Hz).

    ``peak`` m/s^2 are added on y for 10 ms at 0.2 s: what the low-g one cuts off.
    """
    t, acc, gyr = moving(n, 1600.0 if high else 1125.0)
    acc[:, 1] += peak * np.exp(-(((t - 0.2) / 0.005) ** 2))
    acc = acc if high else np.clip(acc, -16 * G, 16 * G)
    names = [f"a{a}_{unit}" for a in "xyz"] + ([] if high else [f"g{a}_deg/s" for a in "xyz"])
    values = [acc / (G if unit == "g" else 1.0), *([] if high else [gyr])]
    rows = rows_of(*values)
    stamps = 1_650_983_696_000_000 + np.round(t * 1e6).astype(int)
    if seconds:
        lines = [f"{s:.6f},{row}" for s, row in zip(t, rows, strict=True)]
        return "\n".join([",".join(["time_s", *names]), *lines]) + "\n"
    lines = [f"{u},{s:.6f},{row}" for u, s, row in zip(stamps, t, rows, strict=True)]
    return "\n".join([",".join(["unix_timestamp_microsec", "time_s", *names]), *lines]) + "\n"


PAC12_HEADER = (
    "time (s),ax (g),ay (g),az (g),wx (deg/s),wy (deg/s),wz (deg/s),mx (uT),my (uT),mz (uT)"
)


def pac12_text(
    header: str = PAC12_HEADER, time: float = 1.0, acc: float = G, gyr: float = 1.0, n: int = 600
) -> str:
    """Ten columns; time, acc and gyr are what one unit is worth (s, m/s^2, deg/s)."""
    t, a, w = moving(n, 500.0)
    return "\n".join([header, *rows_of(t / time, a / acc, w / gyr, np.zeros((n, 3)))]) + "\n"


def axivity_text(
    headed: bool = True,
    gyroscope: bool = True,
    extra: str = "",
    clock: int = 43_200_000,
    n: int = 600,
) -> str:
    """omconvert's CSV (with header) or OmGui's raw one; clock: ms since midnight."""
    t, acc, gyr = moving(n, 100.0)
    head = "Time,Accel-X (g), Accel-Y (g), Accel-Z (g)"
    head += ", Gyro-X (d/s), Gyro-Y (d/s), Gyro-Z (d/s)" if gyroscope else ""
    lines = [head] if headed else []
    rows = rows_of(acc / G, *([gyr] if gyroscope else []))
    for s, row in zip(t, rows, strict=True):
        ms = clock + round(float(s) * 1e3)
        stamp = (
            f"2024-03-{7 + ms // 86_400_000:02d} {ms // 3_600_000 % 24:02d}:"
            f"{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
        )
        lines.append(f"{stamp},{row}{extra}")
    return "\n".join(lines) + "\n"
