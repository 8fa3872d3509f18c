"""CPU time of every native reader on half an hour, against pandas reading numbers as CSV.

The files are those that the tests write, longer. Two ratios: against pandas on a plain CSV of the
same numbers (time, acc, gyr of every sensor), and against pandas on a plain CSV of as many bytes.
CPU time instead of wall time, reader and pandas by turns, and the median of their ratios, so that
other work on the machine changes little.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from hipgait.io.reader import read_run  # noqa: E402
from tests.io import build, phones  # noqa: E402
from tests.io import build_devices as devices  # noqa: E402

LIMIT = 3.0
"""No reader takes more than so many times pandas' time for as many bytes."""
SENSORS = ("left_shank", "right_shank", "pelvis")


def texts(n: int) -> dict[str, tuple[str, Callable[[], str | dict[str, str]]]]:
    """Format -> file or folder and what gives its text or texts: n samples of one sensor, or of
    three."""
    t, acc, gyr = build.moving(n)
    _, q, free, _ = build.turned(n, 60.0)
    mt = [f"{k}_{a}" for k in ("Acc", "Gyr") for a in "XYZ"]
    ximu3 = "Timestamp (us)," + ",".join(
        [f"Gyroscope {a} (deg/s)" for a in "XYZ"] + [f"Accelerometer {a} (g)" for a in "XYZ"]
    )

    def witmotion(names: tuple[str, ...]) -> str:
        rows = sorted(r for k, s in enumerate(names) for r in phones.wit_rows(t, acc + k, gyr, s))
        return "\n".join([phones.WIT_HEADER, *(row for _, row in rows)])

    def logger() -> dict[str, str]:
        t, free, gravity, turning = phones.free_and_gravity(n)
        sensors = {"Accelerometer": (t, -free), "Gravity": (t + 0.002, -gravity),
                   "Gyroscope": (t + 0.003, turning)}  # fmt: skip
        files = {f"{name}.csv": phones.logger_csv(*columns) for name, columns in sensors.items()}
        return {**files, "Metadata.csv": phones.logger_metadata("ios")}

    return {
        "csv": ("left_shank.csv", lambda: build.csv_text(n)),
        "movella_dot": ("left_shank.csv", lambda: build.dot_text(
            "Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z", np.hstack([acc, gyr]))),
        "movella_dot (rebuilt)": ("left_shank.csv", lambda: build.dot_text(
            "Quat_W,Quat_X,Quat_Y,Quat_Z,FreeAcc_X,FreeAcc_Y,FreeAcc_Z", np.hstack([q, free]))),
        "xsens_mt": ("left_shank.txt",
                     lambda: build.mt_text(mt, np.hstack([acc, np.radians(gyr)]))),
        "ximu3": ("left_shank.csv",
                  lambda: "\n".join([ximu3, *build.rows_of(t * 1e6, gyr, acc / build.G)])),
        "actilife": ("left_shank.csv", lambda: build.actilife_text(n)),
        "apdm": ("left_shank.csv", lambda: devices.apdm_text(("Left Ankle",), n)),
        "apdm (three sensors)": (
            "opal.csv", lambda: devices.apdm_text(("Left Ankle", "Right Ankle", "Lumbar"), n)),
        "shimmer": ("left_shank.csv", lambda: devices.shimmer_text(n=n)),
        "shimmer (written times)": (
            "left_shank.csv",
            lambda: devices.shimmer_text(time="Timestamp_FormattedUnix", n=n)),
        "shimmer (three sensors)": (
            "all.csv", lambda: devices.shimmer_text(SENSORS, n=n)),
        "metabase": ("left_shank.csv", lambda: devices.metabase_text(n=n)),
        "movesense": ("left_shank.json", lambda: devices.movesense_text(n=n)),
        "movesense (lines)": ("left_shank.json", lambda: devices.movesense_text("lines", n)),
        "imeasureu": ("left_shank.csv", lambda: devices.trident_text(n=n)),
        "pac12": ("left_shank.csv", lambda: devices.pac12_text(n=n)),
        "axivity": ("left_shank.csv", lambda: devices.axivity_text(n=n)),
        "phyphox": ("left_shank.csv", lambda: phones.phyphox_csv(
            ["Time (s)", *(f"Acceleration {a} (m/s^2)" for a in "xyz")], t, acc)),
        "physics_toolbox": ("left_shank.csv", lambda: phones.table(
            ["time", "gFx", "gFy", "gFz", "wx", "wy", "wz"], t, acc / build.G, np.radians(gyr))),
        "witmotion": ("left_shank.txt", lambda: witmotion(SENSORS[:1])),
        "witmotion (three sensors)": ("all.txt", lambda: witmotion(SENSORS)),
        "polar_sensor_logger": ("left_shank.txt",
                                lambda: phones.polar_txt(t, acc * 1000 / build.G, "mg")),
        "sensor_logger (three files)": ("left_shank", logger),
    }  # fmt: skip


def cpu(action: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    gc.collect()
    start = time.process_time()
    action()
    return time.process_time() - start


def by_turns(
    action: Callable[[], object], plain: Callable[[], object], repeats: int
) -> tuple[float, float]:
    """Median CPU seconds of an action, and median of its ratios to the other one, run beside it."""
    rows = np.array([(cpu(action), cpu(plain)) for _ in range(repeats)])
    return float(np.median(rows[:, 0])), float(np.median(rows[:, 0] / rows[:, 1]))


def measure(folder: Path, minutes: float, repeats: int, only: str = "") -> None:
    """Print the table, and which readers do not keep within ``LIMIT``."""
    n = round(minutes * 60 * 100)
    slow: list[str] = []
    print("| format | MB | CPU s | x pandas, same numbers | x pandas, same bytes |")
    print("|---|---|---|---|---|")
    for name, (called, write) in texts(n).items():
        if only not in name and name != "csv":
            continue
        path = folder / name.replace(" ", "_") / called
        if not path.exists():
            written = write()
            for inner, text in ({"": written} if isinstance(written, str) else written).items():
                (path / inner).parent.mkdir(parents=True, exist_ok=True)
                (path / inner).write_text(text, encoding="utf-8")
        files = [path, *path.glob("*")] if path.is_dir() else [path]
        size = sum(file.stat().st_size for file in files if file.is_file())
        if name == "csv":
            plain, plain_size = path, size
        sensors = len(read_run(path).streams)
        taken, ratio = by_turns(lambda p=path: read_run(p), lambda p=plain: pd.read_csv(p), repeats)
        by_bytes = ratio * plain_size / size
        slow += [name] if by_bytes > LIMIT else []
        print(f"| {name} | {size / 1e6:.0f} | {taken:.2f} | {ratio / sensors:.1f} | "
              f"{by_bytes:.1f} |", flush=True)  # fmt: skip
    print(f"\nAbove {LIMIT:g} times pandas: {', '.join(slow) or 'none'}")
