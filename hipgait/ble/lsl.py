"""Lab Streaming Layer: sensors that another program streams (lsl_out.py: the other way).

A stream is recorded like a sensor: every sample goes into the capture as bytes, with the time that
its source gave it, mapped to this computer's clock by the library. Its layout is a profile made
from what the stream says of itself, so that a capture decodes as any other.

Source: labstreaminglayer.readthedocs.io, "Time synchronization". Needs the extra ``lsl``.
"""

from __future__ import annotations

import asyncio
import re
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

from hipgait.ble.layout import Layout
from hipgait.ble.link import SILENT_S, Health, Phase, Sensor, Sink
from hipgait.ble.profiles import parse, settle
from hipgait.ble.radio import shown
from hipgait.errors import MissingExtraError, RadioError

SCHEME: Final = "lsl:"
"""Beginning of the address of a stream: lsl:NAME."""
CHAR: Final = "data"
PULL_S: Final = 0.2
MOST: Final = 1024
"""samples at a time"""
TWINS_S: Final = 1.0
"""how long another stream of the same name is looked for"""
ANSWER_S: Final = 5.0
ATT_HEADER: Final = 3
"""of a notification over Bluetooth, which profiles speak of"""
LONGEST: Final = 517 - ATT_HEADER
"""bytes of a sample that a profile can describe: 126 channels of float32"""

_UNITS: Final[Mapping[str, str]] = {
    "m/s^2": "m/s^2", "m/s2": "m/s^2", "m/s²": "m/s^2", "mps2": "m/s^2",
    "g": "g", "mg": "mg",
    "rad/s": "rad/s", "rps": "rad/s",
    "deg/s": "deg/s", "dps": "deg/s", "°/s": "deg/s",
}  # fmt: skip
_LABEL: Final = re.compile(r"^(acc|gyr|mag)[a-z]*[ _.-]?([xyz])$")
_FORMATS: Final = {1: ("f32", "f"), 2: ("f64", "d"), 4: ("i32", "i"), 5: ("i16", "h")}
"""Channel format of the library -> type of a profile, code of struct."""

_PROFILE: Final = """\
format = 1
id = "lsl-stream"
name = "LSL stream"
firmware = "what another program streams"
source = ["https://labstreaminglayer.readthedocs.io"]
tried_on_hardware = false
clock = "host"
[link]
mtu_min = {mtu}
[chars]
data = "00000000-0000-0000-0000-000000000000"
[[stream]]
id = "motion"
char = "data"
header = ["t:u64"]
sample = [{fields}]
rate_hz = {rate!r}
timestamp = {{ field = "t", tick_hz = 1e9, bits = 64, of = "last" }}
"""


def library() -> ModuleType:
    """The library.

    Raises
    ------
    MissingExtraError : it is not installed.
    """
    try:
        import pylsl
    except (ImportError, RuntimeError):  # RuntimeError: without its binary part
        raise MissingExtraError("pylsl", "lsl") from None
    module: ModuleType = pylsl
    return module


def find(placement: str, address: str, profile_text: str | None, seconds: float) -> Sensor:
    """The sensor that streams under a name (``lsl:NAME``). Blocks for ``seconds`` at most.

    profile_text : a profile for a stream that does not name its channels and units.

    Raises
    ------
    RadioError : no such stream, several, or one that does not say what it carries.
    """
    lsl = library()
    name = address[len(SCHEME) :]
    found = _named(lsl, name, 1, seconds)
    if len(found) == 1:
        found = _named(lsl, name, 2, TWINS_S) or found
    if not found:
        raise RadioError(
            "not_found",
            f"{placement}: no LSL stream is named {shown(name)!r}",
            "Start the program that streams it; its name is looked for on this network",
        )
    if len(found) > 1:
        raise RadioError(
            "not_found",
            f"{placement}: {len(found)} LSL streams are named {shown(name)!r}",
            "Close all but one",
        )
    info = _info(lsl, placement, found[0])
    text = profile_text or profile_of(placement, info)
    profile = parse(text, f"{placement} ({shown(address)})")
    sensor = Sensor(placement, address, profile, text, settle(profile, {}), shown(name))
    packing(sensor, info)
    return sensor


