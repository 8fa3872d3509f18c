"""What the rig asserts: what was delivered over the air and what was recorded are the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from hipgait.io.capture_read import read_capture

INTERVAL = {"interval_min": 6, "interval_max": 9, "supervision_timeout": 600}
"""as guest.sh sets it, in units of 1.25 ms and 10 ms"""
MOTION, STREAMING = "imu", ("started", "stopped")
MOTION_CHAR = "data"
LATE_S = 20.0
"""a sensor that is back in reach streams again within this; the guest is a slow computer"""


def received(path: Path) -> tuple[dict[str, list[str]], list[str]]:
    """Address -> notifications of motion, in hex, as ``hipgait record`` wrote them; complaints."""
    capture = read_capture(path)
    got = {
        capture.header.sensors[placement].address: [payload.hex() for payload in raw.payloads]
        for (placement, char), raw in capture.raw.items()
        if char == MOTION_CHAR
    }
    complaints = [f"the capture: {line}" for line in capture.missing]
    return got, complaints


def looked_at(said: Mapping[str, Any]) -> list[str]:
    """What is wrong with what the doctor sees in the guest. said : as command.sh wrote it."""
    complaints = []
    if (said["state"], said["adapters"]) != ("ok", [["hci0", True]]):
        complaints.append(f"the doctor sees {said['state']}, {said['adapters']}: not hci0, on")
    if not said["version"]:
        complaints.append("the doctor sees no version of bluetoothd")
    if said["unfit"]:
        complaints.append(f"the doctor finds guest.sh unfit: {said['unfit']}")
    return complaints


def compare(delivered: Sequence[str], got: Sequence[str]) -> list[str]:
    """What is wrong with a record of one sensor. Every packet differs from every other one."""
    if list(delivered) == list(got):
        return []
    sent, here = Counter(delivered), Counter(got)
    lost, more = sent - here, here - sent
    twice = {packet: n for packet, n in more.items() if packet in sent}
    complaints = []
    if lost:
        first = next(i for i, packet in enumerate(delivered) if packet in lost)
        complaints.append(f"{lost.total()} lost of {len(delivered)}, first number {first}")
    if twice:
        complaints.append(f"{sum(twice.values())} recorded twice")
    if len(more) > len(twice):
        complaints.append(f"{more.total() - sum(twice.values())} that were never sent")
    return complaints or ["the order of arrival is not that of sending"]


def judge(
    truth: Mapping[str, Any],
    got: Mapping[str, Sequence[str]],
    state: Mapping[str, Any],
    seconds: float,
    packet_hz: float,
    outage: Mapping[str, Any] | None,
) -> list[str]:
    """All complaints about a run; none means that it passed.

    truth : from host.py.  state : from guest.sh.  seconds : of streaming that were asked for.
    packet_hz : packets a second and sensor.
    outage : of the plan, with the number of its sensor.
    """
    complaints = []
    if state["command_status"] != 0:
        complaints.append(f"the guest's command ended with {state['command_status']}: command.log")
    if not state["bluetoothd_alive"]:
        complaints.append("bluetoothd ended during the run: bluetoothd.log")
    if not truth["asked"]:
        complaints.append("BlueZ asked for no connection")
    for asked in truth["asked"]:
        if asked != INTERVAL:
            complaints.append(f"BlueZ asked for {asked}, main.conf says {INTERVAL}")
            break
    for number, (address, sensor) in enumerate(truth["sensors"].items()):
        away_s = outage["for_s"] if outage and outage["sensor"] == number else 0.0
        found = compare(sensor["delivered"], got.get(address, ()))
        found += _presence(sensor, packet_hz, seconds, away_s)
        complaints += [f"{address}: {line}" for line in found]
    return complaints


def _presence(
    sensor: Mapping[str, Any], packet_hz: float, seconds: float, away_s: float
) -> list[str]:
    """The run must have been the one that was planned, or an empty record would pass."""
    complaints = []
    made = len(sensor["delivered"]) + sensor["lost"] + sensor["unsent"]
    gone = _away(sensor["events"])
    if made < 0.95 * (seconds - sum(gone)) * packet_hz or made == 0:
        complaints.append(f"only {made} packets in {seconds:g} s at {packet_hz:g} Hz")
    planned = 1 if away_s else 0
    # once more is fine: a slow answer makes the recorder stop a sensor and start it again
    if not planned <= len(gone) <= planned + 1:
        complaints.append(f"went away and came back {len(gone)} times, planned {planned}")
    hole = max((b - a for a, b in pairwise(sensor["delivered_s"])), default=0.0)
    if away_s and not 0.9 * away_s <= hole <= away_s + LATE_S:
        complaints.append(
            f"silent for {hole:.1f} s, planned {away_s:g} s, {LATE_S:g} s more at most"
        )
    return complaints


def _away(events: Sequence[tuple[float, str, str]]) -> list[float]:
    """How long motion stood still each time that it was started again, s."""
    marks = [(at, kind) for at, kind, what in events if kind in STREAMING and what == MOTION]
    return [
        after - before
        for (before, stopped), (after, started) in pairwise(marks)
        if (stopped, started) == ("stopped", "started")
    ]


def busiest(times_s: Sequence[float], window_s: float = 2.0) -> float:
    """Most notifications per second that were delivered over a window, in 1/s."""
    if not times_s:
        return 0.0
    last, most = 0, 0
    for i, t in enumerate(times_s):
        while times_s[last] < t - window_s:
            last += 1
        most = max(most, i - last)
    return most / window_s
