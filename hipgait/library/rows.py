"""From run.json to the rows of the index."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hipgait.errors import FormatError
from hipgait.io.documents import json_document
from hipgait.io.identity import analysis_name, recording_id
from hipgait.library.store import UNDATED
from hipgait.names import OUTCOMES, POOLED, SIDES
from hipgait.strength.check_run import as_check_run

MAJOR: Final = "1"
"""Major version of run.json that is read. Within it keys are only added: what an older file lacks
is empty in the index."""

_STAGES: Final = ("dev", "a", "b", "rc", "", "post")
"""of a version, in their order; "" is the release itself"""
_VERSION: Final = re.compile(
    r"v?(?P<release>\d+(\.\d+){0,3})"
    r"([-._]?(?P<pre>a|b|rc)[-._]?(?P<number>\d*))?"
    r"([-._]?post(?P<post>\d+))?([-._]?dev(?P<dev>\d+))?([+].*)?$"
)

OutcomeRow = tuple[Any, ...]
"""outcome, side, mean, sd, n, drift, drift_low, drift_high, verdict"""


def read_document(path: Path, raw: bytes) -> dict[str, Any]:
    """A run.json. Raises FormatError where it is damaged or of another major version."""
    document = json_document(path, raw, dict[str, Any], "Analyse the run again")
    version = str(document.get("schema_version", ""))
    if version.split(".")[0] != MAJOR:
        raise FormatError(
            path,
            f"version {version!r}, and this hipgait reads {MAJOR}.x",
            "Update hipgait, or analyse the run again",
        )
    for key in ("summary", "drift", "quality"):
        if not isinstance(document.get(key), dict):
            raise FormatError(path, f"no {key}", "Analyse the run again")
    return document


def rows_of(
    path: Path, document: Mapping[str, Any], otherwise: str
) -> tuple[dict[str, Any], list[OutcomeRow]]:
    """Row of ``runs`` and rows of ``outcomes``.

    otherwise : what stands for a recording that never was in a file.

    Raises
    ------
    FormatError : a value is not what analyze writes there.
    """
    try:
        row = run_row(document, recording_id(document.get("inputs") or [], otherwise))
        outcomes = list(outcome_rows(document))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise _odd(path, " ".join(str(error).split())) from None
    for value in (*row.values(), *(v for o in outcomes for v in o)):
        if value is not None and not isinstance(value, str | int | float):
            raise _odd(path, f"{value!r:.40} where a number or a text belongs")
    return row, outcomes


def _odd(path: Path, what: str) -> FormatError:
    return FormatError(path, f"not as analyze writes it ({what})", "Analyse the run again")


def run_row(document: Mapping[str, Any], recording: str) -> dict[str, Any]:
    """Columns of ``runs`` that run.json tells. ``athlete`` is a name here ("" where unknown)."""
    info, quality = document.get("info") or {}, document.get("quality") or {}
    versions = document.get("versions") or {}
    version = str(versions.get("hipgait") or "")
    digest = str((document.get("settings") or {}).get("digest") or "")
    start = _start(document.get("start_utc"))
    whole = quality.get("whole_s") or quality.get("analysed_s")
    return {
        "recording": recording,
        "analysis": analysis_name(digest, version),
        "rank": version_rank(version),
        "athlete": str((info.get("athlete") or {}).get("name") or ""),
        "start_utc": None if start is None else start.isoformat(),
        "start_local": _local(document),
        "month": UNDATED if start is None else f"{start:%Y-%m}",
        "name": str(document.get("name") or ""),
        "minutes": (float(whole[1]) - float(whole[0])) / 60.0 if whole else None,
        "speed_mps": info.get("speed_mps") or (quality.get("speed") or {}).get("mps"),
        "shoe": info.get("shoe"),
        "surface": info.get("surface"),
        "zero": document.get("zero"),
        "fatigued": info.get("fatigued"),
        "withdrawn": quality.get("withdrawn"),
        "check_run": int(as_check_run(document) is not None),
    }


def version_rank(version: str) -> str:
    """A text that sorts as versions do: 1.0.dev3, 1.0a1, 1.0rc2, 1.0, 1.0.post1, 1.0.1, 1.10.

    What is no version of Python's kind (PEP 440) sorts below all others.
    """
    found = _VERSION.match(version.strip().lower())
    if found is None:
        return ""
    numbers = [int(n) for n in found["release"].split(".")]
    release = ".".join(f"{n:06d}" for n in (*numbers, *[0] * (4 - len(numbers))))
    stage, count = ("post" if found["post"] else "", found["post"])
    if found["pre"]:
        stage, count = found["pre"], found["number"]
    elif found["dev"] and not stage:
        stage = "dev"
    final = "0" if found["dev"] else "1"  # a dev release comes before what it becomes
    stage_at, number, dev = _STAGES.index(stage), int(count or 0), int(found["dev"] or 0)
    return f"{release}-{stage_at}{number:06d}{final}{dev:06d}"


def _start(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    moment = dt.datetime.fromisoformat(text)
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _local(document: Mapping[str, Any]) -> str | None:
    """``start_local``, once it is known to be a time."""
    text = document.get("start_local")
    return dt.datetime.fromisoformat(text).isoformat() if text else None


def outcome_rows(document: Mapping[str, Any]) -> Iterator[OutcomeRow]:
    """Rows of ``outcomes``: mean of the run and drift over it, a side or pooled."""
    for outcome in OUTCOMES:
        means = document["summary"].get(outcome.name) or {}
        drift = document["drift"].get(outcome.name) or {}
        for side in (POOLED, *SIDES):
            value = means.get(side) or {}
            entry = drift if side == POOLED else drift.get(side) or {}
            if value.get("mean") is None and entry.get("verdict") is None:
                continue
            yield (
                outcome.name,
                side,
                value.get("mean"),
                value.get("sd"),
                value.get("n"),
                entry.get("estimate"),
                entry.get("ci_low"),
                entry.get("ci_high"),
                entry.get("verdict"),
            )


def as_document(row: Mapping[str, Any], pooled: Mapping[str, float]) -> dict[str, Any]:
    """What a check run is recognised by (``hipgait.strength.check_run``), from the index.

    pooled : outcome -> mean.
    """
    minutes = row["minutes"]
    return {
        "name": row["name"],
        "start_utc": row["start_utc"],
        "start_local": row["start_local"],
        "info": {k: row[k] for k in ("speed_mps", "shoe", "surface")},
        "quality": {
            "whole_s": None if minutes is None else (0.0, 60.0 * minutes),
            "withdrawn": row["withdrawn"],
        },
        "summary": {name: {POOLED: {"mean": mean}} for name, mean in pooled.items()},
        "inputs": [{"sha256": row["recording"]}],
    }
