"""What a recording and its analysis are called, by what is in them and not by where they lie.

A recording is known by the digests of its signal files: moved, renamed or imported twice it is the
same one. An analysis is known by its constants and by the version that made it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

DIGITS: Final = 24
"""Hex digits of an id: among 10 million recordings, two share one with a chance of 1e-15."""
SETTINGS_DIGITS: Final = 12
"""Hex digits of a settings digest in names of folders."""
RUN: Final = "run.json"
"""What an analysis found; written last."""
STRIDES: Final = "strides.parquet"
"""Its stride table."""
ABOUT: Final = ("run.toml", "session.json")
"""Files beside the signals that only tell of the run: a corrected shoe makes no other recording."""
ABOUT_ENDINGS: Final = (".run.toml", ".fit")


def digest_of(parts: Iterable[str]) -> str:
    """Id of a list of texts; their order counts."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:DIGITS]


def recording_id(inputs: Iterable[Mapping[str, Any]], otherwise: str = "") -> str:
    """Id of a recording from ``inputs`` of run.json ({path, sha256}).

    Parameters
    ----------
    inputs : the files that were read; those that only tell of the run do not count.
    otherwise : what stands for a recording that never was in a file (a digest of its results).
    """
    files = [f for f in inputs if f.get("sha256")]
    signals = [f for f in files if not tells_only(str(f.get("path", "")))]
    digests = sorted(str(f["sha256"]) for f in signals or files)
    return digest_of(digests or [otherwise])


def tells_only(path: str) -> bool:
    """Whether a file only tells of a run, by its name."""
    name = PurePosixPath(PureWindowsPath(path).as_posix()).name.lower()
    return name in ABOUT or name.endswith(ABOUT_ENDINGS)


def analysis_name(settings_digest: str, version: str) -> str:
    """Name of an analysis: ``<settings>-<version>``, fit for a folder."""
    return f"{settings_digest[:SETTINGS_DIGITS] or 'unknown'}-{version or 'unknown'}"


def local_start(document: Mapping[str, Any]) -> str | None:
    """When a run.json or control.json began, by the runner's clock; in UTC where only that is
    known; None where nothing is."""
    return document.get("start_local") or document.get("start_utc") or None
