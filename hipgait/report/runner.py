"""The runner from behind, with the pelvis tilted by the measured angle: no exaggeration."""

from __future__ import annotations

import numpy as np

from hipgait.report.canvas import Canvas
from hipgait.report.numbers import level
from hipgait.report.style import INK, INK2, INK3, RULE, SIDE_STYLES
from hipgait.report.view import View

WIDTH, HEIGHT = 262.0, 176.0
PELVIS = 86.0
"""drawn width of the pelvis, px"""
DROP = "pelvic_drop_excursion"


def runner(view: View) -> Canvas | None:
    """Left and right stance; dotted at landing, thin fresh, thick at the end."""
    told: dict[str, tuple[float | None, float]] = {}
    for side in view.sides:
        entry = view.entry(DROP, side)
        early, late = entry.get("early"), entry.get("late")
        mean = view.mean(DROP, side)
        if early is not None and late is not None and not view.slip:
            told[side] = (float(early), float(late))
        elif mean is not None:
            told[side] = (None, mean)
    if not told:
        return None
    canvas = Canvas(WIDTH, HEIGHT, _title(told))
    for side, angles in told.items():
        _stance(canvas, side, *angles)
    return canvas


def _stance(canvas: Canvas, side: str, fresh: float | None, end: float) -> None:
    """One leg on the ground; the pelvis falls on the other side."""
    style = SIDE_STYLES[side]
    out = -1.0 if side == "left" else 1.0  # towards the stance side
    hip_x = WIDTH / 2 + out * 107
    hip_y = 62.0
    middle = hip_x - out * PELVIS / 2
    tip = _tip(hip_x, hip_y, out, end)
    # head and trunk; stance leg; swing leg hanging from the lower side
    turn = np.linspace(0, 2 * np.pi, 40)
    canvas.line(middle + 9 * np.cos(turn), 14 + 9 * np.sin(turn), INK2, 2.4)
    canvas.line((middle, middle), (23, hip_y - 3), INK2, 3.0)
    foot = hip_x - out * 13
    canvas.line((tip[0], tip[0] - out * 2, tip[0] + out * 1), (tip[1], tip[1] + 34, tip[1] + 62),
                RULE, 3.0, cap="round")  # fmt: skip
    canvas.line((hip_x, hip_x - out * 9, foot, foot + out * 12), (hip_y, 108, 152, 152),
                INK2, 3.0, cap="round")  # fmt: skip
    canvas.line((hip_x, hip_x - out * (PELVIS + 9)), (hip_y, hip_y), INK3, 1.2, (2.0, 2.4))
    canvas.line((hip_x, tip[0]), (hip_y, tip[1]), style.colour, 5.0, cap="round")
    if fresh is not None:
        far = _tip(hip_x, hip_y, out, fresh, PELVIS + 9)
        canvas.line((hip_x, far[0]), (hip_y, far[1]), INK, 1.3)
    name = "◀ left stance" if side == "left" else "right stance ▶"
    canvas.text(middle + out * 6, 171, name, 13, style.colour, anchor="middle", bold=True)


def _tip(
    x: float, y: float, out: float, degrees: float, length: float = PELVIS
) -> tuple[float, float]:
    angle = np.radians(degrees)
    return x - out * length * float(np.cos(angle)), y + length * float(np.sin(angle))


def _title(told: dict[str, tuple[float | None, float]]) -> str:
    parts = []
    for side, (fresh, end) in told.items():
        if fresh is None:
            parts.append(f"{side} stance {level(end, 'deg')}")
        else:
            parts.append(
                f"{side} stance {level(fresh, 'deg')} fresh, {level(end, 'deg')} at the end"
            )
    return f"Runner from behind, the pelvis falling towards the swinging leg: {'; '.join(parts)}."
