"""What is good, what needs care and what was not measured, from the quality section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from hipgait.metrics.support import NEVER
from hipgait.names import COLUMN_NAMES, PLACES
from hipgait.report.numbers import count, fixed, plural
from hipgait.report.pieces import minute
from hipgait.report.view import MODEL, View

MEASURED_HIP: Final = "measured hip adduction"
TOPICS: Final = (
    ("pelvic_drop_peak_sd", ""),
    ("pelvic_drop_ic", "level of the pelvis at landing and at its lowest"),
    ("pelvic_drop_peak_pct", "pelvic drop"),
    ("pelvic_drop_peak", "level of the pelvis at landing and at its lowest"),
    ("pelvic_drop_mean", "level of the pelvis at landing and at its lowest"),
    ("pelvic_drop", "pelvic drop"),
    ("pelvis_tilt_mean", "pelvic tilt"),
    ("pelvis_", "pelvic movement"),
    ("turn_rate", "bends"),
    ("shank_lean_excursion", "shank movement"),
    ("shank_lean_velocity", "shank movement"),
    ("shank_lean", "level of shank lean"),
    ("shank_", "shank movement"),
    ("knee_travel", "knee travel in mm"),
    ("knee_abduction", "knee angle"),
    ("hip_adduction_model", "hip adduction, modelled"),
    ("hip_adduction", MEASURED_HIP),
    ("peak_tibial", "impact at the shank"),
    ("peak_pelvis", "impact at the pelvis"),
    ("shock_att", "shock attenuation"),
    ("vertical_osc", "vertical oscillation"),
    ("leg_stiff", "leg stiffness"),
    ("speed", "speed and pace"),
    ("flight", "flight time"),
    ("step", "step time"),
)
"""start of a column's name -> words; the first that fits"""

_PELVIS_LEVEL: Final = "level of the pelvis at landing and at its lowest"
IMPLIED: Final = {
    "pelvic drop": (_PELVIS_LEVEL, "pelvic movement", "pelvic tilt", "bends"),
    "shank movement": ("level of shank lean", "knee travel in mm"),
}
"""topic -> topics that need not be named beside it"""

SLOW_HZ: Final = 100.0
"""below this rate impacts read low"""
LOW_QUALITY: Final = 0.5
LONG_GAP_S: Final = 2.0
"""shorter gaps are told as bursts, s"""
UNCERTAIN_DEG: Final = 2.0
"""a level with a larger stated SD is told as uncertain"""
MOST_NOTES: Final = 6


@dataclass(frozen=True)
class QualityWords:
    """Three lists of short texts."""

    good: list[str]
    care: list[str]
    missing: list[str]


def quality_words(view: View) -> QualityWords:
    """The three columns below the timelines."""
    lists = (_good(view), _care(view), _missing(view))
    return QualityWords(*([_plain(text) for text in lines] for lines in lists))


def _plain(text: str) -> str:
    """One style for texts of all modules: small first letter, no full stop, true apostrophe."""
    words = text.replace("'", "’").strip().removesuffix(".")
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _streams(view: View) -> dict[str, dict[str, Any]]:
    return dict(view.quality.get("streams") or {})


def _good(view: View) -> list[str]:
    quality = view.quality
    stances = quality.get("stances") or {}
    out = []
    n, valid = int(stances.get("n") or 0), int(stances.get("valid") or 0)
    if n and valid >= 0.9 * n:
        out.append(f"{count(valid)} of {count(n)} steps usable")
    protocol = quality.get("protocol") or {}
    standing = sum(float(b) - float(a) for a, b in protocol.get("standing") or [])
    if standing >= 1.0 and not view.no_zero:
        out.append(f"you stood still for {standing:.0f} s: this sets the zero of the angles")
    moves = _moves(protocol)
    if moves:
        out.append(f"{moves} found: they set the direction of the axes")
    streams = _streams(view)
    if "pelvis" in streams and not view.slip and valid >= 100 and quality.get("alignment"):
        out.append("no sign that a sensor slipped")
    clipped = (stances.get("by_reason") or {}).get("clipped")
    if streams and n and not clipped and not _range_unknown(streams):
        out.append("no landing reached a sensor’s range")
    if streams and all(not s.get("gaps") for s in streams.values()):
        out.append("no gap in the data")
    return out


def _range_unknown(streams: dict[str, dict[str, Any]]) -> list[str]:
    """Places of the sensors whose range is not known."""
    return [PLACES.get(p, p) for p, s in streams.items() if not s.get("acc_range_g")]


def _moves(protocol: dict[str, Any]) -> str:
    parts = []
    if protocol.get("bows"):
        parts.append(plural(int(protocol["bows"]), "bow"))
    kicks = min(int(protocol.get("kicks_left") or 0), int(protocol.get("kicks_right") or 0))
    if kicks:
        parts.append(f"{plural(kicks, 'heel kick')} a side")
    return " and ".join(parts)


def _care(view: View) -> list[str]:
    quality = view.quality
    out = [*_care_events(view), *_care_alignment(view)]
    speed = (quality.get("speed") or {}).get("source")
    if speed == "none" and len(view.ic_s):
        out.append("speed not known: no pace, and bends cannot be corrected")
    for placement, stream in _streams(view).items():
        rate = stream.get("rate_hz")
        if rate and round(float(rate)) < SLOW_HZ:
            where = PLACES.get(placement, placement)
            out.append(f"{where} at {fixed(float(rate), 0)} Hz: impacts read low")
        out += [f"{PLACES.get(placement, placement)}: {note}" for note in stream.get("notes") or []]
    out += [str(note) for note in (quality.get("notes") or [])[:MOST_NOTES]]
    return list(dict.fromkeys(out))


