"""MAREA (Khandelwal and Wickstroem 2017, doi:10.1016/j.gaitpost.2016.09.023): walking and running.

Twenty people, Shimmer3 accelerometers (+-8 g, 128 Hz) at the waist and both ankles, force sensitive
resistors under heel and toe as reference (wiki.hh.se/caisr/index.php/Gait_database). Layout as
public scripts read it: ``Subject Data_txt format/Sub1_LF.txt`` (RF, Waist): a header, then x, y, z
in m/s^2 between commas; ``Activity Timings/Indoor Experiment Timings.mat`` (``indoorTime``, people
1 to 11) and ``Outdoor ...`` (``outdoorTime``, 12 to 20): first and last sample of each activity
from 1; ``GroundTruth.mat``: ``LF_HS``, ``LF_TO``, ``RF_HS``, ``RF_TO`` of each activity, samples
from 1 at its start. The waist's clock is its own: it is left out.

Not verified on the originals: the columns of the activities that run (walking: 1-2, 4-5, 6-7 by
the data set's script; ``...WalknRun`` taken as the same start up to the next column), and which
people are outdoors in ``GroundTruth`` (taken as its first entries, as that script counts).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from hipgait.errors import InputError, MissingInputError
from hipgait.recording import Recording, RunInfo, SensorStream
from validation.datasets import Array, Trial

RATE_HZ: Final = 128.0
PLACES: Final = {"left_shank": "LF", "right_shank": "RF"}
INDOOR: Final = {"treadWalknRun": (1, 3), "treadIncline": (4, 5), "indoorWalknRun": (6, 8)}
OUTDOOR: Final = {"outdoorWalknRun": (1, 3)}
FIRST_OUTDOOR: Final = 12


def trials(folder: Path) -> Iterator[Trial]:
    """Every activity of every person that is there.

    Raises
    ------
    MissingInputError : not the data set's folder.
    """
    truth = _mat(folder / "GroundTruth.mat", "GroundTruth")
    timings = folder / "Activity Timings"
    indoor = _mat(timings / "Indoor Experiment Timings.mat", "indoorTime")
    outdoor = _mat(timings / "Outdoor Experiment Timings.mat", "outdoorTime")
    for person in range(1, 21):
        files = {
            p: folder / "Subject Data_txt format" / f"Sub{person}_{word}.txt"
            for p, word in PLACES.items()
        }
        if not all(f.is_file() for f in files.values()):
            continue
        acc = {p: np.loadtxt(f, delimiter=",", skiprows=1) for p, f in files.items()}
        inside = person < FIRST_OUTDOOR
        row = person - 1 if inside else person - FIRST_OUTDOOR
        times = np.atleast_2d(indoor if inside else outdoor)
        for activity, (lo, hi) in (INDOOR if inside else OUTDOOR).items():
            entry = getattr(np.atleast_1d(truth)[row], activity, None)
            if entry is None or times.shape[1] < hi:
                continue
            start, stop = int(times[row, lo - 1]), int(times[row, hi - 1])
            name = f"Sub{person} {activity}"
            yield Trial(
                name,
                _recording(name, {p: a[start - 1 : stop, :3] for p, a in acc.items()}),
                _events(entry, "HS", stop - start + 1),
                _events(entry, "TO", stop - start + 1),
            )


def _recording(name: str, acc: dict[str, Array]) -> Recording:
    streams = {
        p: SensorStream(p, np.arange(len(a)) / RATE_HZ, a, None, acc_range=8 * 9.80665)
        for p, a in acc.items()
    }
    return Recording(streams, RunInfo(), name, (), (), True)


def _events(entry: Any, kind: str, samples: int) -> Array:
    """Both feet's events, s from the activity's start."""
    both = [np.atleast_1d(getattr(entry, f"{foot}_{kind}", [])) for foot in ("LF", "RF")]
    at = np.sort(np.concatenate(both).astype(np.float64))
    if len(at) and not (at[0] >= 1 and at[-1] <= samples):
        raise InputError(
            f"{kind} at sample {at[-1]:.0f} of an activity of {samples}",
            "The events are not counted from the activity's start: check the loader",
        )
    return np.asarray((at - 1) / RATE_HZ)


def _mat(path: Path, name: str) -> Any:
    from scipy.io import loadmat

    if not path.is_file():
        raise MissingInputError(f"{path}: no such file", "Give the folder MAREA_dataset")
    return loadmat(path, squeeze_me=True, struct_as_record=False)[name]
