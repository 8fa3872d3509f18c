"""Native exports, one small module a vendor.

A module has ``NAME``, ``LABEL``, ``FOLDERED``, ``matches(head, source)``, ``hint(source)`` and
``read(source, placement, options) -> Reading`` (see :class:`hipgait.io.reading.Reader`). One whose
files hold several devices also has ``parts(source)``, their names; ``Source.part`` is then one.
One that keeps a sensor in several files has ``belongs(head, source)``: read through another file.
To add one, write the module and put it into ``MODULES``; the first whose ``matches`` says yes
reads. Readers of other packages (``others``) are asked after these, then ``generic`` and the plain
CSV.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Final, cast

from hipgait.errors import InputError
from hipgait.io.exports.others import judged_readers, other_readers
from hipgait.io.files import Source
from hipgait.io.reading import Reader
from hipgait.plugins import Judged

MODULES: Final = (
    "xsens_mt",
    "movella_dot",
    "ximu3",
    "actilife",
    "apdm",
    "shimmer",
    "metabase",
    "movesense",
    "imeasureu",
    "pac12",
    "axivity",
    "sensor_logger",
    "phyphox",
    "physics_toolbox",
    "witmotion",
    "polar_sensor_logger",
)
"""Modules of this package, in the order in which they are asked."""
ANY_TABLE: Final = "generic"
"""Asked last but one: it would take the files that others read along with their own."""


def readers() -> tuple[Reader, ...]:
    """All readers: those of an app, of other packages, then any table, and plain CSV last."""
    *own, table, plain = _own()
    return (*own, *other_readers(r.NAME for r in (*own, table, plain)), table, plain)


def judged_others() -> Judged:
    """The readers of other packages, each with what is wrong with it."""
    return judged_readers(r.NAME for r in _own())


def _own() -> list[Reader]:
    from hipgait.io import csvfile
    from hipgait.io.exports import generic

    modules = (import_module(f"{__name__}.{name}") for name in MODULES)
    return [cast(Reader, module) for module in (*modules, generic, csvfile)]


def reader_named(name: str) -> Reader:
    """The reader with a ``NAME``.

    Raises
    ------
    InputError : there is none; lists the names.
    """
    for reader in readers():
        if name == reader.NAME:
            return reader
    known = ", ".join(r.NAME for r in readers())
    raise InputError(f"unknown format {name!r}", f"Use one of: auto, {known}")


def recognise(source: Source, head: bytes | None = None) -> Reader | None:
    """The reader that knows this file by its first bytes, or None."""
    first = source.head() if head is None else head
    found = next((r for r in readers() if r.matches(first, source)), None)
    if found is not None and found.NAME == ANY_TABLE and belongs_to_another(source):
        return None
    return found


def belongs_to_another(source: Source) -> bool:
    """Whether a file is read through another one of its export."""
    head = source.head()
    found = (getattr(reader, "belongs", None) for reader in readers())
    return any(belongs(head, source) for belongs in found if belongs is not None)


def parts_of(source: Source, reader: Reader) -> list[Source]:
    """A source for every device of a file; itself where it holds one."""
    parts = getattr(reader, "parts", None)
    names: list[str] = parts(source) if parts is not None and not source.part else []
    return [replace(source, part=name) for name in names] if len(names) > 1 else [source]
