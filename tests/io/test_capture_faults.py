"""Killed writers, torn files, flipped bits, hostile files: all that was whole is there, no more."""

from __future__ import annotations

import os
import random
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
import zstandard
from mcap.data_stream import RecordBuilder
from mcap.reader import make_reader
from mcap.records import Chunk

from hipgait.errors import FormatError
from hipgait.io.capture import CaptureWriter
from hipgait.io.capture_file import ChunkFile
from hipgait.io.capture_format import MAGIC
from hipgait.io.capture_read import Capture, read_capture
from hipgait.io.capture_recover import recover
from hipgait.io.capture_scan import Damage, Whole, scan
from tests.io.recorded import Written, header, record

CHUNK_S = 0.5
RATE_HZ = 26.0
PER_CHUNK = 13


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Written, list[int]]:
    """A finished capture: its bytes, what was written, and where its chunks begin."""
    path = tmp_path_factory.mktemp("finished") / "run.mcap"
    written = record(path, 4.0, RATE_HZ, CHUNK_S)
    return path.read_bytes(), written, [f.offset for f in scan(path) if isinstance(f, Whole)]


def recovered(path: Path, foreign: bool = True) -> Capture:
    """What recover makes of a file. foreign : every other MCAP reader opens that, too."""
    out = path.with_suffix(".out.mcap")
    recover(path, out)
    if foreign:
        with out.open("rb") as handle:
            for _ in make_reader(handle, validate_crcs=True).iter_messages():
                pass
    copy, original = read_capture(out), read_capture(path)
    assert copy.finished
    assert contents(copy) == contents(original)
    assert copy.events == original.events
    out.unlink()
    return original


def contents(capture: Capture) -> Written:
    return {
        key: list(zip(c.arrival_ns.tolist(), c.payloads, strict=True))
        for key, c in capture.raw.items()
    }


def nothing_invented(capture: Capture, written: Written) -> None:
    for key, messages in contents(capture).items():
        assert len(set(messages)) == len(messages)
        assert set(messages) <= set(written[key])


CHILD = """
import os, sys, time
from hipgait.io.capture import CaptureWriter
from tests.io.recorded import header, PLACES

def write(path):
    said = os.open(path + ".log", os.O_WRONLY | os.O_CREAT)
    with CaptureWriter(path, header(), flush_s=0.02) as writer:
        print("go", flush=True)
        i = 0
        while True:
            for place in PLACES:
                writer.raw(place, "data", time.monotonic_ns(), i.to_bytes(8, "little") * 3)
            i += 1
            os.pwrite(said, b"%20d" % time.monotonic_ns(), 0)
            time.sleep(0.001)

for line in sys.stdin:  # a process of its own for each file, without importing everything again
    pid = os.fork()
    if not pid:
        write(line.strip())
    print(pid, flush=True)
    os.waitpid(pid, 0)
"""


def test_killed_at_thirty_moments(tmp_path: Path) -> None:
    """SIGKILL: all is there but the last moment (here a flush is every 0.02 s)."""
    rng = random.Random(4)
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        text=True,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        for trial in range(30):
            path = tmp_path / f"{trial}.mcap"
            parent.stdin.write(f"{path}\n")
            parent.stdin.flush()
            said = {parent.stdout.readline().strip() for _ in range(2)}
            (pid,) = said - {"go"}
            time.sleep(rng.uniform(0.0, 0.15))
            os.kill(int(pid), signal.SIGKILL)
            killed_at_its_word(path)


def killed_at_its_word(path: Path) -> None:
    """What a killed writer left: no hole, nothing invented, at most its last second missing."""
    capture = recovered(path)
    assert not capture.finished
    log = Path(f"{path}.log").read_text() if Path(f"{path}.log").exists() else ""
    for place in header().sensors:
        there = capture.raw.get((place, "data"))
        numbers = [] if there is None else [p[:8] for p in there.payloads]
        assert numbers == [i.to_bytes(8, "little") for i in range(len(numbers))]
        if log and there is not None:
            assert int(log) - int(there.arrival_ns[-1]) < 1e9


def test_cut_at_two_hundred_bytes(
    tmp_path: Path, finished: tuple[bytes, Written, list[int]]
) -> None:
    """Every chunk that ends before the cut is there."""
    data, written, chunks = finished
    rng = random.Random(5)
    path = tmp_path / "torn.mcap"
    for trial in range(200):
        cut = rng.randrange(chunks[0], len(data))
        path.write_bytes(data[:cut])
        if cut < chunks[1]:  # the recording had not begun
            assert not read_capture(path).raw
            continue
        capture = recovered(path, foreign=trial % 20 == 0)
        nothing_invented(capture, written)
        whole = sum(1 for begin in chunks[1:] if begin <= cut) - 1  # of the last we know no end
        for key, messages in contents(capture).items():
            assert len(messages) >= whole * PER_CHUNK
            assert messages == written[key][: len(messages)]
        assert capture.missing


def test_a_cut_within_the_head_is_refused(
    tmp_path: Path, finished: tuple[bytes, Written, list[int]]
) -> None:
    data, _, _ = finished
    path = tmp_path / "torn.mcap"
    for cut in (0, 5, 8, 20, 100):
        path.write_bytes(data[:cut])
        with pytest.raises(FormatError):
            recover(path)


