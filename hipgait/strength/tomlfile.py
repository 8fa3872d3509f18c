"""TOML that a person edits: every mistake is told with its line and its cure."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from hipgait.errors import FormatError
from hipgait.io.documents import TOO_DEEP, toml_bytes
from hipgait.io.files import Source

S = TypeVar("S", bound=msgspec.Struct)


def load_toml(path: Path) -> dict[str, Any]:
    """The tables of a file. Raises FormatError with the line."""
    try:
        return tomllib.loads(toml_bytes(Source(path)).decode("utf-8-sig"))
    except RecursionError:
        raise FormatError(path, TOO_DEEP, "Write it by the example of the documentation") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FormatError(path, "is not UTF-8 text", "Save it as UTF-8", line=line) from None
    except tomllib.TOMLDecodeError as error:
        text = str(error)
        at = re.search(r"\(at line (\d+)", text)
        raise FormatError(
            path,
            f"not valid TOML: {text.split(' (at')[0]}",
            'A line is: name = 3, name = "text" or name = ["a", "b"]',
            line=int(at.group(1)) if at else _last_line(path),
        ) from None
    except ValueError:
        cure = "Write a smaller number"
        raise FormatError(path, "a number has thousands of digits", cure) from None


def convert(path: Path, raw: object, into: type[S], table: str = "") -> S:
    """Tables as a struct. Raises FormatError with line, key and cure.

    table : dotted name of the table that ``raw`` is, where it is not the whole file.
    """
    try:
        return msgspec.convert(raw, into)
    except msgspec.ValidationError as error:
        what, _, where = str(error).replace("`", "").partition(" - at ")
        key = re.sub(r"\[(\.\.\.|\d+)\]", "", where).removeprefix("$").strip(".")
        if "unknown field" in what:
            key = f"{key}.{what.split()[-1]}".strip(".")
            what, cure = "unknown key", _near(into, key)
        elif "missing required field" in what:
            what, cure = f"no {what.split()[-1]}", f"Add {what.split()[-1]} = ..."
        else:
            expected = _allowed(into, key) or what.removeprefix("Expected ")
            cure = "Write it like 2026-05-06" if "RFC3339" in what else f"Expected {expected}"
            what = "cannot be"
        key = ".".join(part for part in (table, key) if part)
        raise FormatError(
            path, f"{key or path.name}: {what}", cure, line=line_of(path, key)
        ) from None


def line_of(path: Path, key: str) -> int | None:
    """1-based line of a dotted key in a TOML file; of its table where the key has none."""
    lines = Source(path).read().decode("utf-8-sig", errors="replace").splitlines()
    parts = key.split(".")
    for start, name in ((".".join(parts[:-1]), parts[-1]), ("", parts[-1])):
        begin = _table_line(lines, start)
        if begin is None:
            continue
        for i in range(begin, len(lines)):
            if re.match(rf"\s*\"?{re.escape(name)}\"?\s*=", lines[i]):
                return i + 1
            if i > begin and start and lines[i].lstrip().startswith("["):
                break
    for k in range(len(parts), 0, -1):
        table = _table_line(lines, ".".join(parts[:k]))
        if table is not None:
            return table + 1
    return None


def _table_line(lines: list[str], table: str) -> int | None:
    if not table:
        return 0
    pattern = rf"\s*\[+\s*{re.escape(table)}\s*\]+"
    return next((i for i, line in enumerate(lines) if re.match(pattern, line)), None)


def _last_line(path: Path) -> int:
    return max(1, len(Source(path).read().splitlines()))


def _near(into: type[msgspec.Struct], key: str) -> str:
    """Known keys of the table in which an unknown one stands, the nearest first."""
    *parents, name = key.split(".")
    known = [field.name for field in _fields(into, parents)]
    close = difflib.get_close_matches(name, known, 1)
    near = f"Did you mean {close[0]}? " if close else ""
    return f"{near}Known: {', '.join(known)}"


def _allowed(into: type[msgspec.Struct], key: str) -> str:
    """The words that a key may hold, "" where it is not a choice of words."""
    *parents, name = key.split(".")
    for field in _fields(into, parents):
        kinds = [field.type, getattr(field.type, "item_type", None)]
        kinds += getattr(field.type, "types", ())
        for kind in kinds:
            if field.name == name and isinstance(kind, msgspec.inspect.LiteralType):
                return " or ".join(repr(value) for value in kind.values)
    return ""


def _fields(into: Any, parents: list[str]) -> tuple[msgspec.inspect.Field, ...]:
    """Fields of a struct, or of one inside it."""
    info: Any = msgspec.inspect.type_info(into)
    for part in parents:
        kind = next(field.type for field in info.fields if field.name == part)
        info = getattr(kind, "item_type", kind)
    found: tuple[msgspec.inspect.Field, ...] = info.fields
    return found
