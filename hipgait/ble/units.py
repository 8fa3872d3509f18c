"""Units that a profile may name, and what a stream of a kind may carry."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi
from typing import Final, NamedTuple

from hipgait.names import G_MPS2


class Unit(NamedTuple):
    """quantity : what it measures.  factor : how much of SI (or of 1/min, %, degC) one of it is."""

    quantity: str
    factor: float


UNITS: Final[Mapping[str, Unit]] = {
    "m/s^2": Unit("acceleration", 1.0),
    "g": Unit("acceleration", G_MPS2),
    "mg": Unit("acceleration", G_MPS2 / 1000),
    "rad/s": Unit("angular velocity", 1.0),
    "deg/s": Unit("angular velocity", pi / 180),
    "T": Unit("magnetic field", 1.0),
    "uT": Unit("magnetic field", 1e-6),
    "gauss": Unit("magnetic field", 1e-4),
    "mgauss": Unit("magnetic field", 1e-7),
    "m/s": Unit("speed", 1.0),
    "m": Unit("length", 1.0),
    "s": Unit("time", 1.0),
    "1/min": Unit("rate", 1.0),
    "%": Unit("share", 1.0),
    "kJ": Unit("energy", 1000.0),
    "1": Unit("state", 1.0),
}

VECTORS: Final = {"acc": "acceleration", "gyr": "angular velocity", "mag": "magnetic field"}
"""Channels with three axes, and what they measure."""

CHANNELS: Final[Mapping[str, Mapping[str, str]]] = {
    "motion": VECTORS,
    "heart_rate": {"heart_rate": "rate", "rr": "time", "energy": "energy"},
    "speed": {
        "speed": "speed",
        "cadence": "rate",
        "stride_length": "length",
        "distance": "length",
        "running": "state",
    },
    "battery": {"battery": "share", "charging": "state"},
}
"""Kind of a stream -> channels that it may have -> what they measure."""
