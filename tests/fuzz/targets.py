"""What is fuzzed: bytes in, and what must hold whatever they are."""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hipgait.ble.decoding import decode
from hipgait.ble.encode import Encoder
from hipgait.ble.layout import by_option
from hipgait.ble.packet import Decoder
from hipgait.ble.profile import Profile, Stream
from hipgait.ble.profiles import parse, settle, shipped
from hipgait.errors import HipgaitError, InputError
from hipgait.io.capture import Anchor, CaptureHeader, CaptureWriter, SensorHeader
from hipgait.io.capture_format import MAGIC
from hipgait.io.capture_read import read_capture
from hipgait.resources import profiles_dir
from tests.fuzz.readers import reader_seeds, readers

PROFILES = tuple(shipped().values())
MOST = 256
"""Samples that a byte can hold at most: a delta frame of Polar says with one byte how many samples
follow, and with another that none of them takes a bit."""


class Target(NamedTuple):
    """try_ : raises where something is wrong.  seeds : to begin with."""

    try_: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]


# ------------------------------------------------------------------------------ decoders
def _pieces(data: bytes) -> list[bytes]:
    """Notifications: a byte of length before each."""
    found, at = [], 0
    while at < len(data):
        found.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return found


def decoders(data: bytes) -> None:
    """Profile, characteristic, notifications: read at once and one by one, with the same result."""
    if len(data) < 2:
        return
    profile = PROFILES[data[0] % len(PROFILES)]
    chars = sorted(profile.chars)
    char = chars[data[1] % len(chars)]
    payloads = _pieces(data[2:])
    times = np.arange(len(payloads), dtype=np.int64)
    found, faults = Decoder(profile).decode(char, times, payloads)
    total = 0
    for part in found:
        samples = int(part.count.sum())
        total += samples
        assert part.count.min(initial=0) >= 0
        assert len(part.notification) == len(part.count) == len(part.arrival_ns)
        assert set(part.notification.tolist()) <= set(range(len(payloads)))
        assert all(len(values) == samples for values in part.values.values())
        assert not any(np.isinf(values).any() for values in part.values.values())
    assert all(0 <= fault.packet < len(payloads) for fault in faults)
    assert total <= MOST * sum(map(len, payloads)), "samples out of thin air"
    single, again = Decoder(profile), 0
    for i, payload in enumerate(payloads):
        again += sum(
            int(part.count.sum()) for part in single.decode(char, times[i : i + 1], [payload])[0]
        )
    assert again == total, f"{again} samples one by one, {total} at once"


def _sent(profile: Profile, stream: Stream) -> list[bytes]:
    options = settle(profile, {})
    count = 3 if isinstance(stream.samples, str) else round(by_option(stream.samples, options))
    names = sorted({name for channel in stream.channels.values() for name in channel.fields})
    columns = {name: np.arange(2.0 * count) for name in names}
    return Encoder(profile, options).raw_packets(
        stream.id,
        columns,
        ticks=[1000, 2000] if stream.timestamp else None,
        sequence=[1, 2] if stream.sequence else None,
        count=[count, count],
    )


def decoder_seeds() -> Iterator[bytes]:
    for number, profile in enumerate(PROFILES):
        chars = sorted(profile.chars)
        for stream in profile.stream:
            sent = _sent(profile, stream)
            framed = b"".join(bytes([len(payload)]) + payload for payload in sent)
            yield bytes([number, chars.index(stream.char)]) + framed


# ------------------------------------------------------------------------------ profiles
def profile(data: bytes) -> None:
    """A profile file: refused with one line, or a decoder that takes any notification."""
    try:
        found = parse(data.decode("utf-8", "replace"), "fuzzed.toml")
        decoder = Decoder(found)
    except InputError as refused:
        line = str(refused)
        if "\n" in line or not (line.startswith("fuzzed.toml") or "option" in line):
            raise AssertionError(f"not one line that says where: {line!r}") from refused
        return
    payloads = [b"", bytes(20), bytes(range(244))]
    for char in found.chars:
        decoder.decode(char, np.arange(3), payloads)


def profile_seeds() -> Iterator[bytes]:
    for path in sorted(profiles_dir().glob("*.toml")):
        yield path.read_bytes()


# ------------------------------------------------------------------------------ captures
WHOLE, CHUNK = 0, 1
_folder = tempfile.TemporaryDirectory(prefix="hipgait-fuzz-")


def _chunk(content: bytes) -> bytes:
    """A file of one chunk whose CRC fits, so that its inside is read whatever it is."""
    body = struct.pack("<QQQII", 0, 0, len(content), zlib.crc32(content), 0)
    body += struct.pack("<Q", len(content)) + content
    return MAGIC + b"\x06" + struct.pack("<Q", len(body)) + body


def capture(data: bytes) -> None:
    """A file, or the inside of a chunk: refused with one line, or read and decoded."""
    if not data:
        return
    path = Path(_folder.name) / "run.mcap"
    path.write_bytes(_chunk(data[1:]) if data[0] % 2 == CHUNK else data[1:])
    with suppress(HipgaitError):
        found = read_capture(path)
        for raw in found.raw.values():
            assert len(raw.payloads) == len(raw.arrival_ns)
            assert raw.lost >= 0
        decode(found)


def _written(path: Path) -> None:
    writer = CaptureWriter(
        path,
        CaptureHeader(
            version="1",
            anchor=Anchor(utc_ns=10**18, monotonic_ns=10**9),
            sensors={
                "pelvis": SensorHeader(
                    address="A", profile_id="hipgait-open", profile_text=_shortest()
                )
            },
        ),
    )
    open_layout = shipped()["hipgait-open"]
    for at, payload in enumerate(_sent(open_layout, open_layout.stream[0])):
        writer.raw("pelvis", "data", 10**9 + at, payload)
    writer.event("connected", 10**9, placement="pelvis", segment=0)
    writer.close()


def _shortest() -> str:
    lines = (profiles_dir() / "hipgait-open.toml").read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def capture_seeds() -> Iterator[bytes]:
    from hipgait.io.capture_scan import _Scanner

    path = Path(_folder.name) / "seed.mcap"
    path.unlink(missing_ok=True)
    _written(path)
    data = path.read_bytes()
    yield bytes([WHOLE]) + data
    scanner = _Scanner(data, "")
    at = scanner._search(0)
    while at is not None:
        yield bytes([CHUNK]) + (scanner._unpacked(at) or b"")
        at = scanner._search(at + 1)


TARGETS = {
    "decoders": Target(decoders, decoder_seeds),
    "profile": Target(profile, profile_seeds),
    "capture": Target(capture, capture_seeds),
    "readers": Target(readers, reader_seeds),
}
