"""Short facts of a run: header line, sensors, settings, versions, inputs."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

import numpy as np

from hipgait.names import PLACES, SIDES
from hipgait.report.numbers import clock, fixed, pace
from hipgait.report.view import View

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(start: datetime) -> str:
    """As "Tuesday 5 May 2026"."""
    return f"{DAYS[start.weekday()]} {start.day} {MONTHS[start.month - 1]} {start.year}"


def start_words(view: View) -> str:
    """As "Tuesday 5 May 2026, 16:05 UTC", the runner's time where it is known, or nothing."""
    start = view.findings.info.start_utc
    if start is None:
        return ""
    return f"{day(start)}, {start:%H:%M} {'local time' if start.utcoffset() else 'UTC'}"


def distance_words(view: View) -> str:
    """As "11.1 km in 57:02 (5:08 /km)"; without a speed the time alone."""
    if not len(view.ic_s):
        return ""
    lasted = clock(view.axis.end_s - view.axis.start_s)
    speed = view.strides.get("speed_mps")
    if speed is None:
        return lasted
    speeds = speed.to_numpy(dtype=np.float64)
    strides = view.strides["stride_time_s"].to_numpy(dtype=np.float64)
    step = strides / max(1, len(view.sides))
    known = np.isfinite(speeds) & np.isfinite(step)
    metres, seconds = float(np.sum((speeds * step)[known])), float(np.sum(step[known]))
    if metres < 50.0 or seconds <= 0:
        return lasted
    about = "about " if (view.quality.get("speed") or {}).get("source") == "estimated" else ""
    told = f"{fixed(metres / 1000, 1)} km" if metres >= 1000 else f"{fixed(metres, 0)} m"
    return f"{about}{told} in {lasted} ({pace(metres / seconds)} /km)"


def simulated(view: View) -> bool:
    """Whether any sensor was simulated: then the page says so on top."""
    streams = (view.quality.get("streams") or {}).values()
    return any(stream.get("format") == "simulated" for stream in streams)


PLAIN: Final = {
    "sacrum": "sacrum (lower back)",
    "shank": "shank (shin)",
    "shanks": "shanks (shins)",
}
"""the runner's word beside the term, where the term comes first"""


def sensor_words(view: View) -> str:
    """As "sensors on sacrum (lower back) and both shanks (shins)"."""
    placed = list(view.quality.get("streams") or {})
    words: list[str] = []
    for kind in ("pelvis", "shank", "thigh", "foot"):
        mine = [p for p in placed if p.endswith(kind)]
        if len(mine) == len(SIDES):
            words.append(f"both {kind}s" if kind != "foot" else "both feet")
        else:
            words += [PLACES.get(p, p) for p in mine]
    if not words:
        return ""
    words = [" ".join(PLAIN.get(w, w) for w in text.split()) for text in words]
    head, last = words[:-1], words[-1]
    word = "sensor" if len(placed) == 1 else "sensors"
    return f"{word} on {', '.join(head)} and {last}" if head else f"{word} on {last}"


def header_facts(view: View) -> str:
    """The line below the title."""
    info = view.findings.info
    grade = f"{fixed(info.grade_pct, 1)} % grade" if info.grade_pct else None
    parts = [
        info.athlete.name or view.findings.name,
        start_words(view),
        distance_words(view),
        info.surface,
        grade,
        f"shoes {info.shoe}" if info.shoe else None,
        sensor_words(view),
    ]
    return " · ".join(p for p in parts if p)


def settings_digest(view: View) -> str:
    """First 12 hex digits of the settings' hash, or nothing."""
    settings = view.findings.run.get("settings") or {}
    if not settings:
        return ""
    found = settings.get("digest")
    if not found:
        found = hashlib.sha256(repr(sorted(settings.items())).encode()).hexdigest()
    return str(found)[:12]


def versions_words(view: View) -> str:
    """As "hipgait 0.1.0, python 3.11.2, numpy 2.3.1"."""
    versions = view.findings.run.get("versions") or {}
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def sensor_rows(view: View) -> list[dict[str, str]]:
    """The table of sensors: one row each."""
    out = []
    for placement, stream in (view.quality.get("streams") or {}).items():
        row = (view.quality.get("alignment") or {}).get(placement) or {}
        gaps = stream.get("gaps") or []
        lost = sum(float(b) - float(a) for a, b in gaps)
        out.append(
            {
                "place": PLACES.get(placement, placement),
                "side": next((s for s in SIDES if placement.startswith(s)), ""),
                "rate": _number(stream.get("rate_hz"), 1, " Hz"),
                "range": _ranges(stream),
                "clipped": _number(stream.get("clipped_pct"), 2, " %"),
                "missing": _number(stream.get("missing_pct"), 1, " %"),
                "gaps": f"{len(gaps)} ({fixed(lost, 1)} s)" if gaps else "none",
                "axes": str(row.get("method") or "–").replace("+", ", ").replace("_", " "),
                "yaw": _number(row.get("yaw_sd_deg"), 1, "°", "±"),
                "roll": _number(row.get("roll_sd_deg"), 1, "°", "±"),
                "format": str(stream.get("format") or "–").replace("_", " "),
            }
        )
    return out


def _ranges(stream: dict[str, Any]) -> str:
    acc, gyr = stream.get("acc_range_g"), stream.get("gyr_range_deg_s")
    parts = []
    if acc:
        parts.append(f"±{fixed(float(acc), 0)} g")
    if gyr:
        parts.append(f"±{fixed(float(gyr), 0)} °/s")
    return ", ".join(parts) or "not known"


def _number(value: float | None, digits: int, suffix: str, prefix: str = "") -> str:
    return "–" if value is None else f"{prefix}{fixed(float(value), digits)}{suffix}"
