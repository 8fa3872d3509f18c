"""Small files in the layouts of sensors' own programs; every one holds ``build.moving``."""

from __future__ import annotations

import numpy as np

from tests.io.build import Array, G, moving, rows_of


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


__all__ = ["Array", "G", "apdm7_text", "apdm_text"]
