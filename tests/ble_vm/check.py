"""What the rig asserts: what was delivered over the air and what was recorded are the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

INTERVAL = {"interval_min": 6, "interval_max": 9, "supervision_timeout": 600}
"""as guest.sh sets it, in units of 1.25 ms and 10 ms"""


def received(folder: Path) -> dict[str, list[str]]:
    """Address -> notifications in order of arrival, in hex, as the guest recorded them."""
    log = json.loads((folder / "received.json").read_text("utf-8"))
    return {address: sensor["packets"] for address, sensor in log["sensors"].items()}


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
    outage: Mapping[str, Any] | None,
) -> list[str]:
    """All complaints about a run; none means that it passed.

    truth : from host.py.  state : from guest.sh.  seconds : of streaming that were asked for.
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
        found += _presence(sensor, float(truth["packet_hz"]), seconds, away_s)
        complaints += [f"{address}: {line}" for line in found]
    return complaints


def _presence(
    sensor: Mapping[str, Any], packet_hz: float, seconds: float, away_s: float
) -> list[str]:
    """The run must have been the one that was planned, or an empty record would pass."""
    complaints = []
    parts = [len(sensor[key]) for key in ("delivered", "lost", "unsent")]
    if sum(parts) != sensor["made"]:
        complaints.append(f"the host's books do not balance: {parts} of {sensor['made']}")
    if sensor["made"] < 0.95 * seconds * packet_hz:
        complaints.append(f"only {sensor['made']} packets in {seconds:g} s at {packet_hz:g} Hz")
    if sensor["links"] != (2 if away_s else 1):
        complaints.append(f"streamed over {sensor['links']} links, planned {2 if away_s else 1}")
    if away_s and not away_s * packet_hz <= len(sensor["unsent"]) <= (away_s + 15) * packet_hz:
        gone = len(sensor["unsent"]) / packet_hz
        complaints.append(f"away for {gone:.1f} s, planned {away_s:g} s and at most 15 s more")
    return complaints


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
