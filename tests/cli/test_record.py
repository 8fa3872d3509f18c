"""``hipgait record``: signals and kills on real processes, the screen, names, what is imported."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hipgait.ble.profiles import load
from hipgait.ble.radio import Radio
from hipgait.ble.recorder import Recorder
from hipgait.ble.virtual.loop import run as on_virtual_time
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import Faults, Outage, VirtualSensor
from hipgait.cli.asked import Asked
from hipgait.cli.main import run
from hipgait.cli.record import Job, capture_path
from hipgait.errors import HipgaitError, InputError, RadioError
from hipgait.io.capture_read import read_capture
from tests.ble.sending import RigClocks
from tests.cli.tapped import PLACES, Process, recorded

ROOT = Path(__file__).resolve().parents[2]
OPEN = load("hipgait-open").profile
LATER = (pytest.mark.long, pytest.mark.ci)
HOSTILE = "../../\x1b]0;owned\x07\x1b[31mhip\u202e\r\n/etc"


@pytest.mark.parametrize(
    ("signals", "more"),
    [
        ([signal.SIGINT], []),
        pytest.param([signal.SIGTERM], [], marks=LATER),
        pytest.param([signal.SIGTERM], ["--protocol"], marks=LATER),
        ([signal.SIGINT, signal.SIGINT], ["--protocol"]),  # to the standing at the end; now
    ],
)
def test_signals_end_a_recording_well(
    tmp_path: Path, signals: Sequence[int], more: list[str]
) -> None:
    process = Process(tmp_path / "run.mcap", *more)
    process.read(150)
    streaming = {place for place, _, _ in process.told}
    while len(streaming) < len(PLACES) or process.told[-1][1] < process.told[0][1] + 3 * 10**9:
        process.read(len(process.told) + 1)
        streaming.add(process.told[-1][0])
    for i, number in enumerate(signals):
        process.send(number)
        if i + 1 < len(signals):
            process.read(len(process.told) + 100)  # it goes on meanwhile
    code, said, complained = process.end()
    assert code == 0, complained
    assert "recorded" in said
    assert "Traceback" not in complained
    capture = read_capture(process.out)
    assert capture.finished
    assert not capture.missing
    for placement in PLACES:
        assert recorded(process.out, placement) == sorted(process.of(placement))
    marks = [e.fields["what"] for e in capture.events if e.kind == "mark"]
    if len(signals) == 2:
        assert "stand_after" in marks


@pytest.mark.parametrize(
    "after", [1, pytest.param(60, marks=LATER), pytest.param(250, marks=LATER), 400]
)
def test_after_a_kill_all_but_the_last_second_is_there(tmp_path: Path, after: int) -> None:
    process = Process(tmp_path / "run.mcap")
    process.read(after)
    process.send(signal.SIGKILL)
    code, _, _ = process.end()
    assert code == -signal.SIGKILL
    whole = tmp_path / "whole.mcap"
    assert run(["recover", str(process.out), "--out", str(whole)]) == 0
    assert read_capture(whole).finished
    last_ns = max(at for _, at, _ in process.told)
    for placement in PLACES:
        sent = sorted(process.of(placement))
        kept = recorded(whole, placement)
        assert set(kept) <= set(sent)
        assert len(set(kept)) == len(kept)
        old = [row for row in sent if row[0] < last_ns - 10**9]
        assert kept[: len(old)] == old


def test_one_line_where_the_capture_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there.mcap").write_bytes(b"mine")
    (tmp_path / "file").write_bytes(b"mine")
    for out, why in (
        ("there.mcap", "exists already"),
        ("file", "is a file"),
        ("file/run.mcap", "file: is a file"),
    ):
        args = ["record", "--simulate", "--fast", "--duration", "2", "--out", str(tmp_path / out)]
        assert run(args) == 1
        err = capsys.readouterr().err.splitlines()
        assert why in err[-1]
        assert [line for line in err if "Traceback" in line] == []
    assert (tmp_path / "there.mcap").read_bytes() == b"mine"
    assert (tmp_path / "file").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--simulate", "--sensor", "pelvis=C0:00:00:00:00:01"],
        ["--sensor", "hip=C0:00:00:00:00:01"],
        ["--sensor", "pelvis=A", "--sensor", "pelvis=B"],
        ["--sensor", "pelvis=A", "--sensor", "left_shank=a"],
        ["--simulate", "--fast"],
        ["--simulate", "--duration", "0"],
        ["--simulate", "--set", "rate_hz"],
    ],
)
def test_wrong_use(args: list[str], tmp_path: Path) -> None:
    assert run(["record", "--out", str(tmp_path), *args]) == 2
    assert list(tmp_path.iterdir()) == []


def test_json_of_a_fast_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["record", "--simulate", "--fast", "--duration", "20", "--out", str(tmp_path), "--json"]
    assert run(args) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["seconds"] == pytest.approx(20, abs=1.5)
    capture = read_capture(said["path"])
    for placement, sensor in said["sensors"].items():
        assert sensor["notifications"] == len(capture.raw[placement, "data"].payloads) + len(
            capture.raw[placement, "battery"].payloads
            if (placement, "battery") in capture.raw
            else []
        )


# ------------------------------------------------------------------------------ without a process


def job(out: Path, asked: Sequence[Asked], duration: float = 10.0, **more: Any) -> Job:
    fields: dict[str, Any] = {"guided": False, "run_info": None, "lsl": False}
    options = more.pop("options", ())
    fields |= more
    return Job(tuple(asked), options, out, duration, **fields)


def perform(
    specs: Sequence[VirtualSensor], doing: Job, meddle: Any = None
) -> dict[str, Any] | HipgaitError:
    """Record virtual sensors with waves, on virtual time, as the command does."""

    async def main() -> dict[str, Any] | HipgaitError:
        async with Rig(specs) as rig:
            beside = asyncio.ensure_future(meddle(rig) if meddle else asyncio.sleep(0))
            try:
                return await doing.run(Radio(rig.client, rig.scanner), RigClocks())
            except HipgaitError as error:
                return error
            finally:
                beside.cancel()
                await asyncio.gather(beside, return_exceptions=True)

    return on_virtual_time(main())


def test_hostile_names_stay_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = VirtualSensor(
        profile=OPEN,
        name=HOSTILE,
        address="C0:00:00:00:00:01",
        faults=Faults(outages=(Outage(at_s=4.0, for_s=2.0),)),
    )
    out = tmp_path / "a" / "runs"
    path = capture_path(out)
    found = perform([spec], job(path, [Asked("pelvis", spec.address, None)], 12.0))
    assert isinstance(found, dict)
    said = capsys.readouterr()
    for text in (said.out, said.err, json.dumps(found, ensure_ascii=False)):
        assert all(c.isprintable() or c == "\n" for c in text)
    assert "LOST" in said.err
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert files == [path]
    assert path.parent == out
    name = read_capture(path).header.sensors["pelvis"].name
    assert name.isprintable()


def test_the_same_sensor_by_name_and_address(tmp_path: Path) -> None:
    spec = VirtualSensor(profile=OPEN, name="hipgait 7", address="C0:00:00:00:00:01")
    asked = [Asked("pelvis", "hipgait 7", None), Asked("left_shank", spec.address, None)]
    error = perform([spec], job(tmp_path / "run.mcap", asked))
    assert isinstance(error, InputError)
    assert "pelvis and left_shank are the same sensor (C0:00:00:00:00:01)" in str(error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (((None, "rate_hz", "5000"),), "5000 is not within 25 ... 416"),
        (((None, "rate", "104"),), "rate"),
        ((("pelvis", "batch", "many"),), "many"),
    ],
)
def test_options_are_checked_before_anything_is_made(
    tmp_path: Path, options: Any, what: str
) -> None:
    spec = VirtualSensor(profile=OPEN, name="hipgait 7", address="C0:00:00:00:00:01")
    error = perform(
        [spec],
        job(tmp_path / "run.mcap", [Asked("pelvis", spec.address, None)], options=options),
    )
    assert isinstance(error, InputError)
    assert what in str(error)
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_the_adapter_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = VirtualSensor(profile=OPEN, name="hipgait 7", address="C0:00:00:00:00:01")
    lines: list[str] = []

    async def meddle(rig: Rig) -> None:
        await asyncio.sleep(10.0)
        capsys.readouterr()
        await rig.radio.unplug()
        await asyncio.sleep(1.5)
        lines.extend(capsys.readouterr().err.splitlines())

    path = tmp_path / "run.mcap"
    error = perform([spec], job(path, [Asked("pelvis", spec.address, None)], 60.0), meddle)
    assert isinstance(error, RadioError)
    assert error.kind == "no_adapter"
    assert any("no Bluetooth adapter" in line and "Plug" in line for line in lines)
    after = capsys.readouterr().err
    assert after.count("no Bluetooth adapter") <= 3  # now and then, not twice a second
    assert read_capture(path).finished


def test_a_prompt_that_breaks_ends_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Recorder, what: str) -> None:
        raise InputError("no marks today")

    monkeypatch.setattr(Recorder, "mark", broken)
    spec = VirtualSensor(profile=OPEN, name="hipgait 7", address="C0:00:00:00:00:01")
    path = tmp_path / "run.mcap"
    error = perform([spec], job(path, [Asked("pelvis", spec.address, None)], 10_000.0))
    assert isinstance(error, InputError)
    assert read_capture(path).finished


LIGHT = """
import asyncio, sys
from hipgait.ble.profiles import load
from hipgait.ble.radio import Radio
from hipgait.ble.virtual import loop
from hipgait.ble.virtual.rig import Rig
from hipgait.ble.virtual.settings import VirtualSensor
from hipgait.cli.asked import Asked
from hipgait.cli.main import run
from hipgait.cli.record import Job
from pathlib import Path
assert run(["record", "--help"]) == 0
HEAVY = {"vqf", "pandas", "scipy", "matplotlib", "pyarrow"}
assert not HEAVY & set(sys.modules), HEAVY & set(sys.modules)
async def main():
    spec = VirtualSensor(profile=load("hipgait-open").profile, name="hipgait 7")
    async with Rig([spec]) as rig:
        job = Job((Asked("pelvis", spec.address, None),), (), Path(sys.argv[1]), 70.0, False, None,
                  False)
        return await job.run(Radio(rig.client, rig.scanner))
print(loop.run(main())["sensors"]["pelvis"]["notifications"])
assert not HEAVY & set(sys.modules), HEAVY & set(sys.modules)
"""


def test_recording_imports_nothing_heavy(tmp_path: Path) -> None:
    """Past the first look at the placements, which happens in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(tmp_path / "run.mcap")],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 1500
