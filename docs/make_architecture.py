"""Writes docs/img/layers.svg from the layers that tests/test_imports.py holds the code to."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "img" / "layers.svg"
WIDTH, BOX, GAP = 640, 40, 14

SAYS = {
    "names": "words, units, constants, errors, plug-ins",
    "recording": "one object for every sensor's signals",
    "io": "readers and writers; beside them a simulated runner",
    "ble": "sensors over Bluetooth into captures",
    "kinematics": "orientation, alignment, segment angles",
    "strides": "contacts, one row a stance",
    "sync": "sensors with clocks of their own, by the gait",
    "metrics": "the columns of the stride table",
    "stats": "drift, before against after, reliability",
    "strength": "programme, journal, guidance",
    "report": "pages, figures, exports",
    "unnamed": "files without names; what a run is to the user",
    "api": "read, analyze, compare",
    "agreement": "beside a laboratory's reference",
    "library": "many runs: over months, by the thousand",
    "live": "the same functions on the last seconds",
    "cli": "parse, call, print",
}
"""first part of a layer -> what it is for"""


def render() -> str:
    """The picture: data flow down, imports go up."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from tests.test_imports import LAYERS

    height = len(LAYERS) * (BOX + GAP) + GAP
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            'font-family="system-ui, sans-serif">'
        ),
        "<title>The layers of hipgait: a module imports its own package and those above it</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for i, layer in enumerate(LAYERS):
        y = GAP + i * (BOX + GAP)
        if i:
            x = WIDTH / 2
            out.append(
                f'<path d="M{x:g} {y - GAP}v{GAP - 5}m-4 0l4 5l4 -5z" stroke="#767676" '
                'fill="#767676"/>'
            )
        out.append(
            f'<rect x="10" y="{y}" width="{WIDTH - 20}" height="{BOX}" rx="5" fill="#efede6" '
            'stroke="#cfcdc6"/>'
        )
        hidden = ("settings_kinematics", "settings_sensors", "memory", "threads")
        shown = [n for n in layer if n not in hidden]
        out.append(
            f'<text x="22" y="{y + 17}" font-size="13" font-weight="600" fill="#1a1a1a">'
            f"{', '.join(shown)}</text>"
        )
        out.append(
            f'<text x="22" y="{y + 32}" font-size="11" fill="#595959">{SAYS[layer[0]]}</text>'
        )
    return "\n".join([*out, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(render(), "utf-8")
