"""WitMotion (WT901BLE and relatives): text of the phone and computer programs and of the SDK.

``time,DeviceName,ChipTime(),AccX(g),...,AsX(deg/s)``, ``Time,Device name,Chip Time(),Acceleration
X(g),...,Angular velocity X(deg/s)`` (the degree sign in Latin-1, GBK or UTF-8), ``address Time(s)
ax(g) ... wx(deg/s)`` after a ``StartTime:`` line, and the SDK's ``Chiptime ax(g) ...``; tabs or
commas, English or Chinese. Several sensors share one file, a column names them. The phone's time
is that of delivery; the sensor's own (chip) time is taken where it keeps step with it. Sources:
headers written by WitMotion's SDK examples and read by github.com/AdrianEddy/telemetry-parser
(src/witmotion) and other public readers; no recording was at hand. Full scale by the protocol
(WT901BLECL data sheet: 16 g and 2000 deg/s over 32768).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import numpy as np

from hipgait.errors import FormatError
from hipgait.io.csvfile import finish, scaled
from hipgait.io.exports.companions import take
from hipgait.io.exports.daytime import Text, clock_seconds, mixed_columns, pc, text_columns
from hipgait.io.exports.headings import understood
from hipgait.io.files import Source
from hipgait.io.plausible import Units
from hipgait.io.reading import Reading
from hipgait.io.runinfo import SensorOptions
from hipgait.io.stamps import even_out, held
from hipgait.io.tables import Table, as_text, find_header, lines_of, read_columns, split
from hipgait.names import G_MPS2
from hipgait.recording import FloatArray

NAME: Final = "witmotion"
LABEL: Final = "WitMotion"
FOLDERED: Final = False

RANGES: Final = (16.0 * G_MPS2, float(np.radians(2000.0)))
AGREE: Final = 0.02
"""The sensor's clock is believed where its span differs less from the phone's."""

_ACC: Final = ("a{}", "acc{}", "acceleration{}", "加速度{}")
_GYR: Final = ("w{}", "as{}", "angularvelocity{}", "角速度{}")
_PHONE: Final = ("time", "epochtime", "ime", "时间", "系统时间")
_CHIP: Final = ("chiptime", "片上时间")
_DEVICE: Final = ("devicename", "address", "设备名称")


def matches(head: bytes, source: Source) -> bool:
    """A line with the three accelerations in g by one of WitMotion's names, and a time; not where
    the gyroscope has another name than WitMotion gives it."""
    lines = lines_of(head)
    line = _header_line(lines)
    if line is None:
        return False
    names = split(lines[line - 1], max("\t;,", key=lines[line - 1].count))
    heads = understood(names)
    others = heads is not None and any("gyr" in kinds for kinds in heads.sensors.values())
    return not others or _axes(tuple(names), _GYR) is not None


def parts(source: Source) -> list[str]:
    """The devices in a file, as it names them; empty where it does not."""
    cells = _texts(source)[2].get("device")
    return [] if cells is None else [d for d in cells.unique().to_pylist() if d]


def hint(source: Source) -> str:
    """The device's name, which its owner may have changed."""
    return source.part or next(iter(parts(source)), "")


def read(source: Source, placement: str, options: SensorOptions) -> Reading:
    """Read one device of a file.

    Raises
    ------
    FormatError : no acceleration, no clock, or rows that cannot be understood.
    """
    path = source.path
    table, wanted, text = source.shared.once("parsed", lambda: _parsed(source))
    names = table.header.names
    acc_names, gyr_names = _axes(names, _ACC), _axes(names, _GYR)
    assert acc_names is not None
    notes = list(table.notes)
    if source.part:
        mine = pc.equal(text["device"], source.part)
        table = take(table, np.asarray(mine))
        text = {k: v.filter(mine) for k, v in text.items()}
    time, start, dated = _clock(table, wanted, text, notes)
    known = np.isfinite(time)
    if not known.all():
        notes.append(f"{int((~known).sum())} rows without a readable time left out")
        table, time = take(table, known), time[known]
    acc = scaled([table.columns[n] for n in acc_names], G_MPS2)
    gyr, unit, word = None, float(np.pi / 180.0), "deg/s"
    if gyr_names is not None:
        unit, word = (1.0, "rad/s") if "rad/s" in gyr_names[0].lower() else (unit, word)
        gyr = scaled([table.columns[n] for n in gyr_names], unit)
    twice = held(acc if gyr is None else np.column_stack([acc, gyr]))
    if twice.mean() <= 0.01:  # a still sensor may well measure the same again
        twice &= np.diff(time, prepend=np.nan) == 0
    if twice.any():
        notes.append(f"{int(twice.sum())} rows that repeat the sample before left out")
        table, time, acc = take(table, ~twice), time[~twice], acc[~twice]
        gyr = None if gyr is None else gyr[~twice]
    if len(time) < 2:
        raise FormatError(path, "fewer than two samples", "Export the whole recording")
    stream = finish(
        table,
        even_out(time, notes),
        acc,
        gyr,
        placement=placement,
        options=options,
        fmt=NAME,
        notes=notes,
        units=Units(G_MPS2, "g", unit, word),
        names=(names[0], acc_names, gyr_names or ("wx", "wy", "wz")),
        ranges=RANGES,
        zero=True,
    )
    return Reading(stream, "calendar" if dated else f"{path}", start, exact=False)


