"""Captures of sensors whose every sample is known: the shipped profiles' encoder over a link."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hipgait.ble.encode import Encoder
from hipgait.ble.profiles import load, rate_of
from hipgait.io.capture import CaptureHeader, CaptureWriter, SensorHeader
from hipgait.io.runtable import RunTable
from tests.ble.radio import send
from tests.io.recorded import ANCHOR


@dataclass
class Sent:
    """What one sensor sent.

    time_s : (n,) true host time of each sample since the anchor.  acc, gyr : (n, 3) SI.
    """

    profile: str
    time_s: NDArray[np.float64]
    acc: NDArray[np.float64]
    gyr: NDArray[np.float64]
    arrival_ns: NDArray[np.int64]
    packets: list[bytes]
    stream: str = "imu"
    char: str = "data"
    options: dict[str, int | float | str] = field(default_factory=dict)


def sensor(
    rng: np.random.Generator,
    profile: str = "hipgait-open",
    stream: str = "imu",
    seconds: float = 30.0,
    batch: int = 2,
    ppm: float | None = None,
    stalls_a_minute: float = 2.0,
    motion: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> Sent:
    """Noise, or a motion sampled at the profile's rate, on the air."""
    loaded = load(profile).profile
    encoder = Encoder(loaded)
    said = next(s for s in loaded.stream if s.id == stream)
    rate = rate_of(said, encoder.options)
    run = send(rng, seconds, rate, batch, ppm=ppm, stalls_a_minute=stalls_a_minute)
    n = len(run.arrival_s) * batch
    acc, gyr = motion or (rng.normal(0, 20, (n, 3)), rng.normal(0, 5, (n, 3)))
    acc, gyr = acc[:n], gyr[:n]
    place = np.arange(n) % batch - (batch - 1)
    true = np.repeat(run.true_s, batch) + place / rate / (1 + run.ppm * 1e-6)
    stamp = said.timestamp
    ticks = None
    if stamp is not None:
        ticks = np.floor((run.device_s + 4290.0) * stamp.tick_hz).astype(np.uint64)
    nothing = {name: np.zeros((n, len(c.fields))) for name, c in said.channels.items()}
    packets = encoder.packets(
        stream,
        nothing | {"acc": acc, "gyr": gyr},
        ticks=ticks,
        sequence=np.arange(len(run.arrival_s)),
        count=np.full(len(run.arrival_s), batch),
    )
    arrival = ANCHOR.monotonic_ns + np.round(run.arrival_s * 1e9).astype(np.int64)
    return Sent(profile, true, acc, gyr, arrival, packets, stream, said.char, encoder.options)


def without(sent: Sent, lost: NDArray[np.bool_]) -> Sent:
    """The same with packets that never arrived."""
    batch = len(sent.time_s) // len(sent.packets)
    keep, samples = ~lost, np.repeat(~lost, batch)
    return Sent(
        sent.profile,
        sent.time_s[samples],
        sent.acc[samples],
        sent.gyr[samples],
        sent.arrival_ns[keep],
        [p for p, k in zip(sent.packets, keep.tolist(), strict=True) if k],
        sent.stream,
        sent.char,
        sent.options,
    )


def capture(
    path: Path,
    sensors: dict[str, Sent],
    run: RunTable | None = None,
    profiles: dict[str, str] | None = None,
    events: list[tuple[str, int, str]] | None = None,
) -> Path:
    """Write a capture. profiles : placement -> TOML to embed in place of the shipped one."""
    texts = {p: load(s.profile).text for p, s in sensors.items()} | (profiles or {})
    header = CaptureHeader(
        version="0.0",
        anchor=ANCHOR,
        sensors={
            p: SensorHeader(
                address=f"00:00:00:00:00:{i:02x}",
                profile_id=s.profile,
                profile_text=texts[p],
                options=s.options,
            )
            for i, (p, s) in enumerate(sensors.items())
        },
        run=run or RunTable(),
    )
    with CaptureWriter(path, header, flush_s=60.0) as writer:
        for kind, at, placement in events or []:
            writer.event(kind, at, placement=placement)
        for placement, sent in sensors.items():
            for at, data in zip(sent.arrival_ns.tolist(), sent.packets, strict=True):
                writer.raw(placement, sent.char, at, data)
    return path
