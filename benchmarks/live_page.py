"""A live session in real time with the page open: latency to the page, processor time, memory,
strides.

    python benchmarks/live_page.py --minutes 10
    nice -n -15 python benchmarks/live_page.py --minutes 60 --out bench-out/live-hour
    python benchmarks/live_page.py --minutes 10 --sensors 7 --rate 60
    python benchmarks/live_page.py --capture run.mcap --minutes 5

First the packets of a simulated runner are made (``FOLDER/air.mcap``), or those of a capture taken.
Then ``live_served.py`` records and serves them at their own pace, headless Chromium has the page
open, and every minute a line tells resident memory and processor time of the server's process (its
children with it; Chromium apart). At the end: from the arrival of the packet of terminal contact to
the frame on which the page draws the number, and the stances that live told of against those that
the offline analysis finds in the capture. Browser and server share one machine and its clock.

``--minutes`` is real time. Memory is anonymous memory (``RssAnon``): pages of files do not count.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PHONE = {"width": 375, "height": 720}
TICKS = os.sysconf("SC_CLK_TCK")
KEPT = """
window.hipgaitAll = [];
Object.defineProperty(window, 'hipgaitDrawn', {
  set(v) { window.hipgaitAll.push([v.number, v.at]); },
});
"""


def make_air(path: Path, seconds: float, sensors: int, rate_hz: int) -> None:
    """The packets of a simulated runner, as they reach a host: three sensors, or all seven.

    Packets leave at connection events 15 ms apart; 0.2 % are lost, one event in a hundred fails.
    """
    from hipgait import __version__
    from hipgait.ble.profiles import load, settle
    from hipgait.ble.virtual import worn
    from hipgait.ble.virtual.body import worn_by
    from hipgait.ble.virtual.making import makers
    from hipgait.ble.virtual.producer import Producer
    from hipgait.ble.virtual.settings import DeviceClock, VirtualSensor
    from hipgait.io.capture import Anchor, CaptureHeader, CaptureWriter, SensorHeader
    from hipgait.names import PLACEMENTS
    from hipgait.simulate.body import RunnerSettings, standing_then_run
    from hipgait.simulate.runner import simulate_motion
    from hipgait.simulate.sensors import SensorSettings

    loaded = load(worn.PROFILE)
    options = settle(loaded.profile, {"rate_hz": rate_hz})
    places = worn.PLACES if sensors == 3 else PLACEMENTS[:sensors]
    plan = standing_then_run(seconds, 8.0)
    motion = simulate_motion(RunnerSettings(schedule=plan), seed=worn.SEED)
    body = worn_by(motion, SensorSettings.consumer(), worn.SEED)
    heads = {
        p: SensorHeader(
            address=f"C0:00:00:00:00:{i:02X}",
            profile_id=loaded.profile.id,
            profile_text=loaded.text,
            options=dict(options),
        )
        for i, p in enumerate(places, 1)
    }
    anchor = Anchor(utc_ns=1_800_000_000_000_000_000, monotonic_ns=10**9)
    path.unlink(missing_ok=True)
    with CaptureWriter(
        path, CaptureHeader(version=__version__, anchor=anchor, sensors=heads)
    ) as writer:
        for i, place in enumerate(places):
            clock = DeviceClock(ppm=(18.0, -31.0, 44.0)[i % 3], offset_s=12.0 * i)
            spec = VirtualSensor(profile=loaded.profile, placement=place, clock=clock)
            maker = next(iter(makers(spec, options, {"imu"}, clock, body(place), 244)))
            rng = np.random.default_rng(i)
            writer.event("connected", anchor.monotonic_ns, placement=place)
            for packet in Producer(maker, 0.0).take(seconds):
                if rng.random() < 0.002:
                    continue
                event = np.floor((packet.made_s + 0.004 + 0.003 * i) / 0.015) + 1.0
                event += rng.random() < 0.01
                at = anchor.monotonic_ns + int(1e9 * (0.015 * event - 0.003 * i))
                for part in packet.parts:
                    writer.raw(place, packet.char, at, part)


def hurry(pid: int) -> None:
    """Make ``nice`` count against everybody: Linux shares by session first (autogroup), and within
    it by niceness. Without the right to it, or without autogroups, nothing happens.
    """
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(f"{os.nice(0)}", "ascii")


def tree() -> dict[int, int]:
    """Process -> parent."""
    out = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text("ascii", "replace")
            except OSError:
                continue
            out[int(folder.name)] = int(text.rpartition(")")[2].split()[1])
    return out


def descendants(root: int) -> list[int]:
    """A process and all below it."""
    parents = tree()
    out = [root]
    for pid in out:
        out += [child for child, parent in parents.items() if parent == pid]
    return out


def used_s(pids: list[int]) -> float:
    """Processor time, s; of their ended children too."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
        except OSError:
            continue
        total += sum(map(int, text.rpartition(")")[2].split()[11:15]))
    return total / TICKS


