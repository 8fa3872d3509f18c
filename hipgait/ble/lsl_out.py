"""Lab Streaming Layer: what is recorded, published for other programs. Needs the extra ``lsl``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.lsl import library


class Outlets:
    """Publishes what is recorded: one stream a sensor, named hipgait-PLACEMENT.

    Channels acc_x ... gyr_z in m/s^2 and rad/s; time stamps are those of the arrivals.

    Parameters
    ----------
    sensors : placement -> rate in samples a second.
    """

    def __init__(self, sensors: Mapping[str, float]) -> None:
        self._lsl = library()
        self._rates = dict(sensors)
        self._outlets: dict[str, Any] = {}

    def imu(
        self,
        placement: str,
        time_ns: NDArray[np.int64],
        acc: NDArray[np.float64] | None = None,
        gyr: NDArray[np.float64] | None = None,
    ) -> None:
        """Publish a batch. Streams whose acc and gyr come apart get a stream each."""
        parts = {n: v for n, v in (("acc", acc), ("gyr", gyr)) if v is not None}
        if not parts:
            return
        outlet = self._outlet(placement, tuple(parts))
        zero = self._lsl.local_clock() - time.monotonic()
        rows = np.hstack(list(parts.values())).astype(np.float32)
        for at, row in zip((1e-9 * time_ns + zero).tolist(), rows.tolist(), strict=True):
            outlet.push_sample(row, at)

    def _outlet(self, placement: str, channels: tuple[str, ...]) -> Any:
        key = placement if channels == ("acc", "gyr") else f"{placement}-{'-'.join(channels)}"
        if key not in self._outlets:
            self._outlets[key] = self._new(key, placement, channels)
        return self._outlets[key]

    def _new(self, key: str, placement: str, channels: tuple[str, ...]) -> Any:
        lsl = self._lsl
        info = lsl.StreamInfo(
            f"hipgait-{key}", "IMU", 3 * len(channels), self._rates[placement], lsl.cf_float32,
            f"hipgait-{key}",
        )  # fmt: skip
        top = info.desc().append_child("channels")
        for channel in channels:
            for axis in "xyz":
                child = top.append_child("channel")
                child.append_child_value("label", f"{channel}_{axis}")
                child.append_child_value("unit", "m/s^2" if channel == "acc" else "rad/s")
        return lsl.StreamOutlet(info)
