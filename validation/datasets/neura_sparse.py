"""Neura-Sparse (Sy et al., gait-tech.github.io/gaittoolbox/data.html): nine people, seven Xsens.

MTx sensors on pelvis, thighs, shanks and feet at 100 Hz, walking and jogging, Vicon as reference.
Layout as github.com/gait-tech/gaittoolbox reads it: ``rawimu/S01-Trial-Jog-1-00B40B91.txt`` (MT
Manager's text export, one file a sensor, numbers of the sensors as below), ``rawvicon/NAME.mat``,
``rawstep-detect/NAME-revStepDetect.csv``.

Not verified on the originals: the ending of the export's names (``-NUMBER.txt``), and the columns
of the step file and of the Vicon structure; so no reference is read, only the recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hipgait.errors import MissingInputError
from hipgait.io.clocks import assemble
from hipgait.io.exports import reader_named
from hipgait.io.files import Source
from hipgait.io.runinfo import SensorOptions
from hipgait.recording import Recording, RunInfo
from validation.datasets import Trial

RATE_HZ: Final = 100.0
SENSORS: Final = {
    "pelvis": "00B40B91", "left_thigh": "00B40C45", "right_thigh": "00B40C3C",
    "left_shank": "00B40C44", "right_shank": "00B40C47",
    "left_foot": "00B40C55", "right_foot": "00B40C48",
}  # fmt: skip


def trials(folder: Path) -> Iterator[Trial]:
    """Every trial with a pelvis sensor.

    Raises
    ------
    MissingInputError : not the data set's folder.
    """
    files = sorted((folder / "rawimu").glob(f"*-{SENSORS['pelvis']}.txt"))
    if not files:
        raise MissingInputError(f"{folder}: no rawimu/NAME-{SENSORS['pelvis']}.txt", "Unpack it")
    reader = reader_named("xsens_mt")
    for first in files:
        name = first.stem.removesuffix(f"-{SENSORS['pelvis']}")
        found = {p: first.with_name(f"{name}-{number}.txt") for p, number in SENSORS.items()}
        readings = {
            p: reader.read(Source(file), p, SensorOptions(rate_hz=RATE_HZ))
            for p, file in found.items()
            if file.is_file()
        }
        streams, apart, notes, _ = assemble(readings)
        recording = Recording(
            streams, RunInfo(), name, (), tuple(notes), synchronised=not apart, apart=apart
        )
        yield Trial(name, recording)
