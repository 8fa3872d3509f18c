"""PAC-12 running study (github.com/alcantarar/PAC12_IMU_Toolbox): sacrum and shanks, treadmill.

IMeasureU Blue Thunder at 500 Hz with a force treadmill. Layout of ``Preprocessing/README.md``: each
session is a MATLAB structure ``data`` with ``force`` (n x 3, N, +Z down), ``time`` (s), ``Fs`` and
``IMU.Sacrum``, ``IMU.Lshank``, ``IMU.Rshank`` with ``a`` (g), ``w`` (deg/s), ``time`` (s, each
sensor its own). The clocks are not common: an offset of the contacts is searched, so that the error
of IC has no mean, and the sensors are read as not synchronised: the sacrum alone is analysed.

Not verified on the originals: whether ``Fs`` of the treadmill stands beside ``force`` (``time`` is
used instead), and the sign of Z (the larger side is taken as contact).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from hipgait.errors import MissingInputError
from hipgait.names import G_MPS2
from hipgait.recording import Recording, RunInfo, SensorStream
from validation.datasets import Array, Trial, spans

CONTACT_N: Final = 50.0
SHORTEST_S: Final = 0.08


def trials(folder: Path) -> Iterator[Trial]:
    """Every session in a folder.

    Raises
    ------
    MissingInputError : no MATLAB file with ``data``.
    """
    from scipy.io import loadmat

    seen = False
    for path in sorted(folder.rglob("*.mat")):
        data = loadmat(path, squeeze_me=True, struct_as_record=False).get("data")
        if data is None or not hasattr(data, "IMU"):
            continue
        seen = True
        ic, tc = contacts(np.asarray(data.time, np.float64), np.asarray(data.force, np.float64))
        stream = _stream(data.IMU.Sacrum)
        recording = Recording({"pelvis": stream}, RunInfo(), path.stem, (), (), True)
        yield Trial(path.stem, recording, ic, tc, one_clock=False)
    if not seen:
        raise MissingInputError(f"{folder}: no .mat with data.IMU", "Give the sessions' folder")


def contacts(time: Array, force: Array) -> tuple[Array, Array]:
    """Start and end (s) of the contacts of either foot, from (n, 3) forces."""
    down = force[:, 2] if force[:, 2].max() > -force[:, 2].min() else -force[:, 2]
    return spans(time, down > CONTACT_N, SHORTEST_S)


def _stream(sensor: Any) -> SensorStream:
    time = np.asarray(sensor.time, np.float64)
    acc = np.asarray(sensor.a, np.float64) * G_MPS2
    return SensorStream("pelvis", time - time[0], acc, np.radians(np.asarray(sensor.w, np.float64)))
