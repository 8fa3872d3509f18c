"""``hipgait sensors scan`` and ``check``: what is in range, and whether a sensor is fit."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hipgait.cli.asked import Asked, parse_options
from hipgait.cli.common import json_option, print_json
from hipgait.cli.terminal import say, tell
from hipgait.errors import RadioError

if TYPE_CHECKING:
    from hipgait.ble.still import StillReport

CHECK_S: Final = 30.0
START_S: Final = 30.0
"""A sensor that does not stream within this time of being connected to is given up."""


@click.command("scan", short_help="Sensors in range, and the profile that fits each.")
@click.option(
    "--seconds",
    metavar="S",
    type=click.FloatRange(1.0, 300.0),
    default=8.0,
    show_default=True,
    help="How long to listen.",
)
@click.option("--all", "everything", is_flag=True, help="Devices too that no profile fits.")
@json_option
def scan(seconds: float, everything: bool, as_json: bool) -> None:
    """Sensors in range, strongest first, and the profile that fits each.

    \b
    Example:
      hipgait sensors scan
    """
    from hipgait.ble.profiles import known
    from hipgait.ble.radio import Radio, fitting

    async def listen() -> list[dict[str, Any]]:
        found = await Radio().scan(seconds)
        profiles = known()
        rows = [
            {
                "address": seen.address,
                "name": seen.name,
                "rssi_dbm": seen.rssi,
                "profiles": fitting(profiles, seen),
            }
            for seen in sorted(found.values(), key=lambda s: -s.rssi)
        ]
        return [row for row in rows if everything or row["profiles"]]

    rows = asyncio.run(listen())
    if as_json:
        print_json({"sensors": rows})
        return
    if not rows:
        say(
            f"No sensor that hipgait knows within {seconds:g} s. Wake it (press its button or move "
            "it), close the app or computer that holds it, or look with --all."
        )
        return
    for row in rows:
        profiles = ", ".join(row["profiles"]) or "-"
        say(f"{row['address']:<17}  {row['rssi_dbm']:>4} dBm  {row['name'] or '-':<24}  {profiles}")


@click.command("check", short_help="Bias, noise, rate and range of a sensor lying still.")
@click.argument("address", metavar="ADDRESS[@PROFILE]")
@click.option(
    "--set",
    "options",
    metavar="NAME=VALUE",
    multiple=True,
    callback=parse_options,
    help="An option of the profile. Repeatable.",
)
@json_option
def check(address: str, options: tuple[tuple[str | None, str, str], ...], as_json: bool) -> None:
    """Lay the sensor on something firm; after 30 s hipgait says whether it is fit for running.

    \b
    Example:
      hipgait sensors check D4:22:CD:00:12:34
    """
    place, _, profile = address.partition("@")
    if not place:
        raise click.BadParameter("the address is empty")
    report = asyncio.run(_check(Asked("pelvis", place, profile or None), options))
    if as_json:
        print_json({**asdict(report), "fit": report.fit})
    else:
        for line in lines_of(report):
            say(line)
    if not report.fit:
        tell(f"hipgait: {place}: not fit for running: {'; '.join(report.problems)}")
        sys.exit(1)


async def _check(
    asked: Asked, options: tuple[tuple[str | None, str, str], ...], radio: Any = None
) -> StillReport:
    """Record 30 s into a folder that is thrown away, and look at them."""
    from hipgait.ble.radio import Radio
    from hipgait.ble.recorder import Recorder
    from hipgait.ble.still import look_still
    from hipgait.cli.radio import resolve

    radio = radio or Radio()
    (sensor,) = await resolve(radio, [asked], options)
    with tempfile.TemporaryDirectory(prefix="hipgait-check-") as folder:
        recorder = Recorder([sensor], Path(folder) / "check.mcap", radio)
        stop = asyncio.Event()
        timer = asyncio.ensure_future(_time(recorder, stop))
        try:
            await recorder.run(stop)
        finally:
            timer.cancel()
            await asyncio.gather(timer, return_exceptions=True)
    watch = recorder.watches[asked.placement]
    if not watch.health.streams:
        raise RadioError("silent", f"{asked.address} did not stream", "Switch it off and on")
    status = recorder.status().sensors[0]
    return look_still(
        {channel: watch.recent(channel, CHECK_S) for channel in ("acc", "gyr")},
        wanted_hz=status.wanted_hz,
        ranges=watch.ranges,
        lost_pct=status.lost_pct,
    )


async def _time(recorder: Any, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    give_up = loop.time() + START_S
    while not recorder.streaming and loop.time() < give_up:
        await asyncio.sleep(0.1)
    await asyncio.sleep(CHECK_S + 1.0)
    stop.set()


def lines_of(r: StillReport) -> list[str]:
    """The report as text."""
    rows = [("rate", f"{r.rate_hz:.2f} samples/s over {r.seconds:.0f} s")]
    if r.acc_norm_g is not None:
        rows.append(("gravity", f"{r.acc_norm_g:.3f} g"))
    rows += [
        (name, text.format(value))
        for name, text, value in (
            ("accelerometer noise", "{:.1f} mg (SD)", r.acc_noise_mg),
            ("accelerometer step", "{:.2f} mg", r.acc_step_mg),
            ("accelerometer range", "{:.0f} g", r.acc_range_g),
            ("gyroscope noise", "{:.3f} deg/s (SD)", r.gyr_noise_deg_s),
            ("gyroscope step", "{:.3f} deg/s", r.gyr_step_deg_s),
            ("gyroscope range", "{:.0f} deg/s", r.gyr_range_deg_s),
            ("lost", "{:.2f} %", r.lost_pct),
        )
        if value is not None
    ]
    if r.gyr_bias_deg_s is not None:
        bias = ", ".join(f"{b:+.2f}" for b in r.gyr_bias_deg_s)
        rows.append(("gyroscope bias", f"{bias} deg/s (x, y, z)"))
    width = max(len(name) for name, _ in rows)
    told = [f"{name:<{width}}  {text}" for name, text in rows]
    told += [f"note: {remark}" for remark in r.remarks]
    return [*told, "fit for running" if r.fit else "not fit for running"]