def _care_events(view: View) -> list[str]:
    quality = view.quality
    stances = quality.get("stances") or {}
    n, valid = int(stances.get("n") or 0), int(stances.get("valid") or 0)
    reasons = stances.get("by_reason") or {}
    out = []
    slip = view.slip
    if slip and slip.get("at_s") is not None:
        where = PLACES.get(str(slip.get("placement")), "a")
        out.append(
            f"{where} sensor slipped at {minute(view, float(slip['at_s']))} by "
            f"{float(slip.get('size_deg') or 0):.0f}°: what follows is left out"
        )
    if n and valid < 0.9 * n:
        out.append(f"only {count(valid)} of {count(n)} steps usable")
    clipped = int(reasons.get("clipped") or 0)
    if clipped and n:
        share = 100.0 * clipped / n
        told = f"{fixed(share, 1)} %" if share >= 0.1 else "a few"
        out.append(f"{told} of landings reached the sensor’s range{_range(view)}: "
                   "impact is a lower bound")  # fmt: skip
    unknown = _range_unknown(_streams(view))
    if unknown and n and not clipped:
        where = "" if len(unknown) == len(_streams(view)) else f" of {' and '.join(unknown)}"
        out.append(
            f"range{where} not known (no [sensors] in run.toml): whether a landing reached it "
            "cannot be told"
        )
    out += _care_gaps(view)
    turns = quality.get("turns") or {}
    if turns.get("stances"):
        bends = plural(len(turns.get("intervals") or []), "bend")
        out.append(f"{bends} ({plural(int(turns['stances']), 'step')}) left out of the angles")
    stops = view.stops
    if stops:
        total = sum(b - a for a, b in stops)
        out.append(f"{plural(len(stops), 'stop')} ({total:.0f} s) left out")
    walked = int(stances.get("walk") or 0)
    if walked and stances.get("run"):
        out.append(f"{plural(walked, 'walking step')} left out of the findings")
    return out


def _care_gaps(view: View) -> list[str]:
    """Long gaps sensor by sensor; short bursts in one line."""
    out = []
    short = []
    for placement, stream in _streams(view).items():
        lengths = [float(b) - float(a) for a, b in stream.get("gaps") or []]
        long = [s for s in lengths if s >= LONG_GAP_S]
        if long:
            where = PLACES.get(placement, placement)
            out.append(f"{where}: no data for {fixed(sum(long), 0)} s")
        share = float(stream.get("missing_pct") or 0.0)
        if not long and share >= 0.05:
            short.append(share)
    if short:
        ends = [fixed(v, 1) for v in (min(short), max(short))]
        told = ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
        out.append(f"{told} % of the samples missing, in short bursts")
    return out


def _range(view: View) -> str:
    ranges = [s.get("acc_range_g") for s in _streams(view).values()]
    found = {float(r) for r in ranges if r is not None}
    return f" ({fixed(found.pop(), 0)} g)" if len(found) == 1 else ""


def _care_alignment(view: View) -> list[str]:
    quality = view.quality
    out = []
    if view.no_zero and any(s.get("gyr_range_deg_s") for s in _streams(view).values()):
        out.append("nobody stood still: levels of one side are not known, changes are")
    for placement, row in (quality.get("alignment") or {}).items():
        grade = row.get("quality")
        where = PLACES.get(placement, placement)
        if grade is not None and float(grade) < LOW_QUALITY:
            out.append(f"{where} sensor: direction known only to ±{_deg(row.get('yaw_sd_deg'))}")
        out += [f"{where}: {note}" for note in row.get("notes") or []]
    for name, sd in (quality.get("angle_sd_deg") or {}).items():
        if name.startswith("shank_lean_mean.") and float(sd) >= UNCERTAIN_DEG and not view.no_zero:
            side = name.split(".")[1]
            if f"{side}_shank" in _streams(view):
                out.append(f"level of {side} shank lean uncertain by ±{_deg(1.96 * float(sd))}")
    return out


def _deg(value: float | None) -> str:
    return "–" if value is None else f"{fixed(float(value), 0)}°"


def _missing(view: View) -> list[str]:
    """Reasons grouped: one line a reason, naming what it takes away."""
    given: dict[str, str] = view.quality.get("not_measured") or {}
    groups: dict[str, list[str]] = {}
    told = []
    for key, sentence in given.items():
        text = str(sentence)
        if key not in COLUMN_NAMES:
            told.append(text)
            continue
        topic = next((w for start, w in TOPICS if key.startswith(start)), key.replace("_", " "))
        if topic == MEASURED_HIP and len(view.blocks(MODEL).value):
            topic += " (the table’s is modelled)"
        if topic:
            topics = groups.setdefault(text, [])
            if topic not in topics:
                topics.append(topic)
    lines = [_line(_short(topics), reason) for reason, topics in groups.items()]
    if "knee_abduction_deg" in given and "knee_angle" in given:
        told = [t for t in told if t != NEVER["knee_angle"]]
    return [*lines, *told]


def _short(topics: list[str]) -> list[str]:
    """Without what goes without saying once the larger topic is named."""
    implied = {t for whole, parts in IMPLIED.items() if whole in topics for t in parts}
    return [t for t in topics if t not in implied]


def _line(topics: list[str], reason: str) -> str:
    side, colon, rest = reason.partition(" side: ")
    text = ", ".join(topics)
    if colon and side in ("left", "right"):
        return f"{text} of the {side} side: {rest}"
    return f"{text}: {reason}"
