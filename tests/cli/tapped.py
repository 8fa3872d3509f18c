"""``hipgait record --simulate`` as a process, with a tap on what it is handed."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hipgait.io.capture_read import read_capture

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("pelvis", "left_shank", "right_shank")

TAPPED = """
import struct, sys
from hipgait.ble.recorder import Recorder
raw = Recorder.raw
def tapped(self, placement, char, arrival_ns, data):
    raw(self, placement, char, arrival_ns, data)
    head = struct.pack("<BqH", len(placement), arrival_ns, len(data))
    out.write(head + placement.encode() + data)
Recorder.raw = tapped
from hipgait.cli.main import main
out = open(sys.argv[1], "wb", buffering=0)
main(sys.argv[2:])
"""
"""The command, with a tap that tells every notification as soon as it is handed over."""


class Process:
    """``hipgait record --simulate`` in a process of its own.

    tap : folder for the pipe that tells; None: the capture's.  before : a command that starts it.
    """

    def __init__(
        self, out: Path, *more: str, tap: Path | None = None, before: Sequence[str] = ()
    ) -> None:
        self.out, self.tap = out, (tap or out.parent) / "tap"
        os.mkfifo(self.tap)
        self._child = subprocess.Popen(
            [*before, sys.executable, "-c", TAPPED, str(self.tap), "record", "--simulate", "--out",
             str(out), "--duration", "100", *more],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.pid = self._child.pid
        self._pipe = self.tap.open("rb")
        self.told: list[tuple[str, int, bytes]] = []

    def read(self, count: int | None = None) -> None:
        """Notifications as they are handed over; None: all until the process ends."""
        while count is None or len(self.told) < count:
            head = self._pipe.read(11)
            if len(head) < 11:
                return
            size, at, length = struct.unpack("<BqH", head)
            body = self._pipe.read(size + length)
            if len(body) < size + length:
                return
            self.told.append((body[:size].decode(), at, body[size:]))

    def send(self, number: int) -> None:
        self._child.send_signal(number)

    def end(self) -> tuple[int, str, str]:
        self.read()
        said, complained = self._child.communicate(timeout=60)
        self._pipe.close()
        return self._child.returncode, said, complained

    def of(self, placement: str) -> list[tuple[int, bytes]]:
        return [(at, data) for p, at, data in self.told if p == placement]


def recorded(path: Path, placement: str) -> list[tuple[int, bytes]]:
    """Everything of one sensor in a capture, in the order of arrival."""
    capture = read_capture(path)
    rows = [
        (int(at), data)
        for (p, _), channel in capture.raw.items()
        if p == placement
        for at, data in zip(channel.arrival_ns, channel.payloads, strict=True)
    ]
    return sorted(rows)
