"""Bytes in hex with holes: what a reply or a packet must begin with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

ANY: Final = "??"
_BYTE: Final = re.compile(r"[0-9a-fA-F]{2}|\?\?")


@dataclass(frozen=True)
class Pattern:
    """A beginning. wanted : a byte each, None where any will do."""

    wanted: tuple[int | None, ...]

    def __len__(self) -> int:
        return len(self.wanted)

    def __str__(self) -> str:
        return " ".join(ANY if w is None else f"{w:02x}" for w in self.wanted)

    def starts(self, data: bytes) -> bool:
        """Whether ``data`` begins so."""
        return len(data) >= len(self.wanted) and all(
            w is None or w == byte for w, byte in zip(self.wanted, data, strict=False)
        )

    def overlaps(self, other: Pattern) -> bool:
        """Whether some data begin as both say."""
        return all(
            a is None or b is None or a == b
            for a, b in zip(self.wanted, other.wanted, strict=False)
        )

    def sample(self) -> bytes:
        """Bytes that begin so; 00 where any will do."""
        return bytes(w or 0 for w in self.wanted)


def parse_pattern(text: str) -> Pattern:
    """``"aa 55 ??"``, blanks as you like.

    Raises
    ------
    ValueError : something else than pairs of hex digits or ``??``.
    """
    dense = "".join(text.split())
    if len(dense) % 2:
        raise ValueError(f"{text!r} is not whole bytes in hex")
    pairs = [dense[i : i + 2] for i in range(0, len(dense), 2)]
    for pair in pairs:
        if not _BYTE.fullmatch(pair):
            raise ValueError(f"{pair!r} is neither a byte in hex nor ??")
    return Pattern(tuple(None if pair == ANY else int(pair, 16) for pair in pairs))


def parse_hex(text: str) -> bytes:
    """``"aa 55"``, no holes.

    Raises
    ------
    ValueError : something else than pairs of hex digits.
    """
    pattern = parse_pattern(text)
    if None in pattern.wanted:
        raise ValueError(f"{text!r}: ?? has no place here")
    return pattern.sample()
