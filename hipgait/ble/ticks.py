"""Device time unwrapped, and where a device's clock began anew."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

JUMP_S: Final = 0.25
"""A lasting change of (arrival - device time) beyond this is a clock that was set, s. Over the
seconds that are compared, crystals drift by a thousandth of it and stalls do not last."""
LOOK_S: Final = 5.0
"""How long before and behind a step its lasting effect is looked for, s: a stalled link delivers
what it held well within it."""
HELD_S: Final = 30.0
"""Packets may be held back for so long without the link being lost, s (our proposal: supervision
timeouts of Bluetooth end at 32 s); clocks that are set jump by more."""
SETTLE_S: Final = 1.0
"""With less behind it, a late packet may be a stalled link as well, s."""
CHANCE: Final = 0.01
"""A clock that wraps so early that it fits by chance more often proves nothing."""


def unwrapped(
    tick: NDArray[np.uint64],
    arrival_s: FloatArray,
    tick_hz: float,
    bits: int | None,
    breaks: NDArray[np.intp] | None = None,
) -> tuple[FloatArray, IntArray]:
    """Device time without wraps, and the number of the clock that each packet was stamped by.

    A new clock begins where device time and arrival part for good. Where the link held, device time
    that runs ahead of arrival by seconds is a stall that ends, with packets lost in it: clocks are
    set by more, or with the link. After a lost link this asks for
    proof of the contrary: device time must have gone on as arrival has.

    Parameters
    ----------
    tick : (p,) raw device time.  arrival_s : (p,) host time, not decreasing.
    tick_hz, bits : of the device's counter; bits None: it only counts samples that came, which
        proves nothing over a lost link.
    breaks : indices of the first packets after the link was lost.

    Returns
    -------
    device_s : (p,) since the first packet of each clock.
    clock : (p,) 0, 1, ...
    """
    n = len(tick)
    wrap_s = np.inf if bits is None else 2.0**bits / tick_hz
    mask = np.uint64(2 ** (bits or 64) - 1)
    step = ((tick[1:] - tick[:-1]) & mask).astype(np.float64) / tick_hz
    device = np.concatenate([[0.0], np.cumsum(step)])
    broken = np.zeros(n, dtype=bool)
    if breaks is not None:
        broken[breaks] = True
    limit = min(JUMP_S, wrap_s / 4)
    passed = np.diff(arrival_s)
    suspects = np.flatnonzero((np.abs(step - passed) > limit) | broken[1:]) + 1
    clock = np.zeros(n, dtype=np.int64)
    proves = bits is not None and 2 * limit / wrap_s <= CHANCE
    for i in suspects:
        if (
            arrival_s[-1] - arrival_s[i] < SETTLE_S
            and not broken[i]
            and step[i - 1] < passed[i - 1]
        ):
            continue  # a stall at the very end
        jump = _lasting(arrival_s - device, arrival_s, int(i))
        missed = round(jump / wrap_s) * wrap_s if bits is not None else 0.0
        if abs(jump - missed) <= limit and (proves or not broken[i]):
            device[i:] += missed
        elif bits is not None and not broken[i] and -HELD_S < jump < 0.0:
            continue  # packets before it were held back, and some of them lost
        else:
            clock[i:] += 1
            device[i:] -= device[i]
    return device, clock


def _lasting(offset: FloatArray, arrival_s: FloatArray, i: int) -> float:
    """Change of the lower edge of (arrival - device time) at a packet, s."""
    first = int(np.searchsorted(arrival_s, arrival_s[i - 1] - LOOK_S))
    last = int(np.searchsorted(arrival_s, arrival_s[i] + LOOK_S, side="right"))
    return float(offset[i:last].min() - offset[first:i].min())


def without_old(device_s: FloatArray, clock: IntArray) -> NDArray[np.bool_]:
    """(p,) False for packets that are not newer than one before them: sent twice, or late."""
    keep = np.ones(len(device_s), dtype=bool)
    for number in np.unique(clock):
        mine = np.flatnonzero(clock == number)
        newest = np.maximum.accumulate(device_s[mine])
        keep[mine[1:]] = device_s[mine[1:]] > newest[:-1]
    return keep


def skipped_packets(number: IntArray, bits: int, step: int) -> IntArray:
    """(p,) packets that are missing before each, by a counter that grows by ``step``.

    Backwards (more than half a wrap) none is missing: it was sent twice, or counts anew.
    """
    skipped = np.zeros(len(number), dtype=np.int64)
    span = 1 << bits
    grown = np.mod(np.diff(number), span)
    grown = np.where(grown > span // 2, 0, grown)
    skipped[1:] = np.maximum(grown // step - 1, 0)
    return skipped
