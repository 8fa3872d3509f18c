"""``hipgait record``: from sensors into a capture file."""

from __future__ import annotations

import asyncio
import platform
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from hipgait.cli.asked import Asked, asked_option, profile_option
from hipgait.cli.common import json_option, out_option, print_json, run_info_option
from hipgait.cli.terminal import say, tell
from hipgait.errors import HipgaitError, InputError


@click.command("record", short_help="Record sensors over Bluetooth into a capture file.")
@out_option("Folder for the capture, which is named after the time; or a name ending in .mcap.")
@asked_option(
    "Which sensor is where: its address or the name that it advertises. The profile is found from "
    "what it advertises unless given (a name or a file). Repeatable."
)
@profile_option
@click.option(
    "--duration",
    metavar="S",
    type=click.FloatRange(1.0, 86400.0),
    help="Seconds to record, prompts included; until Ctrl-C if not given.",
)
@click.option(
    "--protocol/--no-protocol",
    default=None,
    help="Prompt for standing, bows, kicks and jumps first, and for standing at the end. "
    "On a terminal it does so unless told not to.",
)
@run_info_option
@click.option(
    "--simulate", is_flag=True, help="Virtual sensors on a simulated runner: no radio needed."
)
@click.option(
    "--fast", is_flag=True, help="With --simulate and --duration: as quickly as the computer can."
)
@click.option(
    "--lsl", is_flag=True, help="Publish the samples as LSL streams too (needs the extra lsl)."
)
@json_option
def command(
    out: Path,
    asked: tuple[Asked, ...],
    options: tuple[tuple[str | None, str, str], ...],
    duration: float | None,
    protocol: bool | None,
    run_info: Path | None,
    simulate: bool,
    fast: bool,
    lsl: bool,
    as_json: bool,
) -> None:
    """Record sensors over Bluetooth LE until Ctrl-C (or --duration).

    Every packet is on the disk within a second. A sensor that drops out is taken up again; what a
    crash leaves is made whole by hipgait recover.

    \b
    Examples:
      hipgait record --out runs --sensor pelvis=D4:22:CD:00:12:34 \\
          --sensor left_shank=D4:22:CD:00:12:35 --sensor right_shank=D4:22:CD:00:12:36
      hipgait record --out runs --simulate --duration 60
    """
    if simulate and asked:
        raise click.UsageError("--simulate brings its own sensors: leave --sensor out")
    if not simulate and not asked:
        raise click.UsageError("name at least one --sensor PLACEMENT=ADDRESS, or use --simulate")
    if fast and not (simulate and duration):
        raise click.UsageError("--fast goes with --simulate and --duration")
    path = capture_path(out)
    guided = protocol if protocol is not None else _on_terminal() and not simulate
    job = Job(asked, options, path, duration, guided, run_info, lsl)
    if simulate:
        from hipgait.cli.simulated import record_simulated

        found = record_simulated(job, fast=fast)
    else:
        _warn(asked)
        found = asyncio.run(job.run())
    if as_json:
        print_json(found)
        return
    from hipgait.cli.recording_screen import clock

    say(f"{path}: {clock(found['seconds'])} recorded")
    for placement, sensor in found["sensors"].items():
        lost = "" if sensor["lost_pct"] is None else f", {sensor['lost_pct']:.2f} % lost"
        say(f"  {placement}: {sensor['notifications']} packets{lost}, {sensor['breaks']} breaks")
    say(f"Next: hipgait analyze {path} --out {path.with_suffix('')}-report")


def _warn(asked: tuple[Asked, ...]) -> None:
    """One note where this computer is unfit for so many sensors, as far as Linux lets it know."""
    if platform.system() != "Linux":
        return
    from hipgait.ble.host import unfit
    from hipgait.ble.lsl import SCHEME

    if note := unfit(sum(not one.address.startswith(SCHEME) for one in asked)):
        tell(f"hipgait: note: {note}")


def capture_path(out: Path) -> Path:
    """The file to make: ``out`` itself if it is named like one, else in the folder ``out``."""
    try:
        there, folder = out.exists(), out.is_dir()
    except OSError as error:  # no permission to look
        from hipgait.io.capture import refused

        raise refused(out, error) from None
    if out.suffix == ".mcap":
        if there:  # said before a sensor is looked for
            raise InputError(f"{out}: exists already", "Give another name: nothing is overwritten")
        return out
    if there and not folder:
        raise InputError(f"{out} is a file", "Give a folder with --out, or a name ending in .mcap")
    return out / f"run-{datetime.now().astimezone():%Y%m%d-%H%M%S}.mcap"


