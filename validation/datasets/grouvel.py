"""Grouvel et al. 2023 (doi:10.1038/s41597-023-02077-3): gait, some running.

Ten people, eight Physilog 6S (torso, pelvis, thighs, shanks, feet), pressure insoles, three force
plates and markers. CC BY 4.0, doi:10.26037/yareta:xkxgaw6ewjdhfntdhtj7upepxy. Layout as the data
set's own text and public scripts that read it give it: one table a trial at 100 Hz,
``P01_S01/SYNC_DATA/P01_S01_[Trial type]_[number].csv``, with ``P6_SA_acc_x`` ... ``P6_SA_gyro_z``
of each sensor (SA pelvis, RT LT thighs, RS LS shanks, RF LF feet) and ``leftTotalForce_N_``,
``rightTotalForce_N_`` of the insoles, already on one clock. The reference is the insoles: contact
is force above 50 N.

Not verified on the originals: the units of the inertial columns (told from gravity and from the
sensors' range, refused where they cannot be told), the exact names of the trial types (those that
say walk, gait or run are taken), and whether the table has a time column (rows are counted). Force
plates and markers stand in ``RAW_DATA/*.c3d``, which needs a reader that hipgait has not; so angles
are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from hipgait.errors import FormatError, MissingInputError
from hipgait.recording import Recording, RunInfo, SensorStream
from validation.datasets import Array, Trial, spans, to_si

RATE_HZ: Final = 100.0
SENSORS: Final = {
    "pelvis": "SA", "left_thigh": "LT", "right_thigh": "RT", "left_shank": "LS",
    "right_shank": "RS", "left_foot": "LF", "right_foot": "RF",
}  # fmt: skip
INSOLES: Final = ("leftTotalForce_N_", "rightTotalForce_N_")
CONTACT_N: Final = 50.0
SHORTEST_S: Final = 0.08
GAIT: Final = re.compile(r"P\d+_S\d+_.*(walk|gait|run).*", re.IGNORECASE)


def trials(folder: Path) -> Iterator[Trial]:
    """Every trial of gait in a folder, its sub-folders included.

    Raises
    ------
    MissingInputError : no SYNC_DATA/PXX_SYY_....csv.
    FormatError : a table without inertial columns, or with half a sensor.
    """
    seen = False
    for path in sorted(folder.rglob("SYNC_DATA/*.csv")):
        if GAIT.fullmatch(path.stem):
            seen = True
            yield _trial(path)
    if not seen:
        raise MissingInputError(
            f"{folder}: no SYNC_DATA/PXX_SYY_TYPE_NUMBER.csv of gait", "Give the unpacked data set"
        )


def _trial(path: Path) -> Trial:
    table = pd.read_csv(path)
    found = {p: _sensor(path, table, word) for p, word in SENSORS.items()}
    signals = {p: s for p, s in found.items() if s is not None}
    if not signals:
        raise FormatError(path, "no column P6_SA_acc_x or the like", "Is it of SYNC_DATA?")
    time = np.arange(len(table)) / RATE_HZ
    streams = {
        p: SensorStream(p, time, acc, gyr) for p, (acc, gyr) in to_si(signals, path.stem).items()
    }
    ic, tc = _contacts(time, table)
    return Trial(path.stem, Recording(streams, RunInfo(), path.stem, (), (), True), ic, tc)


def _sensor(path: Path, table: pd.DataFrame, word: str) -> tuple[Array, Array] | None:
    """Acceleration and angular velocity of a sensor, None where it is not in the table or empty."""
    both = [[f"P6_{word}_{kind}_{axis}" for axis in "xyz"] for kind in ("acc", "gyro")]
    names = [n for three in both for n in three]
    there = [n for n in names if n in table]
    if not there:
        return None
    if len(there) < len(names):
        lost = ", ".join(n for n in names if n not in table)
        raise FormatError(path, f"columns are missing: {lost}", "Unpack it again")
    acc, gyr = (table[three].to_numpy(dtype=np.float64) for three in both)
    return None if np.isnan(acc).all() or np.isnan(gyr).all() else (acc, gyr)


def _contacts(time: Array, table: pd.DataFrame) -> tuple[Array, Array]:
    """Start and end (s) of the contacts of both feet; none where a side has no insole."""
    if not all(name in table for name in INSOLES):
        return np.empty(0), np.empty(0)
    sides = [
        spans(time, table[name].to_numpy(dtype=np.float64) > CONTACT_N, SHORTEST_S)
        for name in INSOLES
    ]
    ic, tc = (np.sort(np.concatenate([side[k] for side in sides])) for k in (0, 1))
    return ic, tc
