"""Guessing a placement from the name of a file or a folder.

========== =====================================================================================
placement  words (any case; joined, spaced, CamelCase, ``_`` or ``-``)
========== =====================================================================================
pelvis     pelvis, sacrum, sacral, hip, hips, waist, lumbar, iliac, belt, lower back, L5, S1
shank      shank, tibia, shin, calf, ankle, crus, lower leg
thigh      thigh, femur, upper leg
foot       foot, feet, shoe, toe, instep, forefoot
side       left, l, lt, lhs / right, r, rt, rhs (also glued: ``LTibia``, ``rshank``)
========== =====================================================================================

Examples: "Left Lower Leg", "LTibia", "left_shank", "L_shank" -> left_shank; "RFemur" ->
right_thigh; "left_hip", "waist" -> pelvis. A name with two body parts, two sides, or a limb
without a side is not guessed.
"""

from __future__ import annotations

import re
from typing import Final

from hipgait.names import PELVIS, PLACEMENTS, SIDES

_PARTS: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("pelvis", "pelvic", "sacrum", "sacral", "hip", "hips", "waist", "lumbar", "iliac"), PELVIS
    ),
    **dict.fromkeys(("belt", "lowerback", "l5", "s1"), PELVIS),
    **dict.fromkeys(("shank", "tibia", "shin", "calf", "ankle", "crus", "lowerleg"), "shank"),
    **dict.fromkeys(("thigh", "femur", "upperleg"), "thigh"),
    **dict.fromkeys(("foot", "feet", "shoe", "toe", "instep", "forefoot"), "foot"),
}

_SIDES: Final[dict[str, str]] = {
    **dict.fromkeys(("left", "lt", "lhs", "l"), "left"),
    **dict.fromkeys(("right", "rt", "rhs", "r"), "right"),
}

_LESS_EXACT: Final[dict[str, str]] = {
    "hip": "on the iliac crest or hip, taken as a pelvis sensor of lower quality",
    "hips": "on the iliac crest or hip, taken as a pelvis sensor of lower quality",
    "waist": "at the waist, taken as a pelvis sensor of lower quality",
    "iliac": "on the iliac crest, taken as a pelvis sensor of lower quality",
    "belt": "on a belt, taken as a pelvis sensor of lower quality",
    "ankle": "at the ankle, taken as a shank sensor",
}


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = re.findall(r"[a-z]+\d?(?![a-z0-9])|[a-z]+", spaced.lower())
    out: list[str] = []
    for word in words:
        if out and out[-1] + word in _PARTS:  # "lower leg", "lower back", "upper leg"
            out[-1] += word
            continue
        glued = next(
            (
                [side, word[len(side) :]]
                for side in ("left", "right", "l", "r")
                if word.startswith(side) and word[len(side) :].rstrip("0123456789") in _PARTS
            ),
            [word],
        )
        out.extend([word] if word in _PARTS else glued)
    return [w if w in _PARTS else w.rstrip("0123456789") for w in out]


def guess_placement(name: str) -> str | None:
    """Placement that a name stands for, or None where it is not clear."""
    words = _words(name)
    parts = {_PARTS[w] for w in words if w in _PARTS}
    spelled = {_SIDES[w] for w in words if w in ("left", "right")}
    sides = spelled or {_SIDES[w] for w in words if w in _SIDES}
    if len(parts) != 1:
        return None
    part = parts.pop()
    if part == PELVIS:
        return PELVIS
    return f"{sides.pop()}_{part}" if len(sides) == 1 else None


def possible_placements(name: str) -> tuple[str, ...]:
    """Placements that a name leaves open: "ankle" both shanks, "left" all of the left leg.

    A single letter says no side where no body part stands beside it; a name that contradicts
    itself says nothing.
    """
    words = _words(name)
    parts = {_PARTS[w] for w in words if w in _PARTS}
    spelled = {_SIDES[w] for w in words if w in SIDES}
    sides = spelled or ({_SIDES[w] for w in words if w in _SIDES} if parts else set())
    if len(parts) > 1 or len(sides) > 1:
        return PLACEMENTS
    if parts == {PELVIS}:
        return (PELVIS,)
    left = [p for p in PLACEMENTS if not sides or p.split("_")[0] in sides]
    return tuple(p for p in left if not parts or p.split("_")[-1] in parts)


def placement_note(name: str) -> str | None:
    """What a reader of the report must know about a placement that was guessed."""
    return next((_LESS_EXACT[w] for w in _words(name) if w in _LESS_EXACT), None)
