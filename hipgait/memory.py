"""Freed memory goes back to the system between the stages of an analysis.

glibc keeps freed blocks of up to 32 MB for itself; arrays of an hour are that large, and what one
stage freed would add to what the next one needs (measured: docs/validation.md, peak memory).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

SMALL: Final = {-1: 256 * 1024, -3: 256 * 1024, -8: 1}
"""M_TRIM_THRESHOLD, M_MMAP_THRESHOLD (bytes) and M_ARENA_MAX of glibc's malloc.h: larger blocks and
the free end of the heap go back at once, and all threads share one heap."""
USUAL: Final = {-1: 64 * 1024**2, -3: 32 * 1024**2, -8: 0}
"""The same as glibc sets them by itself once a program has freed large blocks."""


@cache
def _of_glibc(name: str) -> Any:
    """A function of the C library, or None where there is none."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError):  # another C library
        return None


def give_back() -> None:
    """Return freed memory to the system, where that can be asked for (a few ms)."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


@contextmanager
def kept_small() -> Iterator[None]:
    """Within it little is kept of what is freed, by whichever thread: for what runs for hours. An
    analysis would take 40 % longer: each of its arrays is fetched anew.
    """
    mallopt = _of_glibc("mallopt")
    _set(mallopt, SMALL)
    try:
        yield
    finally:
        _set(mallopt, USUAL)


def _set(mallopt: Any, options: Mapping[int, int]) -> None:
    if mallopt is not None:
        for option, value in options.items():
            mallopt(option, value)
