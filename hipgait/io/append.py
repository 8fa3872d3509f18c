"""Rows added to a CSV file that several programs write at once.

A row counts as kept when :func:`append_row` returns: it was written under a lock, in one piece, and
is on the disk. A program that is killed before leaves either the whole row or nothing of it.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from hipgait.errors import FormatError, InputError
from hipgait.io.cells import csv_line

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: IO[bytes], wait: bool) -> None:
        handle.seek(0)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(error.errno, error.strerror) from None

    def _unlock(handle: IO[bytes]) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(handle: IO[bytes], wait: bool) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(handle: IO[bytes]) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


LOCK: Final = ".lock"
"""File in the folder that writers lock; it holds nothing, and the system frees it when one dies."""


@contextmanager
def locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Only one writer of a folder at a time; others wait. The folder is made if need be.

    Raises
    ------
    BlockingIOError : there is another writer, and this one is not to wait.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("ab") as handle:
        _lock(handle, wait)
        try:
            yield
        finally:
            _unlock(handle)


def append_row(path: Path, columns: Sequence[str], values: Mapping[str, str]) -> int:
    """Add one row to a CSV file, under the file's own header; a new file gets ``columns``.

    Parameters
    ----------
    columns : header of a new file.
    values : column -> text; columns left out stay empty.

    Returns
    -------
    1-based line on which the row begins.

    Raises
    ------
    FormatError : the file's header lacks a column that has a value.
    InputError : the folder or the file cannot be written.
    """
    try:
        with locked(path.parent):
            return _append(path, columns, values)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror or error})",
            "Make room and permission, or choose another folder",
        ) from None


def _append(path: Path, columns: Sequence[str], values: Mapping[str, str]) -> int:
    old = path.read_bytes() if path.exists() else b""
    content = old.decode("utf-8-sig", errors="replace").lstrip()
    delimiter, header, text = ",", list(columns), ""
    if content:
        delimiter, header = read_header(content)
        for name, value in values.items():
            if value and name not in header:
                cure = f"Add {name} to the first line"
                raise FormatError(path, f"no column {name}", cure, line=1, column=name)
        if not old.endswith(b"\n"):
            text = "\n"  # the last line was typed by hand, without an end
    else:
        text = csv_line(header, delimiter)
    begins = old.count(b"\n") + text.count("\n") + 1
    _write(path, (text + csv_line([values.get(n, "") for n in header], delimiter)).encode("utf-8"))
    return begins


def _write(path: Path, data: bytes) -> None:
    """One piece at the end, on the disk before it returns; cut back where only a part went in."""
    new = not path.exists()
    handle = os.open(
        path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644
    )
    try:
        before = os.fstat(handle).st_size
        done = os.write(handle, data)
        if done != len(data):  # the disk is full
            os.ftruncate(handle, before)
            raise OSError(28, "No space left on device")
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """The names of its files are on the disk, too: without it the power may take a new file whole.

    Nothing is done where the system syncs no folders (Windows, some network disks).
    """
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_header(text: str) -> tuple[str, list[str]]:
    """(delimiter, names) of a CSV's first line; spreadsheets of some countries write semicolons."""
    first = text.splitlines()[0] if text else ""
    delimiter = ";" if first.count(";") > first.count(",") else ","
    return delimiter, [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