def _parsed(source: Source) -> tuple[Table, dict[str, str], dict[str, Text]]:
    """The numbers of all the devices of a file; names and cells of its columns of text."""
    table, wanted, text = _texts(source)
    if table.columns:
        return table, wanted, text
    parsed = read_columns(table.path, table.data, table.header, _numbers(table))
    parsed = replace(parsed, notes=(*table.notes, *parsed.notes))
    if any(len(cells) != parsed.n for cells in text.values()):  # a last line that is cut off
        text = dict(zip(wanted, text_columns(parsed, list(wanted.values())), strict=True))
    return parsed, wanted, text


def _texts(source: Source) -> tuple[Table, dict[str, str], dict[str, Text]]:
    """A file's table, with its numbers where they are easily had; names and cells of its columns
    of text. Kept: this tells the devices, too."""

    def found() -> tuple[Table, dict[str, str], dict[str, Text]]:
        table = _open(source)
        names = (_find(table.header.names, words) for words in (_PHONE, _CHIP, _DEVICE))
        wanted = {k: n for k, n in zip(("phone", "chip", "device"), names, strict=True) if n}
        texts = list(wanted.values())
        mixed = mixed_columns(table, texts, _numbers(table))
        cells, table = mixed if mixed is not None else (text_columns(table, texts), table)
        return table, wanted, dict(zip(wanted, cells, strict=True))

    return source.shared.once("texts", found)


def _numbers(table: Table) -> list[str]:
    """The columns of acceleration and, where there are any, of angular velocity."""
    names = table.header.names
    return [*(_axes(names, _ACC) or ()), *(_axes(names, _GYR) or ())]


def _plain(name: str) -> str:
    """A column's name without unit, spaces and case."""
    return re.sub(r"[\s_]", "", re.sub(r"\(.*", "", name)).lower()


def _find(names: tuple[str, ...] | list[str], words: tuple[str, ...]) -> str | None:
    return next((n for n in names if _plain(n) in words), None)


def _axes(names: tuple[str, ...] | list[str], words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The three columns of a sensor."""
    plain = {_plain(n): n for n in reversed(names)}
    for word in words:
        wanted = [word.format(a) for a in "xyz"]
        if all(w in plain for w in wanted):
            return tuple(plain[w] for w in wanted)
    return None


def _header_line(lines: list[str]) -> int | None:
    """1-based line of the header."""
    for number, line in enumerate(lines[:20], start=1):
        cells = split(line, max("\t;,", key=line.count))
        acc = _axes(cells, _ACC)
        timed = _find(cells, _PHONE) or _find(cells, _CHIP)
        if acc is not None and timed and all("(g)" in a.lower() for a in acc):
            return number
    return None


def _open(source: Source) -> Table:
    """The table without its columns; headers that are written again in between count as blank
    lines."""
    path = source.path
    data = as_text(path, source.read())
    line = _header_line(lines_of(data[:65536]))
    if line is None:
        raise FormatError(path, "no column of acceleration in g", "Export again")
    header = find_header(path, data, line)
    notes: tuple[str, ...] = ()
    again = data[data.rfind(b"\n", 0, header.start - 1) + 1 : header.start - 1].rstrip(b"\r")
    times = data.count(b"\n" + again, header.start - 1)
    if times:
        data = data[: header.start - 1] + data[header.start - 1 :].replace(b"\n" + again, b"\n")
        notes = (f"the header is written {times} times more in between",)
    return Table(path, data, header, {}, notes)


def _clock(
    table: Table, names: dict[str, str], text: dict[str, Text], notes: list[str]
) -> tuple[FloatArray, float, bool]:
    """(n,) s for the rows of one device, start by the phone's clock, whether that has a date."""
    phone, dated = _stamps(table, names, text, "phone")
    chip, chip_dated = _stamps(table, names, text, "chip")
    if chip is not None and _runs(chip):
        if phone is None:
            return chip, _first(chip), chip_dated
        span, other = (float(np.nanmax(t) - np.nanmin(t)) for t in (chip, phone))
        if abs(span - other) < max(AGREE * other, 1.0):
            notes.append("time of the sensor's own clock")
            return chip, _first(phone), dated
        notes.append(f"the sensor's clock runs {span:.1f} s where the phone's runs {other:.1f} s")
    if phone is None:
        raise FormatError(
            table.path, "no readable time", "Record again with the time", line=table.header.line
        )
    return phone, _first(phone), dated


def _stamps(
    table: Table, names: dict[str, str], text: dict[str, Text], which: str
) -> tuple[FloatArray | None, bool]:
    """A time column, or None where there is none or it cannot be read."""
    if which not in text:
        return None, False
    try:
        return clock_seconds(table, names[which], text[which])
    except FormatError:
        return None, False


def _runs(time: FloatArray) -> bool:
    """Whether a clock was set and moves on with (nearly) every sample."""
    known = time[np.isfinite(time)]
    return len(known) > 0.99 * len(time) > 2 and float((np.diff(known) > 0).mean()) > 0.95


def _first(time: FloatArray) -> float:
    known = time[np.isfinite(time)]
    return float(known[0]) if len(known) else 0.0