def _named(lsl: ModuleType, name: str, least: int, seconds: float) -> list[Any]:
    """Streams of a name; the search takes quotes in it for a question, to which others fit too."""
    return [s for s in lsl.resolve_byprop("name", name, least, seconds) if s.name() == name]


def profile_of(placement: str, info: Any) -> str:
    """A profile, as TOML, from what a stream says of itself.

    Raises
    ------
    RadioError : channels without names or units that are known.
    """
    labels = [str(x or "").strip().lower() for x in info.get_channel_labels() or []]
    units = [str(x or "").strip().lower() for x in info.get_channel_units() or []]
    if info.nominal_srate() <= 0:
        raise _unclear(placement, "it has no steady rate")
    kind, code = _format_of(placement, info)
    axes: dict[str, dict[str, str]] = {}
    names: list[str] = []
    channel_units: dict[str, str] = {}
    for i in range(info.channel_count()):
        label = labels[i] if i < len(labels) else ""
        match = _LABEL.match(label)
        names.append(f"c{i}")
        if match is None:
            continue
        channel, axis = match.groups()
        unit = _UNITS.get(units[i] if i < len(units) else "")
        if channel == "mag":
            continue
        if unit is None or channel_units.setdefault(channel, unit) != unit:
            raise _unclear(placement, f"the unit of its channel {label} is not known")
        axes.setdefault(channel, {})[axis] = f"c{i}"
    if "acc" not in axes or any(len(found) != 3 for found in axes.values()):
        shown_labels = shown(", ".join(labels), 120) or "none"
        raise _unclear(
            placement, f"acc_x, acc_y, acc_z are not among its channels ({shown_labels})"
        )
    fields = ", ".join(f'"{name}:{kind}"' for name in names)
    size = struct.calcsize(f"<Q{info.channel_count()}{code}")
    if size > LONGEST:
        raise _unclear(placement, f"its samples of {size} bytes are longer than {LONGEST}")
    text = _PROFILE.format(fields=fields, rate=float(info.nominal_srate()), mtu=size + ATT_HEADER)
    for channel, found in axes.items():
        of = ", ".join(f'"{found[axis]}"' for axis in "xyz")
        unit = channel_units[channel]
        text += f'[stream.channels.{channel}]\nfields = [{of}]\nunit = "{unit}"\n'
    return text


def packing(sensor: Sensor, info: Any) -> struct.Struct:
    """How a sample is laid down: its time in ns, then its channels.

    Raises
    ------
    RadioError : the profile is of another layout, or the stream carries no such numbers.
    """
    code = _format_of(sensor.placement, info)[1]
    pack = struct.Struct(f"<Q{info.channel_count()}{code}")
    streams = [stream for stream in sensor.profile.stream if stream.char == CHAR]
    if not streams:
        raise _unclear(sensor.placement, f"its profile has no stream with char = {CHAR!r}")
    if why := Layout(streams[0], sensor.options).why_not(pack.size):
        raise _unclear(sensor.placement, f"its samples do not fit the profile: {why}")
    return pack


def _format_of(placement: str, info: Any) -> tuple[str, str]:
    if info.channel_format() not in _FORMATS:
        raise _unclear(placement, "its numbers are none of float32, double64, int32, int16")
    return _FORMATS[info.channel_format()]


def _unclear(placement: str, what: str) -> RadioError:
    return RadioError(
        "wrong_profile",
        f"{placement}: the LSL stream does not say what it carries: {what}",
        "Name its channels acc_x ... gyr_z with units in the stream, or give a profile "
        "(PLACEMENT=lsl:NAME@FILE.toml)",
    )


def _info(lsl: ModuleType, placement: str, found: Any) -> Any:
    """All that a stream says; the answer to a search lacks the channels."""
    try:
        return lsl.StreamInlet(found).info(ANSWER_S)
    except RuntimeError as error:  # so are all errors of the library
        raise _mute(placement, error) from None


