"""``hipgait live``: see it and hear it while running."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hipgait.cli.asked import BESIDE, Asked, asked_option, profile_option
from hipgait.cli.common import GivenPath, json_option, print_json
from hipgait.cli.record import Signals, capture_path, run_table, unless
from hipgait.cli.terminal import say, tell

if TYPE_CHECKING:
    from hipgait.live.conductor import Conductor
    from hipgait.live.controls import CueChoice, Ended

DEFAULT_PORT: Final = 8421
CUES: Final = {"drop": "pelvic_drop_excursion", "lean": "shank_lean_excursion", "none": ""}
REFRESH_HZ: Final = 4.0


@click.command("live", short_help="See it and hear it while running.")
@click.option(
    "--out",
    default=Path("runs"),
    show_default=True,
    metavar="DIR",
    type=GivenPath(),
    help="Folder for the capture and its report.",
)
@asked_option("As in record. Without any, the page looks for sensors and lets you place them.")
@profile_option
@click.option("--simulate", is_flag=True, help="Virtual sensors on a simulated runner.")
@click.option("--terminal", is_flag=True, help="Draw in this terminal; no page, no browser.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to serve the page on; 0.0.0.0 for phones in your network (they need the code).",
)
@click.option(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port of the page; 0: any.",
)
@click.option(
    "--cue",
    type=click.Choice(list(CUES)),
    default="drop",
    show_default=True,
    help="What feedback is given on.",
)
@click.option(
    "--margin",
    type=click.FloatRange(0.1, 20.0),
    default=1.0,
    show_default=True,
    help="Feedback above your own fresh level by this much, degrees.",
)
@click.option(
    "--cue-kind",
    type=click.Choice(["tone", "word"]),
    default="tone",
    show_default=True,
    help="How feedback sounds.",
)
@click.option(
    "--week", type=click.IntRange(1, 8), help="Week of the fading schedule; always on without."
)
@click.option(
    "--metronome",
    type=click.FloatRange(-10.0, 10.0),
    metavar="PCT",
    help="Beats this much above your fresh cadence, %.",
)
@click.option(
    "--duration",
    metavar="S",
    type=click.FloatRange(1.0, 86400.0),
    help="Stop after so many seconds.",
)
@click.option("--run-info", metavar="FILE", type=GivenPath(), help="A run.toml; see record.")
@json_option
def command(
    out: Path,
    asked: tuple[Asked, ...],
    options: tuple[tuple[str | None, str, str], ...],
    simulate: bool,
    terminal: bool,
    host: str,
    port: int,
    cue: str,
    margin: float,
    cue_kind: str,
    week: int | None,
    metronome: float | None,
    duration: float | None,
    run_info: Path | None,
    as_json: bool,
) -> None:
    """Drop and lean of the last strides of each side, the trend, and a cue, while you run.

    Stand still first, run easily for a few minutes, and your own fresh level is known. Everything
    is recorded as by hipgait record; stopping writes the report. The page is served on this
    computer only unless --host says otherwise.

    \b
    Examples:
      hipgait live --simulate
      hipgait live --sensor pelvis=D4:22:CD:00:12:34 --sensor left_shank=... --out runs
      hipgait live --host 0.0.0.0          then scan the code with a phone
    """
    if simulate and asked:
        raise click.UsageError("--simulate brings its own sensors: leave --sensor out")
    if terminal and not (simulate or asked):
        raise click.UsageError("--terminal has no set-up page: name the sensors with --sensor")
    if all(a.placement in BESIDE for a in asked) and asked:
        raise click.UsageError("name at least one sensor of motion")
    from hipgait.live.controls import CueChoice

    choice = CueChoice(CUES[cue], margin, cue_kind, week, metronome)
    job = _Live(asked, options, capture_path(out), choice, run_info, duration)
    ended = asyncio.run(
        job.run(simulate=simulate, page=None if terminal else (host, port), quiet=as_json)
    )
    if as_json:
        print_json(
            {
                "capture": None if ended.capture is None else str(ended.capture),
                "report": None if ended.report is None else str(ended.report),
                "answer": list(ended.lines),
                "trouble": ended.trouble,
            }
        )
        if ended.trouble:
            sys.exit(1)
        return
    if ended.trouble:
        tell(f"hipgait: {ended.trouble}")
    for line in ended.lines:
        if line != ended.trouble:
            say(line)
    if ended.capture is not None:
        say(f"recording: {ended.capture}")
    if ended.report is not None:
        say(f"report: {ended.report}")
    if ended.trouble:
        sys.exit(1)


class _Live:
    """A live run that is to be made. Arguments as of the command."""

    def __init__(
        self,
        asked: tuple[Asked, ...],
        options: tuple[tuple[str | None, str, str], ...],
        path: Path,
        cue: CueChoice,
        run_info: Path | None,
        duration: float | None,
    ) -> None:
        self._asked, self._options, self._path = asked, options, path
        self._cue, self._duration = cue, duration
        self._run = run_table(run_info)

    async def run(self, *, simulate: bool, page: tuple[str, int] | None, quiet: bool) -> Ended:
        """The whole of it. Returns what is there afterwards."""
        from hipgait.live.conductor import Conductor

        stop = asyncio.Event()
        async with AsyncExitStack() as held:
            held.enter_context(Signals(stop))
            conductor = Conductor(info=self._run.info(), cue=self._cue)
            # before a sensor is looked for and a file made: what cannot be shown is said first
            _show(conductor, page, held, quiet)
            await self._find(conductor, stop, held, simulate)
            course = asyncio.ensure_future(conductor.conduct(self._duration))
            halted = asyncio.ensure_future(stop.wait())
            await asyncio.wait({course, halted}, return_when=asyncio.FIRST_COMPLETED)
            conductor.stop()
            ended = await course
            if page is not None and not stop.is_set() and self._duration is None:
                tell("The report is on the page. Ctrl-C ends hipgait live.")
                await halted
            halted.cancel()
            return ended

    async def _find(
        self, conductor: Conductor, stop: asyncio.Event, held: AsyncExitStack, simulate: bool
    ) -> None:
        """The sensors: virtual, named on the command line, or by the set-up page."""
        if simulate:
            from hipgait.live.simulated import simulated_source

            source = simulated_source(self._path, self._duration)
            conductor.begin(await held.enter_async_context(source))
            return
        from hipgait.ble.radio import Radio

        radio = Radio()
        if self._asked:
            from hipgait.cli.radio import resolve
            from hipgait.live.recording_source import RecordingSource

            sensors = await unless(stop, resolve(radio, self._asked, self._options))
            conductor.begin(RecordingSource(sensors, self._path, radio, self._run))
            return
        from hipgait.live.setup import SetUp

        setup = SetUp(radio, self._path, conductor.begin, self._run)
        held.push_async_callback(setup.close)
        conductor.offer(setup)


def _show(
    conductor: Conductor, page: tuple[str, int] | None, held: AsyncExitStack, quiet: bool
) -> None:
    """The page, or the terminal view, until ``held`` is left."""
    if page is not None:
        from hipgait.live.web.server import Server

        server = Server(conductor, *page)
        server.start()
        held.callback(server.stop)
        _tell_address(server.address, quiet)
    elif not quiet:
        drawing = asyncio.ensure_future(_draw(conductor))
        held.callback(drawing.cancel)


def _tell_address(address: str, quiet: bool) -> None:
    """Where the page is; over a network also as a code to be scanned."""
    tell(f"Open {address}")
    if "token=" in address and not quiet:
        import segno

        segno.make(address, micro=False).terminal(out=sys.stderr, compact=True)


async def _draw(conductor: Conductor) -> None:
    """The terminal view, until cancelled. A cue rings the bell."""
    from rich.console import Console
    from rich.live import Live

    from hipgait.live.terminal import drawn

    console = Console(stderr=True)
    sound = conductor.state.cue.sound
    with Live(console=console, auto_refresh=False, transient=True) as screen:
        while True:
            state = conductor.state
            screen.update(drawn(state), refresh=True)
            if state.cue.sound != sound:
                sound = state.cue.sound
                console.bell()
            await asyncio.sleep(1.0 / REFRESH_HZ)
