"""What is no motion for gait, as a table: heart rate, speed, battery, sensors that are too slow.

Wide and tidy: one row a moment of one sensor, one column a quantity, empty where it was not
measured. Values are those of the sensors, to the last bit; times are the capture's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from hipgait.ble.decoding import Samples, Sensor
from hipgait.recording import FloatArray

if TYPE_CHECKING:
    import pandas as pd

NAMES: Final = {
    "heart_rate": "heart_rate_bpm",
    "rr": "rr_s",
    "energy": "energy_j",
    "speed": "speed_mps",
    "cadence": "foot_cadence_per_min",
    "stride_length": "stride_length_m",
    "distance": "distance_m",
    "running": "running",
    "battery": "battery_pct",
    "charging": "charging",
}
"""Channel of a profile -> column. A foot pod counts one foot: half of cadence_spm."""
VECTORS: Final = {
    "acc": ("acc_{}_mps2", 1.0),
    "gyr": ("gyr_{}_deg_s", 180.0 / np.pi),
    "mag": ("mag_{}_ut", 1e6),
}
"""Channel of motion -> column and how many of its unit an SI unit is."""


def covariates(sensors: Sequence[Sensor], gait: Sequence[str]) -> pd.DataFrame | None:
    """The table of a capture; None where it has none.

    gait : placements whose motion is analysed, and not repeated here.
    """
    import pandas as pd

    parts = [
        pd.DataFrame({"time_s": samples.time_s, "sensor": sensor.placement, **columns})
        for sensor in sensors
        for samples in sensor.streams
        if not (samples.stream.kind == "motion" and sensor.placement in gait)
        and (columns := dict(_columns(samples)))
        and len(samples.time_s)
    ]
    if not parts:
        return None
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values("time_s", kind="stable", ignore_index=True)


def _columns(samples: Samples) -> Iterator[tuple[str, FloatArray]]:
    """Columns of one stream; of several numbers in one notification the last known (RR)."""
    for name in samples.stream.channels:
        values = samples.channel(name)
        if name in VECTORS:
            text, factor = VECTORS[name]
            for k, axis in enumerate("xyz"):
                yield text.format(axis), values[:, k] * factor
        elif values.shape[1] == 1:
            yield NAMES[name], values[:, 0]
        else:
            known = np.isfinite(values).sum(axis=1)
            last = values[np.arange(len(values)), np.maximum(known - 1, 0)]
            yield NAMES[name], last
