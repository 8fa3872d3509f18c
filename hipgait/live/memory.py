"""Memory that the learning took, handed back to the system.

Learning copies minutes of samples and works on them; what it freed stays with the process, in pieces
that the C library keeps for later (glibc). An hour of following a runner needs none of it again.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable


def _trimmer() -> Callable[[int], int] | None:
    """``malloc_trim`` of glibc; None under other C libraries, which hand back by themselves."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return found


_TRIM = _trimmer()


def hand_back() -> None:
    """Give free memory back to the system, where the C library has to be told."""
    if _TRIM is not None:
        _TRIM(0)
