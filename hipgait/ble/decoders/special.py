"""What every small decoder offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.profile import Stream, Value
from hipgait.ble.reader import Reader

Columns = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Raw:
    """Packets to encode.

    ticks : (p,) device time, or None.  count : (p,) samples.  columns : field -> (sum(count),).
    """

    ticks: NDArray[np.uint64] | None
    count: NDArray[np.int64]
    columns: Columns

    def packets(self) -> Iterator[tuple[int, dict[str, NDArray[np.float64]]]]:
        """Device time and columns of each packet."""
        at = 0
        for i, count in enumerate(self.count.tolist()):
            tick = 0 if self.ticks is None else int(self.ticks[i])
            yield tick, {name: c[at : at + count] for name, c in self.columns.items()}
            at += count


@dataclass(frozen=True)
class Special:
    """One decoder.

    fields : what channels may name besides the fields of header and sample.
    check : what is wrong with a stream that names it: (key, what).
    reader : makes one.
    encode : the inverse: notifications of packets.
    """

    fields: frozenset[str]
    check: Callable[[Stream], Iterator[tuple[str, str]]]
    reader: Callable[[Stream, Mapping[str, Value]], Reader]
    encode: Callable[[Stream, Mapping[str, Value], Raw], list[bytes]]
