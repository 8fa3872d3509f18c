"""Inputs that `make fuzz` found to be unlike others, kept for the tests: corpus/TARGET.txt.

    python -m tests.fuzz.corpus TARGET

adds what lies in .fuzz/TARGET: every input that broke something, and of the others as many as fit
(libFuzzer has made each as small as what it reaches allows; the order of their digests is as good
as chance). One line an input (base64 of zlib), sorted, so that a change shows as lines.
"""

from __future__ import annotations

import base64
import sys
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".fuzz"
CORPUS = Path(__file__).parent / "corpus"
MOST = 40_000
"""characters of a corpus: replayed in about a second"""
LONGEST = 3000
"""of an input that broke nothing"""


def kept(name: str) -> list[bytes]:
    """The inputs of a target."""
    path = CORPUS / f"{name}.txt"
    lines = path.read_text("ascii").split() if path.exists() else []
    return [zlib.decompress(base64.b64decode(line)) for line in lines]


def keep(name: str) -> int:
    """Add what was found. Returns how many are kept now."""
    found = sorted(p for p in (FOLDER / name).iterdir() if not p.name.startswith("seed-"))
    broke = {p.read_bytes() for p in found if p.name.startswith("broke-")} | set(kept(name))
    lines = {_line(data) for data in broke}
    room = MOST - sum(map(len, lines))
    for line in dict.fromkeys(_line(p.read_bytes()) for p in found):
        if line not in lines and len(line) <= min(LONGEST, room):
            room -= len(line)
            lines.add(line)
    CORPUS.mkdir(exist_ok=True)
    (CORPUS / f"{name}.txt").write_text("\n".join(sorted(lines)) + "\n", "ascii")
    return len(lines)


def _line(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode()


if __name__ == "__main__":
    print(f"{keep(sys.argv[1])} inputs kept")
