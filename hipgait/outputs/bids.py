"""A run in the layout of the Brain Imaging Data Structure for motion (Motion-BIDS).

Jeung et al. 2024, doi:10.1038/s41597-024-03559-8; BIDS specification 1.9 and later, chapter
"Motion". One tracking system a sensor, since each has its own clock: samples as they were read
(m/s^2 and rad/s, the sensor's own axes), their times in a ``LATENCY`` channel in seconds, nothing
resampled. Missing values are ``n/a``. Stances go into the ``_events.tsv`` of the reference sensor.
As the chapter asks, latencies and onsets count from the beginning of the recording: the first
sample of the reference sensor, or a sensor's own where its clock has nothing to do with it. The
participant's name is not written, nor the time of day: the folder carries the label that was given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hipgait import __version__
from hipgait.errors import FormatError, InputError
from hipgait.io.files import Source
from hipgait.io.results import write_json
from hipgait.io.writing import write_beside, write_text
from hipgait.names import ALL_COLUMNS, PLACES, SIDES
from hipgait.recording import FloatArray, Recording, SensorStream

if TYPE_CHECKING:
    import pandas as pd

BIDS_VERSION: Final = "1.9.0"
TASK: Final = "run"
EVENT_COLUMNS: Final = ("pelvic_drop_excursion_deg", "shank_lean_excursion_deg", "valid", "gait")
README: Final = (
    "Running, recorded with inertial sensors. Signals are those of the sensors; the stances in\n"
    "the events files were found by hipgait. Each sensor is a tracking system of its own: the\n"
    "times of its samples are in its LATENCY channel, in seconds from the first sample of the\n"
    "sensor that the events file names, or of its own where the clocks are not the same.\n"
)


def write_bids(
    root: Path, recording: Recording, strides: pd.DataFrame, label: str, reference: str
) -> list[Path]:
    """Add one run to a BIDS data set, which is made where there is none.

    Parameters
    ----------
    root : folder of the data set.
    recording : the signals.
    strides : its stride table.
    label : of the participant, letters and digits.
    reference : placement of the sensor on whose clock the table is.

    Returns
    -------
    The files of this run. A run of the same label before it stays; this one gets the next number.

    Raises
    ------
    InputError : the label is not of letters and digits, or the folder cannot be written; of a run
        that could not be written whole nothing stays.
    FormatError : participants.tsv is not text.
    """
    if not re.fullmatch(r"[A-Za-z0-9]+", label):
        raise InputError(f"{label!r} is no participant label", "Use letters and digits: --label 01")
    folder = root / f"sub-{label}" / "motion"
    number = 1
    while any(folder.glob(f"sub-{label}_task-{TASK}_*run-{number:02d}_*")):
        number += 1
    people = _participants(root / "participants.tsv", label)
    try:
        written = []
        zero_s = float(recording[reference].time_s[0])
        for placement, stream in recording.streams.items():
            own = placement in recording.unrelated
            latency_s = stream.time_s - (stream.time_s[0] if own else zero_s)
            stem = _stem(label, placement, number)
            written += _one_sensor(folder, stem, placement, stream, latency_s)
        written += _events(folder, _stem(label, reference, number), strides, reference, zero_s)
        _describe(root)
        write_text(root / "participants.tsv", people)
    except BaseException:
        for path in folder.glob(f"sub-{label}_task-{TASK}_*run-{number:02d}_*"):
            path.unlink()
        raise
    return written


def _stem(label: str, placement: str, number: int) -> str:
    return f"sub-{label}_task-{TASK}_tracksys-{placement.replace('_', '')}_run-{number:02d}"


def _participants(table: Path, label: str) -> str:
    """The table of participants with this one in it."""
    try:
        text = Source(table).read().decode("utf-8") if table.exists() else ""
    except UnicodeDecodeError:
        raise FormatError(table, "not UTF-8", "Save it as UTF-8, or move it away") from None
    rows = text.splitlines() or ["participant_id"]
    if f"sub-{label}" not in {row.split("\t")[0] for row in rows}:
        blank = ["n/a"] * (len(rows[0].split("\t")) - 1)
        rows.append("\t".join([f"sub-{label}", *blank]))
    return "\n".join(rows) + "\n"


def _describe(root: Path) -> None:
    about = root / "dataset_description.json"
    if not about.exists():
        write_json(
            about,
            {
                "Name": "Running with inertial sensors",
                "BIDSVersion": BIDS_VERSION,
                "DatasetType": "raw",
                "License": "not given",
                "Authors": ["not given"],
                "GeneratedBy": [{"Name": "hipgait", "Version": __version__}],
            },
        )
    if not (root / "README").exists():
        write_text(root / "README", README)


def _one_sensor(
    folder: Path, stem: str, placement: str, stream: SensorStream, latency_s: FloatArray
) -> list[Path]:
    signals = {"ACCEL": (stream.acc, "m/s^2")}
    if stream.gyr is not None:
        signals["GYRO"] = (stream.gyr, "rad/s")
    point = PLACES[placement]
    rows = [
        (f"{placement}_{kind.lower()}_{axis}", axis, kind, point, unit, f"{stream.rate_hz:.6g}")
        for kind, (_, unit) in signals.items()
        for axis in "xyz"
    ]
    rows.append((f"{placement}_latency", "n/a", "LATENCY", point, "s", f"{stream.rate_hz:.6g}"))
    head = ("name", "component", "type", "tracked_point", "units", "sampling_frequency")
    lines = ["\t".join(row) for row in (head, *rows)]
    channels = write_text(folder / f"{stem}_channels.tsv", "\n".join(lines) + "\n")
    data = np.column_stack([values for values, _ in signals.values()])
    motion = folder / f"{stem}_motion.tsv"
    with write_beside(motion) as beside, beside.open("w", encoding="utf-8", newline="\n") as out:
        _rows(out, data, latency_s)
    facts = write_json(folder / f"{stem}_motion.json", _sidecar(placement, stream, signals))
    return [motion, facts, channels]


def _rows(out: Any, data: FloatArray, latency_s: FloatArray) -> None:
    import pandas as pd

    # 9 digits in all are too few for a sensor that was switched on days before the others
    table = pd.DataFrame(data).assign(latency=[f"{t:.9f}" for t in latency_s])
    table.to_csv(out, sep="\t", header=False, index=False, na_rep="n/a", float_format="%.9g")


def _sidecar(
    placement: str,
    stream: SensorStream,
    signals: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "TaskName": TASK,
        "TaskDescription": "running",
        "TrackingSystemName": f"IMU {PLACES[placement]}",
        "SamplingFrequency": stream.rate_hz,
        "SamplingFrequencyEffective": (stream.n - 1) / stream.duration_s,
        "TrackedPointsCount": 1,
        "ACCELChannelCount": 3,
        "GYROChannelCount": 3 if "GYRO" in signals else 0,
        "LATENCYChannelCount": 1,
        "MotionChannelCount": 3 * len(signals) + 1,
        "RecordingDuration": stream.duration_s,
        "RecordingType": "continuous",
        "MissingValues": "n/a",
        "SoftwareVersions": f"hipgait {__version__}, read as {stream.provenance.format}",
    }


def _events(
    folder: Path, stem: str, strides: pd.DataFrame, reference: str, zero_s: float
) -> list[Path]:
    import pandas as pd

    stances = pd.DataFrame(
        {
            "onset": [f"{t:.6f}" for t in strides["ic_s"] - zero_s],
            "duration": strides["contact_time_s"],
            "trial_type": strides["side"].astype(str) + "_stance",
            **{name: strides[name] for name in EVENT_COLUMNS},
        }
    )
    text = stances.to_csv(
        sep="\t", index=False, na_rep="n/a", float_format="%.6g", lineterminator="\n"
    )
    about = write_json(folder / f"{stem}_events.json", _event_dictionary(reference))
    return [write_text(folder / f"{stem}_events.tsv", text), about]


def _event_dictionary(reference: str) -> dict[str, Any]:
    out: dict[str, Any] = {
        "onset": {
            "Description": f"initial contact, from the first sample of {reference} (its LATENCY)",
            "Units": "s",
        },
        "trial_type": {"Levels": {f"{side}_stance": f"stance of the {side} leg" for side in SIDES}},
    }
    for column in ALL_COLUMNS:
        if column.name in EVENT_COLUMNS:
            out[column.name] = {"Description": column.meaning}
            if column.unit:
                out[column.name]["Units"] = column.unit
    return out
