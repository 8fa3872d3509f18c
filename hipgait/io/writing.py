"""Outputs that are never half written: beside, and then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from hipgait.errors import InputError


@contextmanager
def write_beside(path: Path | str) -> Iterator[Path]:
    """Give a temporary path in the same folder; on success it takes the name ``path``.

    The folder is made if need be. On any failure the temporary file is removed and an existing
    ``path`` stays as it was.

    Raises
    ------
    InputError : the folder or the file cannot be written, or ``path`` is a device or a pipe.
    """
    target = Path(path)
    if target.exists() and not (target.is_file() or target.is_dir()):
        raise InputError(
            f"{target}: is a device or a pipe, not a file", "Name a file to write with --out"
        )
    beside = target.with_name(f".{target.stem}.{uuid4().hex[:8]}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        os.replace(beside, target)
    except OSError as error:
        if target.parent.is_dir():
            beside.unlink(missing_ok=True)
        raise InputError(
            f"{target}: cannot be written ({error.strerror or error})",
            "Choose another folder with --out, or make room and permission",
        ) from None
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def encodable(text: str) -> str:
    """The text, with "?" for what UTF-8 cannot hold: bytes of a file's name from an old disk."""
    return text.encode("utf-8", "replace").decode("utf-8")


def require_encodable(name: str) -> None:
    """Refuse a name that is no UTF-8: Parquet, JSON and pages hold none. Raises InputError."""
    if encodable(name) != name:
        raise InputError(f"{encodable(name)}: this name is not UTF-8", "Rename it, or give another")


def write_text(path: Path | str, text: str) -> Path:
    """Write UTF-8 text beside and rename. Returns the path."""
    with write_beside(path) as beside:
        beside.write_text(encodable(text), encoding="utf-8", newline="\n")
    return Path(path)


def write_bytes(path: Path | str, data: bytes) -> Path:
    """Write bytes beside and rename. Returns the path."""
    with write_beside(path) as beside:
        beside.write_bytes(data)
    return Path(path)
