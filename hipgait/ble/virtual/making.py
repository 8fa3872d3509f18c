"""Makers of packets for the streams of a sensor: rates, batches, resolution."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.encode import Encoder
from hipgait.ble.layout import Field, Layout, parse_field, scale_of
from hipgait.ble.profile import Stream, Value
from hipgait.ble.profiles import rate_of
from hipgait.ble.virtual.body import Body
from hipgait.ble.virtual.producer import Maker
from hipgait.ble.virtual.settings import DeviceClock, VirtualSensor

FloatArray = NDArray[np.float64]

FLAGGED: Final = {
    name: parse_field(f"{name}:{kind}")
    for kind, names in {
        "u16": ("hr", "energy", *(f"rr{i}" for i in range(9)), "speed", "stride_length"),
        "u8": ("cadence", "running"),
        "u32": ("distance",),
    }.items()
    for name in names
}
"""fields of the Bluetooth SIG's services, which no layout names (Heart Rate Service 1.0, 3.1;
Running Speed and Cadence Service 1.0, 3.1)"""


def makers(
    sensor: VirtualSensor,
    options: Mapping[str, Value],
    ids: Collection[str],
    clock: DeviceClock,
    body: Body,
    room: int,
) -> Iterator[Maker]:
    """One for each stream that is to start.

    options : as the firmware has them.  ids : of the streams.
    clock : as it is now.  room : bytes that fit into a notification.
    """
    encoder = Encoder(sensor.profile, options)
    for stream in sensor.profile.stream:
        if stream.id in ids:
            samples = samples_in(stream, encoder.options, sensor.batch, room)
            yield Maker(
                stream=stream,
                rate_hz=rate_of(stream, encoder.options) * (1 + clock.rate_error),
                samples=samples,
                encode=partial(_encode, encoder, stream, samples),
                clock=clock,
                body=body,
                battery=sensor.battery,
            )


def samples_in(stream: Stream, options: Mapping[str, Value], batch: int, room: int) -> int:
    """Samples of a packet: fixed by the firmware, or a batch as far as it fits."""
    layout = Layout(stream, options)
    if layout.fixed is not None:
        return layout.fixed
    fits = (room - layout.head_size) // layout.sample_size if layout.sample_size else batch
    return max(1, min(batch, fits))


def _encode(
    encoder: Encoder,
    stream: Stream,
    samples: int,
    ticks: NDArray[np.uint64] | None,
    sequence: NDArray[np.int64] | None,
    values: Mapping[str, FloatArray],
) -> tuple[list[tuple[bytes, ...]], Mapping[str, FloatArray]]:
    """Packets (their notifications), and what their bytes say."""
    said = {name: resolved(stream, encoder.options, name, v) for name, v in values.items()}
    packets = len(next(iter(said.values()))) // samples
    notifications = encoder.packets(
        stream.id, said, ticks=ticks, sequence=sequence, count=np.full(packets, samples)
    )
    parts = len(notifications) // packets
    cut = [tuple(notifications[i * parts : (i + 1) * parts]) for i in range(packets)]
    return cut, said


def resolved(
    stream: Stream, options: Mapping[str, Value], name: str, values: FloatArray
) -> FloatArray:
    """What the fields of a channel can say of ``values`` (n, k): rounded and clipped, in SI.

    Worked out from the profile alone, so that tests can hold the decoder to it.
    """
    scale = scale_of(stream.channels[name], options)
    fields = {f.name: f for f in map(parse_field, (*stream.header, *stream.sample)) if f.name}
    columns = scale.undo(np.asarray(values, np.float64).reshape(-1, len(scale.fields)))
    raw = {n: _in_type(column, fields.get(n, FLAGGED.get(n))) for n, column in columns.items()}
    return scale.apply(raw)


def _in_type(column: FloatArray, field: Field | None) -> FloatArray:
    """As a field of a packet holds it."""
    if field is None or field.type == "f64":
        return column
    if field.bounds is None:
        return column.astype(np.float32).astype(np.float64)
    return np.clip(np.rint(column), *field.bounds)
