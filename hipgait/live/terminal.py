"""The live view on a terminal: the same words, for a headless computer or one without a browser."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hipgait.live.shown import shown
from hipgait.live.state import LiveState

BARS: Final = "▁▂▃▄▅▆▇█"
WIDTH: Final = 40


def spark(values: list[float], width: int = WIDTH) -> str:
    """A line of bars, the newest at the right; empty for fewer than two values."""
    kept = values[-width:]
    if len(kept) < 2:
        return ""
    low, high = min(kept), max(kept)
    if high - low < 1e-9:
        return BARS[0] * len(kept)
    top = len(BARS) - 1
    return "".join(BARS[round(top * (v - low) / (high - low))] for v in kept)


def drawn(state: LiveState) -> RenderableType:
    """One screen of text."""
    page = shown(state)
    head = Text(page["clock"], style="bold")
    for part in (page["where"], f"{page['cadence']} spm"):
        if part:
            head.append(f"   {part}", style="not bold")
    said = page["say"]
    box = Panel(
        Text.assemble(
            (said["head"], "bold"), *(f"\n{t}" for t in (said["text"], *page["notices"]) if t)
        ),
        style="reverse" if said["cue"] else "",
    )
    parts: list[RenderableType] = [head]
    if page["sides"]:
        parts += [Text(page["title"]), _numbers(page)]
    return Group(*parts, box, _sensors(page))


def _numbers(page: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = ("", "level", "against fresh", "since the start", page["lean_name"])
    for name in columns if page["lean"] else columns[:-1]:
        table.add_column(name)
    for side, mark in (("left", "◀ left"), ("right", "right ▶")):
        one = page["sides"].get(side)
        if one is None:
            continue
        row = [
            mark,
            one["value"] + (page["unit"] if one["value"] != "–" else ""),
            one["note"],
            spark(one["trend"][1]),
        ]
        table.add_row(*row, *([page["lean"].get(side, "–")] if page["lean"] else []))
    return table


def _sensors(page: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for sensor in page["sensors"]:
        text = (sensor["name"], sensor["state"], sensor["battery"], sensor["trouble"])
        table.add_row(*(Text(t) for t in text), style="" if sensor["ok"] else "reverse")
    return table
