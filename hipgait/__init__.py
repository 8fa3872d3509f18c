"""hipgait: pelvic drop and knee tracking in running, from consumer IMUs.

``import hipgait as hg`` is light: names are imported when they are first used (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_LAZY = {
    "Recording": "hipgait.recording",
    "SensorStream": "hipgait.recording",
    "RunInfo": "hipgait.recording",
    "Athlete": "hipgait.recording",
    "Settings": "hipgait.settings",
    "HipgaitError": "hipgait.errors",
    "RunResult": "hipgait.results",
    "read": "hipgait.api",
    "analyze": "hipgait.api",
    "load": "hipgait.results",
    "compare": "hipgait.api",
    "agree": "hipgait.agreement",
    "Comparison": "hipgait.stats.compare",
    "Plan": "hipgait.stats.plan",
}

_MODULES = ("batch", "library")
"""Used under their own names: ``hg.library.query(...)``."""

__all__ = ["__version__", *sorted([*_LAZY, *_MODULES])]

if TYPE_CHECKING:
    from hipgait import batch, library
    from hipgait.agreement import agree
    from hipgait.api import analyze, compare, read
    from hipgait.errors import HipgaitError
    from hipgait.recording import Athlete, Recording, RunInfo, SensorStream
    from hipgait.results import RunResult, load
    from hipgait.settings import Settings
    from hipgait.stats.compare import Comparison
    from hipgait.stats.plan import Plan


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name in _MODULES:
        return import_module(f"hipgait.{name}")
    raise AttributeError(f"module 'hipgait' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
