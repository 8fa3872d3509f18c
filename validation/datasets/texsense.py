"""TexSense (Hoeschler et al. 2024, doi:10.5281/zenodo.11119845): treadmill running, one leg.

Ten people, level, up and down, three speeds, slices of 10 s. CC BY-NC 4.0. Layout as
github.com/luceskywalker/TexSense documents and reads it: ``P08_Shoe_Slope_Speed_Side_Slice`` with
``_imu.pt``, ``_pi.pt`` (pressure insole) and ``_moments.pt`` behind it, each a PyTorch tensor. Of
the inertial one, (4000, 24) at 400 Hz, the columns are acceleration x y z and angular velocity
x y z of foot, shank, thigh and pelvis; of the moments, (1000, 3) at 100 Hz, what is not zero is
stance: the reference.

**The inertial channels of the published subset are z-scores.** Gravity and units are gone from them
for good, and hipgait needs both: such files are refused, not scaled by a guess. What is read is the
same layout with physical signals, if the authors give them. The sister repository
TexSense_OutdoorRunning holds joint moments only, no inertial signals.

Not verified on the originals: how the tensors are stored in detail (contiguous float tensors, as
``torch.save`` writes them since version 1.6, are read without PyTorch), and that zero moments last
exactly from terminal to initial contact.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from hipgait.errors import FormatError, MissingInputError
from hipgait.recording import Recording, RunInfo, SensorStream
from validation.datasets import Array, Trial, spans, to_si

RATE_HZ: Final = 400.0
TRUTH_HZ: Final = 100.0
SEGMENTS: Final = ("foot", "shank", "thigh", "pelvis")
SHORTEST_S: Final = 0.08
_KINDS: Final = {"FloatStorage": "<f4", "DoubleStorage": "<f8"}


def trials(folder: Path) -> Iterator[Trial]:
    """Every slice in a folder.

    Raises
    ------
    MissingInputError : no file that ends in _imu.pt, or no moments beside it.
    FormatError : not a tensor of the documented shape.
    InputError : z-scores in place of signals.
    """
    files = sorted(folder.rglob("*_imu.pt"))
    if not files:
        raise MissingInputError(f"{folder}: no ..._imu.pt", "Give the unpacked example data set")
    for path in files:
        name = path.stem.removesuffix("_imu")
        yield Trial(name, _recording(path, name), *_contacts(path.with_name(f"{name}_moments.pt")))


def _recording(path: Path, name: str) -> Recording:
    side = next((word for word in name.lower().split("_") if word in ("left", "right")), None)
    if side is None:
        raise FormatError(
            path, "the name says neither left nor right", "Keep the names as published"
        )
    table = read_tensor(path)
    if table.ndim != 2 or table.shape[1] != 6 * len(SEGMENTS):
        raise FormatError(
            path, f"shape {table.shape} in place of (n, 24)", "Give ..._imu.pt as it was"
        )
    placements = [s if s == "pelvis" else f"{side}_{s}" for s in SEGMENTS]
    blocks = np.split(table, len(SEGMENTS), axis=1)
    signals = {p: (b[:, :3], b[:, 3:]) for p, b in zip(placements, blocks, strict=True)}
    time = np.arange(len(table)) / RATE_HZ
    streams = {p: SensorStream(p, time, acc, gyr) for p, (acc, gyr) in to_si(signals, name).items()}
    return Recording(streams, RunInfo(), name, (), (), True)


def _contacts(path: Path) -> tuple[Array, Array]:
    """Start and end (s) of the stances of the side: where a moment is not zero."""
    if not path.is_file():
        raise MissingInputError(
            f"{path}: no such file", "Keep ..._imu.pt and ..._moments.pt together"
        )
    moments = read_tensor(path)
    on = np.asarray(np.any(moments != 0.0, axis=1))
    return spans(np.arange(len(moments)) / TRUTH_HZ, on, SHORTEST_S)


class _Tensor(pickle.Unpickler):
    """Reads what ``torch.save`` writes of one tensor, and nothing else."""

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(archive.open(f"{root}/data.pkl"))
        self._archive, self._root = archive, root

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _strided
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _KINDS:
            return np.dtype(_KINDS[name])
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> Array:
        _, kind, key, _, count = pid
        return np.frombuffer(self._archive.read(f"{self._root}/data/{key}"), kind, count)


def _strided(storage: Array, offset: int, shape: Any, stride: Any, *_: object) -> Array:
    steps = tuple(s * storage.itemsize for s in stride)
    last = offset + sum((n - 1) * s for n, s in zip(shape, stride, strict=True))
    if min(stride, default=0) < 0 or last >= len(storage):
        raise pickle.UnpicklingError("a tensor beyond its storage")
    return np.lib.stride_tricks.as_strided(storage[offset:], tuple(shape), steps)


def read_tensor(path: Path) -> Array:
    """The tensor of a file of ``torch.save``, float64.

    Raises
    ------
    FormatError : something else than one tensor of floats.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            root = archive.namelist()[0].split("/")[0]
            found = _Tensor(archive, root).load()
    except (zipfile.BadZipFile, pickle.UnpicklingError, KeyError, ValueError, EOFError) as error:
        raise FormatError(
            path, f"not a tensor of floats: {error}", "Give it as published"
        ) from None
    if not isinstance(found, np.ndarray):
        raise FormatError(path, "holds something else than a tensor", "Give it as published")
    return np.asarray(found, dtype=np.float64)
