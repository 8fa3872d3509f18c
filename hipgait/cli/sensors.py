"""``hipgait sensors``: which sensors hipgait can talk to, and what is known of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from hipgait.cli.common import json_option, print_json
from hipgait.cli.sensors_radio import check, scan
from hipgait.cli.terminal import show

if TYPE_CHECKING:
    from hipgait.ble.profile import ByOption, Option, Profile, Stream


@click.group("sensors", short_help="The sensors that hipgait knows.")
def command() -> None:
    """The sensors that hipgait knows: rates, clocks, options, known faults.

    \b
    Examples:
      hipgait sensors scan
      hipgait sensors list
      hipgait sensors show movella-dot
      hipgait sensors check D4:22:CD:00:12:34
      hipgait sensors show my-sensor.toml --json
    """


command.add_command(scan)
command.add_command(check)


@command.command("list", short_help="The known profiles, and which suit running.")
@json_option
def list_command(as_json: bool) -> None:
    """List the profiles, one a firmware: the shipped ones and those of installed packages.

    \b
    Example:
      hipgait sensors list
    """
    from hipgait.ble.profiles import known

    rows = [_row(profile) for profile in known().values()]
    if as_json:
        print_json(rows)
        return
    lines: list[tuple[str, ...]] = [("PROFILE", "HZ", "CLOCK", "GYR", "RUNNING", "SENSOR")]
    lines += [
        (
            row["id"],
            _rates(row["rates_hz"]),
            row["clock"],
            "yes" if "gyr" in row["channels"] else "no",
            row["running"],
            row["name"],
        )
        for row in rows
    ]
    _columns(lines)
    show()
    if not any(row["tried_on_hardware"] for row in rows):
        show("None was ever tried on hardware: they follow public documents and code.")
    show("RUNNING: timing = no gyroscope, so no angles; beside = heart rate, speed, battery.")
    show("One in full: hipgait sensors show PROFILE")


@command.command("show", short_help="Everything that is known of one sensor.")
@click.argument("name", metavar="PROFILE|FILE.toml")
@json_option
def show_command(name: str, as_json: bool) -> None:
    """Show a shipped profile, or one of your own from a file (which also checks it).

    \b
    Example:
      hipgait sensors show movella-dot
    """
    from hipgait.ble.profiles import load

    loaded = load(name)
    if as_json:
        print_json(_row(loaded.profile) | {"path": str(loaded.path), "profile": loaded.profile})
        return
    _show(loaded.profile)


def _row(profile: Profile) -> dict[str, Any]:
    """What the table says of a profile."""
    from hipgait.ble.profiles import rates_of

    motion = [s for s in profile.stream if s.kind == "motion"]
    return {
        "id": profile.id,
        "name": profile.name,
        "firmware": profile.firmware,
        "rates_hz": sorted({rate for s in motion for rate in rates_of(profile, s)}),
        "clock": _clock(profile),
        "channels": sorted({name for s in profile.stream for name in s.channels}),
        "kinds": sorted({s.kind for s in profile.stream}),
        "running": _running(profile),
        "tried_on_hardware": profile.tried_on_hardware,
        "known_faults": profile.known_faults,
    }


CLOCKS: Final = {
    "device": "of the device",
    "host": "of this computer",
    "none": "none; samples are timed by arrival",
}


def _clock(profile: Profile) -> str:
    return "arrival" if profile.clock == "none" else profile.clock


def _running(profile: Profile) -> str:
    """Whether a sensor is fast enough, and for what."""
    from hipgait.ble.profile import GAIT_HZ
    from hipgait.ble.profiles import rates_of

    fast = [s for s in profile.stream if s.kind == "motion" and rates_of(profile, s)[-1] >= GAIT_HZ]
    if not any(s.kind == "motion" for s in profile.stream):
        return "beside"
    if not fast:
        return "too slow"
    return "yes" if any("gyr" in s.channels for s in fast) else "timing"


def _rates(rates: list[float]) -> str:
    if not rates:
        return "-"
    return f"{rates[0]:g}" if len(rates) == 1 else f"{rates[0]:g}-{rates[-1]:g}"


def _columns(lines: list[tuple[str, ...]]) -> None:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        show("  ".join(w.ljust(n) for w, n in zip(line, widths, strict=True)).rstrip())


WORDS = {
    "yes": "fast enough for running",
    "timing": "fast enough, but no gyroscope: timing and impact, no angles",
    "too slow": "too slow for running",
    "beside": "no motion: values beside the run",
}


def _show(profile: Profile) -> None:
    show(f"{profile.id}: {profile.name}")
    show(f"  firmware: {profile.firmware}")
    show(f"  {WORDS[_running(profile)]}")
    if any(s.kind == "motion" for s in profile.stream):
        show(f"  clock: {CLOCKS[profile.clock]}")
    tried = "tried on hardware" if profile.tried_on_hardware else "never tried on hardware"
    show(f"  {tried}")
    for source in profile.source:
        show(f"  source: {source}")
    show("\nStreams")
    for stream in profile.stream:
        show(f"  {stream.id}: {_stream(profile, stream)}")
    if profile.options:
        show("\nOptions")
    for name, option in profile.options.items():
        show(f"  {name}: {_choice(option)} {option.unit}".rstrip() + f" (default {option.default})")
        show(f"    {option.help}")
    if profile.known_faults:
        show("\nKnown faults")
    for fault in profile.known_faults:
        show(f"  - {fault}")


def _choice(option: Option) -> str:
    if option.values:
        return " ".join(map(str, option.values))
    low, high = ("any" if v is None else f"{v:g}" for v in (option.min, option.max))
    return f"{low} ... {high}"


def _stream(profile: Profile, stream: Stream) -> str:
    from hipgait.ble.profiles import rates_of

    rates = _rates(rates_of(profile, stream))
    channels = ", ".join(
        f"{name} ({channel.unit}{_reach(channel.range)})"
        for name, channel in stream.channels.items()
    )
    counted = ", numbered packets" if stream.sequence else ""
    return f"{channels}, {rates} Hz{counted}"


def _reach(full: float | ByOption | None) -> str:
    if full is None:
        return ""
    numbers = [full] if isinstance(full, int | float) else sorted(full.values.values())
    return ", up to " + " or ".join(f"{n:g}" for n in numbers)