def _mute(placement: str, error: Exception) -> RadioError:
    return RadioError(
        "silent",
        f"{placement}: the LSL stream does not answer ({shown(str(error), 80)})",
        "Start the program that streams it anew, and look at the firewall between the two",
    )


class LslLink:
    """As ``link.Link``, for a stream of another program."""

    def __init__(
        self, sensor: Sensor, sink: Sink, now_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self.sensor = sensor
        self.health = Health()
        self._sink = sink
        self._now_ns = now_ns
        self._lsl = library()

    async def run(self, stop: asyncio.Event) -> None:
        """Record until ``stop`` is set. The library reconnects by itself.

        Raises
        ------
        RadioError : nothing comes.
        """
        health = self.health
        try:
            inlet, pack = await asyncio.to_thread(self._open)
        except RadioError as error:
            health.phase, health.trouble = Phase.FAILED, error
            raise
        health.phase, health.segment, health.streams = Phase.STREAMING, 0, 1
        self._tell("connected", segment=0)
        heard = self._now_ns()
        try:
            while not stop.is_set():
                rows, stamps = await asyncio.to_thread(_pull, inlet)
                now = self._now_ns()
                if stamps:
                    health.phase, health.trouble = Phase.STREAMING, None
                    self._take(rows, stamps, pack, now)
                    heard = now
                elif now - heard > SILENT_S * 1e9:
                    self._silent()
        except RuntimeError as error:
            health.phase, health.trouble = Phase.FAILED, _mute(self.sensor.placement, error)
            raise health.trouble from None
        finally:
            with suppress(RuntimeError):
                inlet.close_stream()
            self._tell("disconnected", by="host", segment=0)
        health.phase = Phase.STOPPED

    def _silent(self) -> None:
        """Nothing comes: an error before the first sample, a loss that may heal after it."""
        health = self.health
        health.trouble = RadioError(
            "silent",
            f"{self.sensor.placement}: the LSL stream {self.sensor.name} gives nothing",
            "Start the program that streams it",
        )
        health.phase = Phase.LOST if health.notifications else Phase.FAILED
        if health.phase is Phase.FAILED:
            raise health.trouble

    def _open(self) -> tuple[Any, struct.Struct]:
        name = self.sensor.address[len(SCHEME) :]
        placement = self.sensor.placement
        found = _named(self._lsl, name, 1, 2 * ANSWER_S)
        if not found:
            raise RadioError(
                "not_found",
                f"{placement}: the LSL stream {shown(name)} is gone",
                "Start the program that streams it",
            )
        try:
            inlet = self._lsl.StreamInlet(found[0], processing_flags=self._lsl.proc_clocksync)
            inlet.open_stream(ANSWER_S)
            return inlet, packing(self.sensor, inlet.info(ANSWER_S))
        except RuntimeError as error:
            raise _mute(placement, error) from None

    def _take(
        self,
        rows: Sequence[Sequence[float]],
        stamps: Sequence[float],
        pack: struct.Struct,
        now: int,
    ) -> None:
        # the layer's clock has the same pace as ours, but need not have the same zero
        zero = time.monotonic() - self._lsl.local_clock()
        for row, stamp in zip(rows, stamps, strict=True):
            tick = max(round(1e9 * (stamp + zero)), 0)
            self._sink.raw(self.sensor.placement, CHAR, now, pack.pack(tick, *row))
        self.health.notifications += len(rows)
        self.health.last_ns = now

    def _tell(self, kind: str, **fields: object) -> None:
        self._sink.event(kind, self._now_ns(), placement=self.sensor.placement, **fields)


def _pull(inlet: Any) -> tuple[Sequence[Sequence[float]], Sequence[float]]:
    """Wait for the first sample, and take what came with it: its arrival is when it arrived.

    (To ask for a chunk waits until it is full or the time is over: arrivals in steps.)
    """
    row, stamp = inlet.pull_sample(PULL_S)
    if stamp is None:
        return (), ()
    rows, stamps = inlet.pull_chunk(0.0, MOST)
    return [row, *rows], [stamp, *stamps]
