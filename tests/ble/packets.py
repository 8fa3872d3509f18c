"""Packets of every stream of every shipped profile, made by hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from hipgait.ble.decoders.sig import RR
from hipgait.ble.encode import Encoder
from hipgait.ble.layout import by_option, parse_field
from hipgait.ble.profile import Profile, Stream, Value
from hipgait.ble.profiles import settle, shipped

STREAMS = [(p.id, s.id) for p in shipped().values() for s in p.stream]
LAID_OUT = [(p.id, s.id) for p in shipped().values() for s in p.stream if not s.decoder]

SIG_FIELDS = {
    "speed": (0, 65535),
    "cadence": (0, 255),
    "stride_length": (0, 65535),
    "distance": (0, 2**32 - 1),
    "running": (0, 1),
    "hr": (0, 65535),
    "energy": (0, 65535),
}


def stream_of(profile_id: str, stream_id: str) -> tuple[Profile, Stream]:
    profile = shipped()[profile_id]
    return profile, next(s for s in profile.stream if s.id == stream_id)


def options_of(profile: Profile) -> st.SearchStrategy[dict[str, Value]]:
    """Any setting of all options."""
    return st.fixed_dictionaries(
        {
            name: st.sampled_from(option.values)
            if option.values
            else st.integers(int(option.min or 0), int(option.max or 0))
            for name, option in profile.options.items()
        }
    )


def _numbers(name: str, stream: Stream, n: int, rng: np.random.Generator) -> np.ndarray:
    """n raw numbers that a field can hold, its ends among them. Drawn by seed: that is fast."""
    fields = {f.name: f for f in map(parse_field, (*stream.header, *stream.sample))}
    if name in fields and fields[name].bounds is None:
        bits = rng.integers(0, 2**32, n, dtype=np.uint32)
        floats = bits.view(np.float32)
        return np.where(np.isfinite(floats), floats, np.float32(0.5)).astype(np.float64)
    low, high = (
        fields[name].bounds or (0, 0) if name in fields else SIG_FIELDS.get(name, (0, 65535))
    )
    ends = np.array([low, high, 0 if low < 0 else low, min(high, 1)])
    numbers = np.where(
        rng.random(n) < 0.3, rng.choice(ends, n), rng.integers(low, high, n, endpoint=True)
    ).astype(np.float64)
    if name in ("stride_length", "distance", "energy"):
        numbers[rng.random(n) < 0.3] = np.nan
    return numbers


@st.composite
def packets(draw: st.DrawFn, profile: Profile, stream: Stream, most: int = 4) -> dict[str, Any]:
    """options, columns, count, ticks, sequence and the notifications that carry them."""
    options = settle(profile, draw(options_of(profile)))
    number = draw(st.integers(1, most))
    if isinstance(stream.samples, str):
        count = draw(st.lists(st.integers(1, 12), min_size=number, max_size=number))
    else:
        count = [round(by_option(stream.samples, options))] * number
    total = sum(count)
    names = sorted({name for c in stream.channels.values() for name in c.fields})
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    columns = {name: _numbers(name, stream, total, rng) for name in names}
    if RR[0] in names:  # intervals follow one another: those that are absent are the last
        beats = rng.integers(0, len(RR), total, endpoint=True)
        for i, name in enumerate(RR):
            columns[name] = np.where(beats > i, columns[name], np.nan)
    stamp, sequence = stream.timestamp, stream.sequence
    ticks = (
        draw(st.lists(st.integers(0, 2**stamp.bits - 1), min_size=number, max_size=number))
        if stamp
        else None
    )
    counter = (
        draw(st.lists(st.integers(0, 2**sequence.bits - 1), min_size=number, max_size=number))
        if sequence
        else None
    )
    sent = Encoder(profile, options).raw_packets(
        stream.id, columns, ticks=ticks, sequence=counter, count=count
    )
    return {
        "options": options,
        "columns": columns,
        "count": count,
        "ticks": ticks,
        "sequence": counter,
        "sent": sent,
    }