def anon_mb(pids: list[int]) -> float:
    """Anonymous resident memory, MB."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
    return total / 1024.0


def watch(folder: Path, minutes: float, viewers: int) -> list[list[float]]:
    """Serve, look on, and print a line a minute. Returns what the pages drew and when."""
    from playwright.sync_api import sync_playwright

    for name in ("run.mcap", "told.json"):
        (folder / name).unlink(missing_ok=True)
    command = [sys.executable, str(ROOT / "benchmarks/live_served.py"), str(folder)]
    served = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True
    )
    hurry(served.pid)
    hurry(os.getpid())
    drawn: list[list[float]] = []
    try:
        assert served.stdout is not None
        address = served.stdout.readline().strip()
        with sync_playwright() as p:
            chromium = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = p.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            page = None
            for _ in range(viewers):
                page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
                page.add_init_script(KEPT)
                page.goto(address)
            assert page is not None
            print("  minute  memory MB  CPU s  CPU %  Chromium %", flush=True)
            began = time.monotonic()
            mine = descendants(served.pid)
            theirs = [pid for pid in descendants(os.getpid()) if pid not in mine]
            before, other, at = used_s(mine), used_s(theirs), began
            while time.monotonic() < began + 60.0 * minutes and served.poll() is None:
                left = began + 60.0 * minutes - time.monotonic()
                page.wait_for_timeout(1000.0 * max(0.0, min(60.0, left)))
                mine = descendants(served.pid)
                theirs = [pid for pid in descendants(os.getpid()) if pid not in mine]
                now, cpu, cpu_other = time.monotonic(), used_s(mine), used_s(theirs)
                drawn += page.evaluate("window.hipgaitAll.splice(0)")
                print(
                    f"  {(now - began) / 60.0:6.1f}  {anon_mb(mine):9.1f}  {cpu:5.0f}"
                    f"  {100 * (cpu - before) / (now - at):5.1f}"
                    f"  {100 * (cpu_other - other) / (now - at):5.1f}",
                    flush=True,
                )
                before, other, at = cpu, cpu_other, now
            served.send_signal(signal.SIGTERM)
            served.wait(120)
            browser.close()
    finally:
        served.kill()
        served.wait()
    return drawn


def spread(ms: np.ndarray[Any, Any]) -> str:
    """Median, 99 % and the most."""
    if not len(ms):
        return "nothing"
    return f"median {np.median(ms):.0f}, p99 {np.percentile(ms, 99):.0f}, most {ms.max():.0f} ms"


def latency(told: dict[str, list[float]], drawn: list[list[float]]) -> None:
    """From the packet of terminal contact to the page."""
    number, at = np.array(drawn, dtype=float).reshape(-1, 2).T
    shown = np.searchsorted(number, np.array(told["s_number"]))  # a later state shows it as well
    there = shown < len(number)
    on_page = 1e-3 * at[shown[there]]
    arrived, published = np.array(told["s_arrived"])[there], np.array(told["s_published"])[there]
    print(f"latency of {len(arrived)} stances, from the packet of terminal contact at the host")
    print(f"  to the state (a cue is decided then): {spread(1e3 * (published - arrived))}")
    print(f"  to the page's frame:                  {spread(1e3 * (on_page - arrived))}")
    print(f"  of it from the state to the frame:    {spread(1e3 * (on_page - published))}")


def strides(told: dict[str, list[float]], capture: Path) -> None:
    """What live told of against the analysis of the capture."""
    from hipgait.api import analyze, read

    table = analyze(read(capture)).strides
    table = table[table["valid"]]
    offset = None
    missed, apart = 0, []
    ic, left = np.array(told["ic"]), np.array(told["left"]) > 0
    end = ic.max() - 10.0  # the last stances wait for the end of their strides
    rows = table[table["ic_s"] < end]
    for side in ("left", "right"):
        mine = np.sort(ic[left == (side == "left")])
        for at in rows.loc[rows["side"] == side, "ic_s"]:
            nearest = float(mine[np.argmin(np.abs(mine - at))]) - at
            if abs(nearest) < 0.1:
                apart.append(nearest)
            else:
                missed += 1
    offset = float(np.median(apart))
    off = np.abs(np.array(apart) - offset)
    print(
        f"strides: {len(rows)} valid stances in the capture, {missed} of them not told live, "
        f"{len(set(told['number']))} told; contacts apart {1e3 * np.percentile(off, 95):.1f} ms "
        "(95 %)"
    )


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--sensors", type=int, default=3, help="3, or up to 7")
    parser.add_argument("--rate", type=int, default=104, help="Hz")
    parser.add_argument("--viewers", type=int, default=1, help="pages that are open")
    parser.add_argument("--capture", type=Path, help="packets of this one instead of a simulation")
    parser.add_argument("--out", type=Path, default=ROOT / "bench-out" / "live")
    parser.add_argument("--make", action="store_true", help="only make the packets")
    options = parser.parse_args()
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    air = folder / "air.mcap"
    if options.make:
        make_air(air, 60.0 * options.minutes + 20.0, options.sensors, options.rate)
        return
    if options.capture is not None:
        shutil.copyfile(options.capture, air)
    else:  # in a process of its own: its memory is not that of the run
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--make"], check=True)
    what = "the capture" if options.capture else f"{options.sensors} x {options.rate} Hz"
    print(f"live with the page open, {what}, {options.minutes:g} min of real time", flush=True)
    drawn = watch(folder, options.minutes, options.viewers)
    told = json.loads((folder / "told.json").read_text(encoding="utf-8"))
    if told["trouble"]:
        print(f"trouble: {told['trouble']}")
    (folder / "drawn.json").write_text(json.dumps(drawn), encoding="utf-8")
    latency(told, drawn)
    strides(told, folder / "run.mcap")
    print("processor seconds by thread: " + json.dumps(told["threads"]))


if __name__ == "__main__":
    main()
