"""What the headings of a table say: sensor, quantity, axis and unit of every column.

``acc_x``, ``Accel X (g)``, ``GyroZ [deg/s]``, ``ax``, ``left_shank_gyr_y_rad_s``,
``Pelvis Acceleration X (m/s^2)``: words in any case, joined or apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from hipgait.names import G_MPS2

AXES: Final = "xyz"
_DEGREE: Final = float(np.pi / 180.0)
Unit = tuple[float, str]
"""SI value of one unit, and its name."""
ACC_UNITS: Final[dict[str, Unit]] = {
    **dict.fromkeys(("g", "gs", "gn"), (G_MPS2, "g")),
    "mg": (G_MPS2 / 1000.0, "mg"),
    **dict.fromkeys(("ms2", "mps2", "mss", "msec2", "ms"), (1.0, "m/s^2")),
}
"""By letters and digits alone; "ms" is m/s² in a text that is not UTF-8."""
GYR_UNITS: Final[dict[str, Unit]] = {
    **dict.fromkeys(
        ("degs", "degsec", "dps", "degpers", "degreess", "degreespersecond", "degss", "s"),
        (_DEGREE, "deg/s"),
    ),
    **dict.fromkeys(("mdps", "mdegs"), (_DEGREE / 1000.0, "mdps")),
    **dict.fromkeys(
        ("rads", "radsec", "rps", "radpers", "radianss", "radianspersecond"), (1.0, "rad/s")
    ),
}
"""By letters and digits alone; "s" is what is left of °/s."""
TIME_UNITS: Final[dict[str, Unit]] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), (1.0, "s")),
    **dict.fromkeys(("ms", "msec", "millis", "millisecond", "milliseconds"), (1e-3, "ms")),
    **dict.fromkeys(("us", "usec", "micros", "microseconds"), (1e-6, "us")),
    **dict.fromkeys(("ns", "nsec", "nanos", "nanoseconds"), (1e-9, "ns")),
}
_ACC: Final = ("acc", "accel", "acceleration", "accelerometer", "a")
_GYR: Final = (
    *("gyr", "gyro", "gyroscope", "omega", "angvel", "angularvelocity", "angularrate"),
    *("rotationrate", "rotrate", "angularspeed", "g", "w"),
)
_WORDS: Final = {**dict.fromkeys(_ACC, "acc"), **dict.fromkeys(_GYR, "gyr")}
_OTHER: Final = frozenset(
    ("linear", "lin", "free", "user", "gravity", "grav", "world", "global", "earth", "mag")
)
"""Words of quantities that are something else, though they may be called accelerations."""
_IDLE: Final = frozenset(("axis", "raw", "data", "value", "cal", "calibrated", "uncalibrated"))
_TIME: Final = (
    *("time", "timestamp", "t", "ts", "seconds", "elapsed", "epoch", "unix", "unixtime"),
    *("zeit", "zeitstempel", "uhrzeit", "temps", "tiempo", "tijd", "datetime", "date", "datum"),
)
"""The better sort of clock first."""
_SENSOR: Final = (
    *("placement", "segment", "location", "position", "bodypart", "sensor", "sensorname"),
    *("sensorid", "device", "devicename", "deviceid", "imu", "node", "name", "id"),
)
"""The better sort of names first."""


@dataclass(frozen=True)
class Headings:
    """Which columns hold what.

    time : column of the clock.  time_unit : as its heading says; None where it does not.
    sensors : sensor ("" where no heading names any) -> "acc", "gyr" -> its three columns.
    units : column -> unit as its heading says it, in letters and digits ("" where it does not).
    named_by : column that says which sensor a row is of; "" where there is none.
    """

    time: str
    time_unit: str
    sensors: dict[str, dict[str, tuple[str, ...]]]
    units: dict[str, str] = field(default_factory=dict)
    named_by: str = ""


def understood(names: Sequence[str]) -> Headings | None:
    """The headings of a table with a clock and an accelerometer; None for any other."""
    time = _best(names, _TIME)
    if time is None:
        return None
    found: dict[str, dict[str, dict[str, str]]] = {}
    units: dict[str, str] = {}
    for name in names:
        what = _sensed(name)
        if what is None or name == time:
            continue
        sensor, quantity, axis, unit = what
        found.setdefault(sensor, {}).setdefault(quantity, {}).setdefault(axis, name)
        units[name] = unit
    sensors = {
        sensor: {k: tuple(a[x] for x in AXES) for k, a in kinds.items() if len(a) == len(AXES)}
        for sensor, kinds in found.items()
    }
    sensors = {sensor: kinds for sensor, kinds in sensors.items() if "acc" in kinds}
    if not sensors:
        return None
    used = {time, *(n for kinds in sensors.values() for group in kinds.values() for n in group)}
    by = _best([n for n in names if n not in used], _SENSOR) if len(sensors) == 1 else None
    return Headings(time, _key(_unit_of(time)), sensors, units, by or "")


def _best(names: Sequence[str], words: Sequence[str]) -> str | None:
    """The column whose heading begins or ends with the first of these words."""
    for word in words:
        for name in names:
            told = _tokens(_without_unit(name))
            if told and (word in (told[0], told[-1], "".join(told))):
                return name
    return None


def _sensed(name: str) -> tuple[str, str, str, str] | None:
    """(sensor, quantity, axis, unit) of a heading; None where it is none of acc and gyr."""
    told = [w for w in _tokens(_without_unit(name)) if w not in _IDLE]
    if _OTHER.intersection(told):
        return None
    for k, word in enumerate(told):
        before, after = told[:k], told[k + 1 :]
        if word in AXES and len(word) == 1:
            if before and (hit := _quantity(before)):
                return _whole(*hit, word, after, name)
            if hit := _quantity(after[:1]):  # "x_acc"
                return _whole(" ".join(before), hit[1], word, after[1:], name)
        elif len(word) > 1 and word[-1] in AXES and (quantity := _WORDS.get(word[:-1])):
            return _whole(" ".join(before), quantity, word[-1], after, name)
    return None


def _quantity(told: Sequence[str]) -> tuple[str, str] | None:
    """(sensor, quantity) of words of which the last ones name the quantity."""
    for k in (2, 1):
        if len(told) >= k and (quantity := _WORDS.get("".join(told[-k:]))):
            return " ".join(told[:-k]), quantity
    return None


def _whole(
    sensor: str, quantity: str, axis: str, after: Sequence[str], name: str
) -> tuple[str, str, str, str]:
    """What comes after the axis is a unit, or names the sensor where it is none."""
    unit, rest = _key(_unit_of(name)), "".join(after)
    if rest and not unit and rest in (ACC_UNITS if quantity == "acc" else GYR_UNITS):
        return sensor, quantity, axis, rest
    return " ".join([sensor, *after]).strip(), quantity, axis, unit


def _unit_of(name: str) -> str:
    """What stands in brackets; after the clock's name, also what follows it."""
    found = re.search(r"[(\[]([^)\]]*)[)\]]?\s*$", name)
    if found:
        return found[1]
    told = _tokens(name)
    return told[-1] if len(told) > 1 and told[0] in _TIME and told[-1] in TIME_UNITS else ""


def _without_unit(name: str) -> str:
    return re.sub(r"[(\[][^)\]]*[)\]]?\s*$", "", name)


def _tokens(name: str) -> list[str]:
    """Words in lower case; CamelCase is taken apart."""
    plain = unicodedata.normalize("NFKC", name)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return re.findall(r"[^\W_]+", spaced.lower())


def _key(unit: str) -> str:
    """A unit in letters and digits alone (µ as u)."""
    plain = unicodedata.normalize("NFKC", unit).lower().replace("\u03bc", "u")
    return "".join(re.findall(r"[a-z0-9]", plain))
