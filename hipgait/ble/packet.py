"""From notifications to numbers: layouts compiled to NumPy structured types, decoded in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.profile import Profile, Value


@dataclass(frozen=True)
class Fault:
    """A notification, or a part of it, that could not be read. packet : its index in the call."""

    packet: int
    what: str


@dataclass(frozen=True)
class Decoded:
    """What a batch of notifications held of one stream.

    A *packet* is what carries one time stamp: usually a notification; several where notifications
    are cut at sync bytes, one over several where a decoder joins them.

    stream, kind : as in the profile.
    arrival_ns : (p,) host time at which each packet was complete.
    notification : (p,) index in the call of the notification that completed it.
    tick : (p,) raw device time of each packet, or None where the firmware has none.
    sequence : (p,) raw counter, or None.
    count : (p,) samples in each packet.
    values : channel -> (sum(count), k): acc m/s^2, gyr rad/s, mag T, and SI (or 1/min, %) else.
    """

    stream: str
    kind: str
    arrival_ns: NDArray[np.int64]
    notification: NDArray[np.int64]
    tick: NDArray[np.uint64] | None
    sequence: NDArray[np.int64] | None
    count: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]


class Decoder:
    """Reads the notifications of one sensor; keeps the halves of what was cut between calls.

    Parameters
    ----------
    profile : of the sensor's firmware.
    options : as they were set; the rest has its defaults.
    """

    def __init__(self, profile: Profile, options: Mapping[str, Value] | None = None) -> None:
        raise NotImplementedError

    def decode(
        self, char: str, arrival_ns: NDArray[np.int64], payloads: Sequence[bytes]
    ) -> tuple[list[Decoded], list[Fault]]:
        """Read notifications of one characteristic, in order of arrival.

        char : its name in the profile.  arrival_ns : (n,).  payloads : n of them.
        """
        raise NotImplementedError

    def reset(self) -> None:
        """Forget halves: the link was lost."""
        raise NotImplementedError
