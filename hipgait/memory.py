"""Freed memory goes back to the system between the stages of an analysis.

glibc keeps freed blocks of up to 32 MB for itself; arrays of an hour are that large, and what one
stage freed would add to what the next one needs (measured: docs/validation.md, peak memory).
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


@cache
def _malloc_trim() -> Any:
    """The C library's malloc_trim, or None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # another C library
        return None


def give_back() -> None:
    """Return freed memory to the system, where that can be asked for (a few ms)."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)