def test_two_hundred_flipped_bits(
    tmp_path: Path, finished: tuple[bytes, Written, list[int]]
) -> None:
    """At most the chunk that was hit is lost; what is left is told."""
    data, written, chunks = finished
    rng = random.Random(6)
    path = tmp_path / "flipped.mcap"
    for trial in range(200):
        at = rng.randrange(len(data))
        hit = bytearray(data)
        hit[at] ^= 1 << rng.randrange(8)
        path.write_bytes(hit)
        capture = recovered(path, foreign=trial % 20 == 0)
        nothing_invented(capture, written)
        assert capture.header == header()
        after = [begin for begin in chunks if begin > at]
        for key, messages in contents(capture).items():
            lost = set(written[key]) - set(messages)
            assert len(lost) <= PER_CHUNK
            if lost:  # only in the chunk around the flip
                numbers = [written[key].index(m) for m in lost]
                own = len(chunks) - len(after) - 2  # the first chunk holds the header
                assert {n // PER_CHUNK for n in numbers} == {own}
                assert capture.gaps
                assert capture.missing


def test_every_bit_of_a_length(tmp_path: Path, finished: tuple[bytes, Written, list[int]]) -> None:
    """A chunk whose length was hit takes nothing along, wherever the wrong length leads."""
    data, written, chunks = finished
    path = tmp_path / "flipped.mcap"
    begin = chunks[3]
    for bit in range(64):
        hit = bytearray(data)
        hit[begin + 1 + bit // 8] ^= 1 << bit % 8
        path.write_bytes(hit)
        capture = read_capture(path)
        nothing_invented(capture, written)
        assert {key: c.lost for key, c in capture.raw.items()} == dict.fromkeys(written, PER_CHUNK)
        (gap,) = capture.gaps
        assert gap.offset == begin
        assert gap.start_ns is not None
        assert gap.end_ns is not None
        assert (gap.end_ns - gap.start_ns) / 1e9 == pytest.approx(CHUNK_S, abs=0.1)


def test_damage_over_several_chunks_is_one_gap(
    tmp_path: Path, finished: tuple[bytes, Written, list[int]]
) -> None:
    data, written, chunks = finished
    path = tmp_path / "holed.mcap"
    path.write_bytes(data[: chunks[2] + 10] + bytes(chunks[5] - chunks[2]) + data[chunks[5] + 10 :])
    capture = read_capture(path)
    expected = {
        key: [m for i, m in enumerate(said) if not 1 <= i // PER_CHUNK < 5]
        for key, said in written.items()
    }
    assert contents(capture) == expected
    assert {c.lost for c in capture.raw.values()} == {4 * PER_CHUNK}


def test_a_chunk_that_was_copied_twice_counts_once(
    tmp_path: Path, finished: tuple[bytes, Written, list[int]]
) -> None:
    data, written, chunks = finished
    path = tmp_path / "twice.mcap"
    path.write_bytes(data[: chunks[3]] + data[chunks[2] :])
    capture = recovered(path)
    assert contents(capture) == written
    assert any("twice" in line for line in capture.missing)


# ------------------------------------------------------------------------------- hostile files


def chunk_bytes(plain: bytes, size: int, kind: str = "zstd") -> bytes:
    builder = RecordBuilder()
    packed = zstandard.compress(plain) if kind == "zstd" else plain
    Chunk(kind, packed, 0, 0, zlib.crc32(plain), size).write(builder)
    return bytes(builder.end())


def begun(path: Path) -> None:
    """A file with a header chunk and no end."""
    with path.open("wb", buffering=0) as out:
        file = ChunkFile(out)
        file.start(header())
        file.add("/raw/pelvis/data", header().anchor.utc_ns, b"abc")
        file.end_chunk()


@pytest.mark.parametrize(
    "bomb",
    [
        chunk_bytes(bytes(200 * 1024**2), 200 * 1024**2),
        chunk_bytes(bytes(200 * 1024**2), 1000),
        struct.pack("<BQ", 6, 2**63) + b"x" * 50,
        struct.pack("<BQ", 9, 2**40) + b"x" * 50,
    ],
    ids=["says its size", "hides its size", "endless chunk", "endless attachment"],
)
def test_bombs_are_not_unpacked(tmp_path: Path, bomb: bytes) -> None:
    import tracemalloc

    path = tmp_path / "bomb.mcap"
    begun(path)
    with path.open("ab") as out:
        out.write(bomb)
    tracemalloc.start()
    capture = read_capture(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
    assert capture.raw["pelvis", "data"].payloads == [b"abc"]
    assert capture.gaps[-1].length == len(bomb)


def test_many_small_bombs_end_at_the_budget(tmp_path: Path) -> None:
    """Each chunk is allowed; together they would be 6 GB out of 0.3 MB."""
    path = tmp_path / "bombs.mcap"
    begun(path)
    one = chunk_bytes(bytes(32 * 1024**2), 32 * 1024**2)
    with path.open("ab") as out:
        out.write(one * 200)
    found = list(scan(path))
    assert sum(isinstance(f, Whole) for f in found) <= 3
    assert isinstance(found[-1], Damage)


def test_a_file_made_to_keep_the_search_busy_ends(tmp_path: Path) -> None:
    path = tmp_path / "busy.mcap"
    path.write_bytes(MAGIC + struct.pack("<BQ", 6, 3) * 1_100_000)
    with pytest.raises(FormatError):
        read_capture(path)


def test_foreign_topics_are_left_aside(tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "run.mcap", header(), flush_s=60) as writer:
        writer.raw("../../etc", "passwd", 1, b"x")
        writer.raw("left_thigh", "data", 1, b"x")
        writer.raw("pelvis", "data", 1, b"x")
    capture = read_capture(tmp_path / "run.mcap")
    assert set(capture.raw) == {("pelvis", "data")}
    assert len(capture.missing) == 2