def _on_terminal() -> bool:
    import sys

    return sys.stderr.isatty()


class Job:
    """A recording that is to be made.

    Parameters
    ----------
    asked, options : the sensors as named by the user.
    path : capture to make.  duration : s.  guided : with the protocol.
    """

    def __init__(
        self,
        asked: tuple[Asked, ...],
        options: tuple[tuple[str | None, str, str], ...],
        path: Path,
        duration: float | None,
        guided: bool,
        run_info: Path | None,
        lsl: bool,
    ) -> None:
        self.asked = asked
        self.duration = duration
        self._lsl = lsl
        self._options = options
        self._path = path
        self._guided = guided
        self._run = run_table(run_info)

    async def run(self, radio: Any = None, clocks: Any = None) -> dict[str, Any]:
        """Record. Returns what is told at the end."""
        from hipgait.ble.lsl_out import Outlets
        from hipgait.ble.prompts import Guide
        from hipgait.ble.radio import Radio
        from hipgait.ble.recorder import Recorder
        from hipgait.ble.status import motion_hz
        from hipgait.cli.placement_watch import PlacementWatch
        from hipgait.cli.radio import resolve
        from hipgait.cli.recording_screen import Screen

        radio = radio or Radio()
        stop = asyncio.Event()
        with Screen() as screen, Signals(stop) as on_finish:
            screen.say("Looking for the sensors", 0.0)
            sensors = await unless(stop, resolve(radio, self.asked, self._options))
            viewers = [Outlets({s.placement: motion_hz(s) for s in sensors})] if self._lsl else []
            recorder = Recorder(sensors, self._path, radio, self._run, clocks, viewers)
            guide = Guide(
                screen.say, recorder.mark, protocol=self._guided, duration_s=self.duration
            )
            on_finish.append(guide.enough)
            watch = PlacementWatch(recorder)
            beside = [
                asyncio.ensure_future(_lead(recorder, guide, stop)),
                asyncio.ensure_future(watch.run(stop)),
            ]
            try:
                await recorder.run(stop, screen)
            finally:
                for task in beside:
                    task.cancel()
                ended = await asyncio.gather(*beside, return_exceptions=True)
            for error in ended:  # of ours: what was recorded is safe by now
                if isinstance(error, Exception):
                    raise error
        return summary(recorder)


def summary(recorder: Any) -> dict[str, Any]:
    """What was recorded, for machines."""
    status = recorder.status()
    return {
        "path": str(recorder.path),
        "seconds": round(status.elapsed_s, 3),
        "warnings": list(status.warnings),
        "sensors": {
            s.placement: {
                "address": recorder.links[s.placement].sensor.address,
                "profile": recorder.links[s.placement].sensor.profile.id,
                "notifications": recorder.links[s.placement].health.notifications,
                "lost_pct": s.lost_pct,
                "gaps": s.gaps,
                "breaks": s.breaks,
                "battery_pct": s.battery_pct,
                "unreadable": s.faults,
                "trouble": s.trouble,
            }
            for s in status.sensors
        },
    }


async def _lead(recorder: Any, guide: Any, stop: asyncio.Event) -> None:
    """The prompts, once every sensor streams; without them nobody would know when to stop."""
    while not recorder.streaming and not stop.is_set():
        await asyncio.sleep(0.1)
    try:
        await guide.lead(stop)
    except Exception:
        stop.set()
        raise


async def unless(stop: asyncio.Event, doing: Awaitable[Any]) -> Any:
    """The result of ``doing``; Ctrl-C gives it up."""
    work = asyncio.ensure_future(doing)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not work.done():
        work.cancel()
        with suppress(asyncio.CancelledError, HipgaitError):
            await work
        raise KeyboardInterrupt
    return work.result()


def run_table(run_info: Path | None) -> Any:
    """What a run.toml says, as a capture keeps it; empty without one."""
    from hipgait.io.runtable import RunTable

    if run_info is None:
        return RunTable()
    from hipgait.io.files import Source
    from hipgait.io.runinfo import read_run_info

    return RunTable.of(read_run_info(Source(run_info)).info)


class Signals:
    """Ctrl-C: the runner has finished; the second one, or SIGTERM: end now."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._ask: list[Callable[[], bool]] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> list[Callable[[], bool]]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.signal(
                number, lambda n, _: loop.call_soon_threadsafe(self._take, n == signal.SIGINT)
            )
            self._before[number] = before
        return self._ask

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _take(self, ctrl_c: bool) -> None:
        if not (ctrl_c and any(ask() for ask in self._ask)):
            self._stop.set()
