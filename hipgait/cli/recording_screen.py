"""The screen of ``hipgait record``: what to do, how each sensor is, and what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hipgait.ble.link import Phase
from hipgait.ble.recorder import Status
from hipgait.ble.status import SensorStatus
from hipgait.cli.terminal import tell

LINE_S: Final = 30.0
"""Without a terminal, one line so often."""

_WORDS: Final = {
    Phase.SEARCHING: "searching",
    Phase.STARTING: "starting",
    Phase.STREAMING: "ok",
    Phase.LOST: "LOST",
    Phase.FAILED: "FAILED",
    Phase.STOPPED: "stopped",
}


class Screen:
    """Shows a recording, on a terminal as a table that renews itself, else line by line.

    Parameters
    ----------
    quiet : say nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._task = ""
        self._last_line_s = -LINE_S
        self._said: dict[str, str] = {}
        self._live: Live | None = None
        if not quiet and sys.stderr.isatty():
            self._live = Live(console=Console(stderr=True), auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, text: str, left_s: float) -> None:
        """What the runner is to do now, and for how long (0: open-ended)."""
        task = f"{text}  {left_s:.0f} s" if left_s > 0 else text
        if self._live is None and not self._quiet and text not in self._task:
            _line(text)
        self._task = task

    def _once(self, key: str, text: str) -> None:
        """A line, where it is not what was said last of it."""
        if self._said.get(key) != text:
            _line(text)
        self._said[key] = text

    def __call__(self, status: Status) -> None:
        """Show where things stand."""
        if self._quiet:
            return
        if self._live is not None:
            self._live.update(picture(status, self._task), refresh=True)
            return
        for sensor in status.sensors:  # changes at once, the rest now and then
            if sensor.trouble or sensor.placement in self._said:
                self._once(sensor.placement, _news(sensor))
            self._said.setdefault(sensor.placement, _news(sensor))
        for warning in status.warnings:
            self._once(warning, f"! {warning}")
        for gone in [key for key in self._said if self._said[key] == f"! {key}"]:
            if gone not in status.warnings:  # told again when it comes again
                del self._said[gone]
        if status.elapsed_s - self._last_line_s >= LINE_S:
            self._last_line_s = status.elapsed_s
            _line(line_of(status))


def _news(sensor: SensorStatus) -> str:
    """State and trouble; looking for a lost sensor again and again is one state."""
    if sensor.trouble and sensor.phase in (Phase.SEARCHING, Phase.STARTING, Phase.LOST):
        return f"{sensor.placement}: {_WORDS[Phase.LOST]} {sensor.trouble}"
    return f"{sensor.placement}: {_WORDS[sensor.phase]} {sensor.trouble}".rstrip()


def _line(text: str) -> None:
    tell(f"hipgait: {text}")


def line_of(status: Status) -> str:
    """All of it on one line."""
    parts = [f"{s.placement} {s.rate_hz:.0f}/s {_loss(s)}" for s in status.sensors]
    return "  ".join([clock(status.elapsed_s), *parts, *status.warnings])


def clock(seconds: float) -> str:
    """Hours, minutes, seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def picture(status: Status, task: str) -> RenderableType:
    """The table, with the task above it and warnings below."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, _, right in _COLUMNS:
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for sensor in status.sensors:
        style = "" if sensor.phase is Phase.STREAMING else "bold"
        table.add_row(*(show(sensor) for _, show, _ in _COLUMNS), style=style)
    free = "?" if status.disk_free is None else f"{status.disk_free / 1e9:.0f}"
    room = f"{status.written / 1e6:.1f} MB written, {free} GB free"
    lines: list[RenderableType] = [
        Text(task, style="bold"),
        Text(f"{clock(status.elapsed_s)}   {room}"),
        Text(""),
        table,
    ]
    lines += [
        Text(f"{s.placement}: {s.trouble}")
        for s in status.sensors
        if s.trouble and s.phase is not Phase.STREAMING
    ]
    lines += [Text(f"! {warning}", style="bold") for warning in status.warnings]
    return Group(*lines)


def _rate(s: SensorStatus) -> str:
    return f"{s.rate_hz:.0f} of {s.wanted_hz:.0f}"


def _loss(s: SensorStatus) -> str:
    return "" if s.lost_pct is None else f"{s.lost_pct:.1f} % lost"


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


_COLUMNS: Final[tuple[tuple[str, Callable[[SensorStatus], str], bool], ...]] = (
    ("sensor", lambda s: s.placement, False),
    ("state", lambda s: _WORDS[s.phase], False),
    ("samples/s", _rate, True),
    ("lost", lambda s: _or_dash(s.lost_pct, "{:.1f} %"), True),
    ("gaps", lambda s: str(s.gaps), True),
    ("breaks", lambda s: str(s.breaks), True),
    ("battery", lambda s: _or_dash(s.battery_pct, "{:.0f} %"), True),
    ("signal", lambda s: _or_dash(s.rssi_dbm, "{:.0f} dBm"), True),
    ("clock", lambda s: "-" if s.clock_ms is None else f"{round(s.clock_ms):+d} ms", True),
    ("at range", lambda s: f"{s.saturated_pct:.1f} %", True),
)
