"""The inverse of the decoder: what a sensor of a profile sends. For virtual sensors and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hipgait.ble.decoders import DECODERS
from hipgait.ble.decoders.special import Raw
from hipgait.ble.layout import Field, Layout, parse_field, put, scale_of
from hipgait.ble.profile import Profile, Stream, Value
from hipgait.ble.profiles import settle


class Encoder:
    """Makes the notifications of one sensor.

    Parameters
    ----------
    profile : of the sensor's firmware.
    options : as they are set; the rest has its defaults.
    """

    def __init__(self, profile: Profile, options: Mapping[str, Value] | None = None) -> None:
        self.profile = profile
        self.options = settle(profile, options or {})
        self._streams = {s.id: s for s in profile.stream}

    def packets(
        self,
        stream_id: str,
        values: Mapping[str, ArrayLike],
        *,
        ticks: ArrayLike | None = None,
        sequence: ArrayLike | None = None,
        count: ArrayLike | None = None,
    ) -> list[bytes]:
        """Notifications that carry values, rounded and clipped to what the fields can hold.

        stream_id : of the profile.
        values : channel -> (n, k), units as ``packet.Decoded.values``; nan only where a decoder
            can leave a number out.
        ticks, sequence : (p,) device time and counter of each packet; they wrap. Default 0.
        count : (p,) samples in each packet; default: all in one, or evenly over ``ticks``.
        """
        stream = self._streams[stream_id]
        columns: dict[str, NDArray[np.float64]] = {}
        for name, channel in stream.channels.items():
            array = np.asarray(values[name], np.float64).reshape(-1, len(channel.fields))
            columns.update(scale_of(channel, self.options).undo(array))
        return self.raw_packets(stream_id, columns, ticks=ticks, sequence=sequence, count=count)

    def raw_packets(
        self,
        stream_id: str,
        columns: Mapping[str, ArrayLike],
        *,
        ticks: ArrayLike | None = None,
        sequence: ArrayLike | None = None,
        count: ArrayLike | None = None,
    ) -> list[bytes]:
        """The same from raw fields. columns : field of the sample or header -> (n,)."""
        stream = self._streams[stream_id]
        fields = {f.name: f for f in map(parse_field, (*stream.header, *stream.sample)) if f.name}
        raw = {
            name: _fitted(np.asarray(column, np.float64), fields.get(name))
            for name, column in columns.items()
        }
        counts = _counts(len(next(iter(raw.values()))), ticks, count)
        stamps = None if ticks is None else np.atleast_1d(np.asarray(ticks, np.uint64))
        numbers = None if sequence is None else np.atleast_1d(np.asarray(sequence, np.uint64))
        if stream.decoder:
            return DECODERS[stream.decoder].encode(stream, self.options, Raw(stamps, counts, raw))
        return _laid_out(stream, self.options, raw, counts, stamps, numbers)


def _counts(total: int, ticks: ArrayLike | None, count: ArrayLike | None) -> NDArray[np.int64]:
    if count is not None:
        counts = np.atleast_1d(np.asarray(count, np.int64))
    else:
        packets = 1 if ticks is None else np.size(np.asarray(ticks))
        counts = np.full(packets, total // packets, np.int64)
    if counts.sum() != total:
        raise ValueError(f"{total} samples do not make {len(counts)} packets")
    return counts


def _fitted(column: NDArray[np.float64], field: Field | None) -> NDArray[np.float64]:
    """Rounded and clipped to what a field can hold."""
    if field is None or field.bounds is None:
        return column
    low, high = field.bounds
    return np.clip(np.rint(np.nan_to_num(column)), low, high)


def _laid_out(
    stream: Stream,
    options: Mapping[str, Value],
    columns: Mapping[str, NDArray[np.float64]],
    counts: NDArray[np.int64],
    ticks: NDArray[np.uint64] | None,
    sequence: NDArray[np.uint64] | None,
) -> list[bytes]:
    layout = Layout(stream, options)
    starts = np.cumsum(counts) - counts
    out: dict[int, bytes] = {}
    for count in np.unique(counts).tolist():
        which = np.flatnonzero(counts == count)
        rows = starts[which, np.newaxis] + np.arange(count)
        for i, data in zip(
            which.tolist(),
            _alike(
                stream, layout, {n: c[rows] for n, c in columns.items()}, which, ticks, sequence
            ),
            strict=True,
        ):
            out[i] = data
    return [out[i] for i in range(len(counts))]


def _alike(
    stream: Stream,
    layout: Layout,
    columns: Mapping[str, NDArray[np.float64]],
    which: NDArray[np.intp],
    ticks: NDArray[np.uint64] | None,
    sequence: NDArray[np.uint64] | None,
) -> Sequence[bytes]:
    """Packets of equal count. columns : field -> (p, count)."""
    count = next(iter(columns.values())).shape[1]
    used = layout.head_size + count * layout.sample_size
    tail = layout.length - used if layout.length is not None else 0
    array = np.zeros(len(which), layout.dtype(count, tail))
    head: dict[str, NDArray[Any]] = {}
    if layout.count_field is not None:
        head[layout.count_field] = np.full(len(which), count)
    for counter, given in ((stream.timestamp, ticks), (stream.sequence, sequence)):
        if counter is not None and given is not None:
            wrap = np.uint64(2**counter.bits - 1)
            head[counter.field] = given[which] & wrap
    for field in layout.header:
        if field.name in head:
            put(array, field, head[field.name])
        elif field.name in columns:
            put(array, field, columns[field.name][:, 0])
    for field in layout.sample:
        if field.name in columns:
            put(array["_samples"], field, columns[field.name])
    prefix = layout.prefix.sample()
    size = array.dtype.itemsize
    data = array.tobytes()
    return [prefix + data[i * size + len(prefix) : (i + 1) * size] for i in range(len(which))]
