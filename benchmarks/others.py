"""Initial contacts by other packages, on ten minutes of a pelvis: what a user would pick instead.

They pin other versions of the numerical libraries, so each may live in an environment of its own:
``make bench ARGS="--others --python PYTHON"``. What does not run here is told with its own words.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from hipgait.kinematics.uniform import uniform
from hipgait.strides.events import find_stances
from hipgait.sync.refine import cut

LOAD = """
import sys, time
import numpy as np
acc, gyr = (np.load(sys.argv[1])[k] for k in ("acc", "gyr"))
time_s = np.arange(len(acc)) / 200.0
"""
SKDH = """
from skdh.gait import GaitLumbar
def work():
    days = np.array([[0, len(acc) - 1]])
    found = GaitLumbar().predict(
        time=time_s + 1.7e9, accel=acc / 9.80665, gyro=gyr, fs=200.0, height=1.75,
        gait_bouts=days, gait_pred=True, day_ends={(0, 24): days},
    )
    return len(found["IC Timestamp"])
"""
MOBGAP = """
import pandas as pd
from mobgap.initial_contacts import {name}
names = [f"{{kind}}_{{axis}}" for kind in ("acc", "gyr") for axis in ("is", "ml", "pa")]
data = pd.DataFrame(np.hstack([acc, np.degrees(gyr)]), columns=names)
def work():
    return len({name}().detect(data, sampling_rate_hz=200.0).ic_list_)
"""
TELL = """
work()  # what is compiled at the first call is not counted
start = time.process_time()
count = work()
print(count, time.process_time() - start)
"""
DETECTORS = {
    "skdh GaitLumbar": SKDH,
    "mobgap IcdIonescu": MOBGAP.format(name="IcdIonescu"),
    "mobgap IcdShinImproved": MOBGAP.format(name="IcdShinImproved"),
    "mobgap IcdHKLeeImproved": MOBGAP.format(name="IcdHKLeeImproved"),
}
OURS = "hipgait find_stances, pelvis alone"
MINUTES = 10


def ours(stream: object) -> tuple[int, float]:
    """Contacts and processor seconds of our detector, from the uniform stream."""
    from time import process_time

    start = process_time()
    found = find_stances({"pelvis": stream})  # type: ignore[dict-item]
    return len(found.ic_s), process_time() - start


def theirs(code: str, file: Path, python: str) -> tuple[int, float] | str:
    """Contacts and processor seconds of a detector in another interpreter, or why none."""
    try:
        done = subprocess.run(
            [python, "-W", "ignore", "-c", LOAD + code + TELL, str(file)],
            capture_output=True,
            text=True,
            timeout=120,
        )
    except subprocess.TimeoutExpired:
        return "no answer within 120 s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no reason told"])[-1][:110]
    count, seconds = done.stdout.split()[-2:]
    return int(count), float(seconds)


def measure(recording: object, pythons: list[str]) -> None:
    """Print contacts, processor seconds and ratios; axes are put as the others want them."""
    whole = uniform(recording["pelvis"])  # type: ignore[index]
    stream = cut(whole, whole.t0, whole.t0 + 60.0 * MINUTES)
    assert stream is not None
    still = stream.acc[: int(20 * stream.fs)].mean(axis=0)
    up = int(np.argmax(np.abs(still)))
    order = [up, (up + 1) % 3, (up + 2) % 3]  # vertical, across, forward as near as a box goes
    sign = np.sign(still[up])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pelvis.npz"
        np.savez(file, acc=stream.acc[:, order] * sign, gyr=stream.gyr[:, order] * sign)
        ours(stream)
        count, base = ours(stream)
        print("| contacts of ten minutes | found | processor s | x ours |\n|---|---|---|---|")
        print(f"| {OURS} | {count} | {base:.2f} | 1.0 |")
        for name, code in DETECTORS.items():
            why = []
            for python in pythons or [sys.executable]:
                told = theirs(code, file, python)
                if not isinstance(told, str):
                    print(f"| {name} | {told[0]} | {told[1]:.2f} | {told[1] / base:.1f} |")
                    break
                why.append(told)
            else:
                print(f"| {name} | - | does not run here: {why[-1]} | - |", flush=True)
