"""Small captures with known contents."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hipgait.io.capture import Anchor, CaptureHeader, CaptureWriter, SensorHeader

ANCHOR = Anchor(utc_ns=1_773_480_600_000_000_000, monotonic_ns=5_000_000_000)
PLACES = ("pelvis", "left_shank", "right_shank")
PROFILE = "format = 1\nid = 'made-up'\n"

Key = tuple[str, str]
Written = dict[Key, list[tuple[int, bytes]]]


def header(placements: tuple[str, ...] = PLACES) -> CaptureHeader:
    sensors = {
        p: SensorHeader(
            address=f"C0:FF:EE:00:00:{i:02X}",
            name=f"sensor {i}",
            profile_id="made-up",
            profile_text=PROFILE * 20,
            options={"rate_hz": 104},
        )
        for i, p in enumerate(placements)
    }
    return CaptureHeader(version="0.0", anchor=ANCHOR, sensors=sensors)


def record(
    path: Path, seconds: float = 10.0, rate_hz: float = 52.0, chunk_s: float = 0.5, seed: int = 0
) -> Written:
    """Write a capture on made-up time; a chunk each ``chunk_s``. Returns what was handed over."""
    rng = np.random.default_rng(seed)
    written: Written = {(p, "data"): [] for p in PLACES}
    with CaptureWriter(path, header(), flush_s=60.0) as writer:
        per_chunk = round(chunk_s * rate_hz)
        for i in range(round(seconds * rate_hz)):
            for k, place in enumerate(PLACES):
                at = ANCHOR.monotonic_ns + round((i + 0.1 * k) / rate_hz * 1e9)
                data = rng.bytes(30)
                writer.raw(place, "data", at, data)
                written[place, "data"].append((at, data))
            acc = rng.normal(size=(1, 3))
            writer.imu("pelvis", np.array([at]), acc, acc)
            if (i + 1) % per_chunk == 0:
                writer.flush()
    return written
