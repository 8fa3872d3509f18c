"""Bach, Dominici, Daffertshofer 2022 (doi:10.1101/2022.02.14.480318): one shank, force treadmill.

Walking and running of five people, an accelerometer at one shank (g, +-8 g) beside the vertical
ground reaction of that leg (N), on one clock. GPL-3,
github.com/marlow17/PredictingGroundReactionForces, ``data/walk+run.mat``. Layout as its
``preprocessing/prepareData.m`` reads it: a structure array ``data``, one entry a trial, with
``Accelerometer`` (n x 3), ``GroundReactionForce`` (n x 1, or vertical last), ``SamplingRate`` (Hz)
and ``Condition``. Contact is force above 50 N once the swing's offset is taken off; its sign is
told by where it is large.

Verified on the contents of six trials (docs/validation.md), not on the MATLAB file itself: which
column of a force of several is vertical, and which leg it was (called the left here; one sensor
alone cannot tell).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from hipgait.errors import FormatError, MissingInputError
from hipgait.names import G_MPS2
from hipgait.recording import Recording, RunInfo, SensorStream
from validation.datasets import Array, Trial, spans

CONTACT_N: Final = 50.0
SHORTEST_S: Final = 0.1
SWING_PCT: Final = 35.0
"""Share of a trial in which that leg surely swings, %: the offset is the median of it."""
FIELDS: Final = ("Accelerometer", "GroundReactionForce", "SamplingRate")


def trials(folder: Path) -> Iterator[Trial]:
    """Every trial of ``walk+run.mat`` in a folder, its sub-folders included.

    Raises
    ------
    MissingInputError : no such file.
    FormatError : another layout.
    """
    from scipy.io import loadmat

    paths = sorted(folder.rglob("walk+run.mat"))
    if not paths:
        raise MissingInputError(f"{folder}: no walk+run.mat", "Give the folder data of the project")
    for path in paths:
        found = loadmat(path, squeeze_me=True, struct_as_record=False).get("data")
        for number, entry in enumerate(np.atleast_1d(found), start=1):
            if not all(hasattr(entry, name) for name in FIELDS):
                raise FormatError(
                    path, f"trial {number} has no {', '.join(FIELDS)}", "Is it whole?"
                )
            yield _trial(number, entry)


def _trial(number: int, entry: object) -> Trial:
    acc, force, fs = (np.asarray(getattr(entry, name), np.float64) for name in FIELDS)
    force = force if force.ndim == 1 else force[:, -1]
    time = np.arange(len(acc)) / float(fs)
    ic, tc = contacts(time, force)
    stream = SensorStream("left_shank", time, acc * G_MPS2, None, acc_range=8 * G_MPS2)
    name = f"trial {number} {getattr(entry, 'Condition', '')}".strip()
    return Trial(name, Recording({"left_shank": stream}, RunInfo(), name), ic, tc)


def contacts(time: Array, force: Array) -> tuple[Array, Array]:
    """Start and end (s) of the contacts, from (n,) vertical forces of either sign, N."""
    force = np.nan_to_num(force)
    up = force if abs(np.percentile(force, 99.0)) > abs(np.percentile(force, 1.0)) else -force
    swing = up[up <= np.percentile(up, SWING_PCT)]
    return spans(time, up - np.median(swing) > CONTACT_N, SHORTEST_S)
