"""Palette, sizes and side marks of every page and figure.

Colour means side and nothing else. Contrast against the paper is at least 4.5:1 for text and
3:1 for marks; left and right differ by line (solid, dashed) and mark as well as by hue.
"""

from __future__ import annotations

from typing import Final, NamedTuple

PAPER: Final = "#FFFFFF"
INK: Final = "#1A1A1A"
INK2: Final = "#595959"
"""second text, 7.0:1"""
INK3: Final = "#767676"
"""axes, 4.5:1"""
RULE: Final = "#CFCDC6"
BAND: Final = "#EFEDE6"
"""changes too small to matter"""
BAND_EDGE: Final = "#BDBAB0"
INTERVAL: Final = "#C9C6BC"
"""a mean's interval, drawn as an area"""
BLOCK: Final = "#F6F5F1"
"""the strength block behind the runs"""
USED: Final = "#B9B6AC"
"""data that were used, in the timelines"""
PALE: Final = "#E3E0D6"
"""data that were used in part"""
HATCH: Final = "#D5D3CC"


class SideStyle(NamedTuple):
    """How one side looks.

    dash : on/off lengths in line widths' px, () = solid.
    marker : matplotlib's name of the triangle that points to the side.
    """

    name: str
    colour: str
    earlier: str
    tint: str
    dash: tuple[float, ...]
    marker: str
    tag: str


LEFT: Final = SideStyle("left", "#00578A", "#528FBA", "#A9C7DC", (), "<", "◀ left")
RIGHT: Final = SideStyle("right", "#B04A00", "#BF7B3A", "#E3BF9F", (6.0, 2.6), ">", "right ▶")
SIDE_STYLES: Final = {"left": LEFT, "right": RIGHT}

AXIS_PX: Final = 12.0
"""smallest text on the screen, px (6.1 pt on A4 at 68 %)"""
LABEL_PX: Final = 13.0
SIDE_EFFECT_PX: Final = 16.0
EFFECT_PX: Final = 22.0

WIDE_PX: Final = 746
"""width of a main figure on a large screen, px"""
NARROW_PX: Final = 343
"""width of a figure on a phone of 375 px, px"""

FONTS: Final = ("Segoe UI", "Roboto", "Helvetica Neue", "Arial", "Liberation Sans")
"""looked for in this order; nothing is downloaded"""
CSS_FONTS: Final = ", ".join(f"'{f}'" for f in FONTS) + ", sans-serif"
