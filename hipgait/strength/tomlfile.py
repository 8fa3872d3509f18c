"""TOML that a person edits: every mistake is told with its line and its cure."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from hipgait.errors import FormatError
from hipgait.io.files import Source

S = TypeVar("S", bound=msgspec.Struct)


def load_toml(path: Path) -> dict[str, Any]:
    """The tables of a file. Raises FormatError with the line."""
    try:
        return tomllib.loads(Source(path).read().decode("utf-8-sig"))
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


def convert(path: Path, raw: dict[str, Any], into: type[S]) -> S:
    """Tables as a struct. Raises FormatError with line, key and cure."""
    try:
        return msgspec.convert(raw, into)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        key = re.sub(r"\[(\.\.\.|\d+)\]", "", where.strip("`")).removeprefix("$").strip(".")
        cure = (
            f"Expected {what.split('Expected ')[1].replace('`', '')}" if "Expected" in what else ""
        )
        if "unknown field" in what:
            key, cure = (
                f"{key}.{what.split('`')[1]}".strip("."),
                _near(what.split("`")[1], into, key),
            )
            what = "unknown key"
        elif "missing required field" in what:
            field = what.split("`")[1]
            what, cure = f"no {field}", f"Add {field} = ..."
        else:
            what = "cannot be"
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


def _near(name: str, into: type[msgspec.Struct], key: str) -> str:
    """Known keys of the table in which an unknown one stands, the nearest first."""
    struct: Any = into
    for part in [p for p in key.split(".") if p]:
        kind = struct.__annotations__.get(part) if hasattr(struct, "__annotations__") else None
        found = msgspec.inspect.type_info(struct) if kind is not None else None
        struct = _inner(found, part) if found is not None else None
        if struct is None:
            return "Delete the line, or see docs/journal.md"
    known = struct.__struct_fields__
    close = difflib.get_close_matches(name, known, 1)
    return (
        f"Did you mean {close[0]}? Known: {', '.join(known)}"
        if close
        else (f"Known: {', '.join(known)}")
    )


def _inner(info: Any, name: str) -> Any:
    for field in info.fields:
        if field.name == name:
            kind = field.type
            kind = getattr(kind, "value_type", None) or kind
            return getattr(kind, "cls", None)
    return None
