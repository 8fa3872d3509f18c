"""The Arduino sketch, compiled for the host: its packets say what its IMU showed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from hipgait.ble.packet import Decoder
from hipgait.ble.profiles import settle, shipped
from hipgait.ble.steps import compile_steps

HERE = Path(__file__).parent
SKETCH = HERE.parents[1] / "examples/firmware/hipgait_open/hipgait_open.ino"
BOARDS = ("BOARD_XIAO_SENSE", "BOARD_NANO_SENSE", "BOARD_NANO_SENSE_REV2")
OPEN = shipped()["hipgait-open"]
GXX = shutil.which("g++")
G = 9.80665
STEP_US = 10_000

pytestmark = pytest.mark.skipif(GXX is None, reason="no g++ here: the sketch cannot be compiled")


@pytest.fixture(scope="module", params=BOARDS)
def board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("sketch") / "board"
    flags = ["-std=gnu++14", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined",
             "-fno-sanitize-recover"]  # fmt: skip
    subprocess.run(
        [str(GXX), *flags, f"-DBOARD={request.param}", f'-DSKETCH="{SKETCH}"', "-I",
         str(HERE / "arduino"), str(HERE / "arduino/host.cpp"), "-o", str(program)],
        check=True, timeout=120,
    )  # fmt: skip
    return program


def said(board: Path, happens: list[str]) -> tuple[list[str], list[bytes]]:
    """What it shows when it starts, and the notifications it sends."""
    done = subprocess.run(
        [str(board)], input="\n".join(happens), capture_output=True, text=True, check=True,
        timeout=60,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    begun = [line for line in lines if " " in line]
    return begun, [bytes.fromhex(line) for line in lines if " " not in line]


def control(phase: str, **options: int) -> str:
    """The write that the profile makes of it."""
    steps = compile_steps(OPEN, phase, settle(OPEN, options))  # type: ignore[arg-type]
    (data,) = [action.data for action in steps if action.do == "write"]
    return f"w {data.hex()}"


def samples(n: int, start_us: int = 0) -> tuple[list[str], np.ndarray]:
    """(n,) lines, and (n, 6) values in g and deg/s as the board's floats have them."""
    values = np.random.default_rng(3).uniform(-1.2, 1.2, (n, 6))  # past the ranges at times
    values *= np.repeat([16.0, 2000.0], 3)
    values = values.astype(np.float32).astype(np.float64)
    at = (start_us + STEP_US * np.arange(n)) % 2**32
    words = [" ".join(f"{v:.9g}" for v in row) for row in values.tolist()]
    return [f"s {t} {row}" for t, row in zip(at.tolist(), words, strict=True)], values


def decoded(packets: list[bytes]) -> tuple[list[int], list[int], np.ndarray]:
    """Numbers, times in us, and (n, 6) values in units of the layout's integers."""
    found, faults = Decoder(OPEN).decode("data", np.arange(len(packets)), packets)
    assert not faults
    (part,) = found
    assert part.sequence is not None
    assert part.tick is not None
    acc = part.values["acc"] / G * 32768 / 16
    gyr = np.degrees(part.values["gyr"]) * 32768 / 2000
    return part.sequence.tolist(), part.tick.tolist(), np.hstack([acc, gyr])


def same(found: np.ndarray, values: np.ndarray) -> None:
    """Whole counts, within half a count of the values, cut off at the ends of the range."""
    scaled = np.clip(values * np.repeat([32768 / 16, 32768 / 2000], 3), -32767, 32767)
    np.testing.assert_allclose(found, np.rint(found), atol=1e-6)
    np.testing.assert_allclose(found, scaled, rtol=0, atol=0.5 + 2**-9)  # floats of 24 bits


def test_what_the_imu_showed_is_decoded(board: Path) -> None:
    """Across the wrap of the clock, which the packets give as the time of their last sample."""
    n, start = 400, 2**32 - 150 * STEP_US
    lines, values = samples(n, start)
    _, packets = said(board, [f"s {start - STEP_US} 0 0 0 0 0 0", control("start"), *lines])
    number, tick, found = decoded(packets)
    assert number == list(range(n // 4))
    assert tick == [(start + STEP_US * (4 * k + 3)) % 2**32 for k in range(n // 4)]
    same(found, values)
    assert (np.abs(found) > 32766).any()


@pytest.mark.parametrize(("asked", "taken"), [(1, 1), (3, 3), (4, 4)])
def test_as_many_samples_as_asked_for(board: Path, asked: int, taken: int) -> None:
    lines, values = samples(12)
    _, packets = said(board, [control("start", batch=asked), *lines])
    assert [packet[8] for packet in packets] == [taken] * (12 // taken)
    same(decoded(packets)[2], values)


@pytest.mark.parametrize("end", [control("stop"), "d"], ids=["stop", "link lost"])
def test_it_stops_and_begins_anew(board: Path, end: str) -> None:
    """Half a packet is not sent, nor kept for the next start, which counts from 0."""
    lines, values = samples(30)
    happens = [*lines[:2], control("start"), *lines[2:12], end, *lines[12:20]]
    _, packets = said(board, [*happens, control("start"), *lines[20:]])
    number, _, found = decoded(packets)
    assert number == [0, 1, 0, 1]
    same(found, values[[*range(2, 10), *range(20, 28)]])


def test_it_shows_what_the_profile_looks_for(board: Path) -> None:
    begun, packets = said(board, [])
    assert not packets
    assert f"service {OPEN.match.services[0]}" in begun
    (name,) = [line.split(" ", 1)[1] for line in begun if line.startswith("name")]
    assert name.startswith(OPEN.match.names[0])
    notify, write = 0x10, 0x08
    assert f"char {OPEN.chars['data']} {notify} 57" in begun
    assert f"char {OPEN.chars['control']} {write} 4" in begun


def test_other_writes_change_nothing(board: Path) -> None:
    lines, values = samples(16)
    happens = ["w 02", "w 0168", *lines[:8], control("start"), "w 00ff", *lines[8:]]
    _, packets = said(board, happens)
    number, _, found = decoded(packets)
    assert number == [0, 1]
    same(found, values[8:])
