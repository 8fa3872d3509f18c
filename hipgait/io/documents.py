"""TOML and JSON files of a few kilobytes that somebody else may have written.

Bounds keep a hostile or mistaken file from costing memory or minutes: its size, how deeply its
tables lie in one another, and the length of a dotted key, which the parser pays for by its square.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from hipgait.errors import FormatError
from hipgait.io.files import Source
from hipgait.settings import LONG_KEY, MAX_TOML

T = TypeVar("T")

MAX_JSON: Final = 64 * 1024**2
"""Largest JSON document that is read, bytes (a run.json has 0.1 MB)."""
TOO_DEEP: Final = "tables are nested too deeply"


def toml_bytes(source: Source) -> bytes:
    """Contents of a TOML file.

    Raises
    ------
    FormatError : larger than ``MAX_TOML``, or with keys of more than 32 parts.
    """
    data = source.read(MAX_TOML)
    found = LONG_KEY.search(data)
    if found is not None:
        line = data.count(b"\n", 0, found.start()) + 1
        raise FormatError(source.path, TOO_DEEP, "Write it by the README's example", line=line)
    return data


def toml_tables(path: Path, data: bytes, cure: str) -> dict[str, Any]:
    """The tables of what ``toml_bytes`` read.

    Raises
    ------
    FormatError : not UTF-8, not TOML, nested too deeply; ``cure`` says what to do.
    """
    try:
        tables: dict[str, Any] = msgspec.toml.decode(data)
    except RecursionError:
        raise FormatError(path, TOO_DEEP, cure) from None
    except (msgspec.DecodeError, ValueError) as error:  # UTF-8; a number of 5000 digits
        said = str(error).split(";", 1)[0]
        raise FormatError(path, f"not valid TOML ({said})", cure) from None
    return tables


def json_document(path: Path, data: bytes, kind: type[T], cure: str) -> T:
    """A JSON document of a given type.

    Raises
    ------
    FormatError : damaged, of another type, or nested too deeply; ``cure`` says what to do.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except RecursionError:
        raise FormatError(path, "damaged (nested too deeply)", cure) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FormatError(path, f"damaged ({error})", cure) from None


def read_json(path: Path, cure: str) -> dict[str, Any]:
    """A JSON file that holds an object. Raises FormatError, and as ``json_document``."""
    return json_document(path, Source(path).read(MAX_JSON), dict[str, Any], cure)
