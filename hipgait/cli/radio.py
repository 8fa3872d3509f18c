"""What ``record`` and ``sensors`` share: finding the sensors, choosing their profile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from hipgait.ble.link import Sensor
from hipgait.ble.lsl import SCHEME, find
from hipgait.ble.profile import Profile, Value
from hipgait.ble.profiles import Loaded, known, load, settle
from hipgait.ble.radio import FIND_S, Radio, Seen, fitting, not_found, shown
from hipgait.cli.asked import BESIDE, Asked
from hipgait.errors import InputError, RadioError


async def resolve(
    radio: Radio,
    asked: Sequence[Asked],
    options: Sequence[tuple[str | None, str, str]] = (),
    seconds: float = FIND_S,
) -> list[Sensor]:
    """Find the sensors and settle what each speaks.

    A sensor may be named by its address or by the whole name that it advertises.

    Raises
    ------
    RadioError : not in range; no profile fits, or several do.
    InputError : a profile or an option that is not known.
    """
    given = {a.placement: load(a.profile) for a in asked if a.profile}
    wanted = {a.address.casefold() for a in asked if not a.address.startswith(SCHEME)}
    seen: Mapping[str, Seen] = {}
    if wanted:
        seen = await radio.scan(seconds, lambda found: wanted <= _names(found))
    sensors = []
    for one in asked:
        if one.address.startswith(SCHEME):
            text = given[one.placement].text if one.placement in given else None
            sensors.append(await asyncio.to_thread(find, one.placement, one.address, text, seconds))
            continue
        there = _find(one, seen)
        if there is None:
            error = not_found(one.address, seconds)
            raise RadioError(error.kind, f"{one.placement}: {error.what}", error.cure)
        loaded = given.get(one.placement) or _guess(one, there)
        values = {n: v for p, n, v in options if p is None and n in loaded.profile.options}
        values |= {n: v for p, n, v in options if p == one.placement}
        _fits(one, loaded.profile)
        sensors.append(sensor(one.placement, there.address, loaded, values, there.name))
    _each_once(sensors)
    unused = [n for p, n, _ in options if p is None and all(n not in s.options for s in sensors)]
    if unused:
        raise InputError(
            f"no sensor has an option {unused[0]!r}", "hipgait sensors show PROFILE lists them"
        )
    return sensors


def _each_once(sensors: Sequence[Sensor]) -> None:
    """Refuse a sensor that was named twice, by its address and by its name."""
    places: dict[str, str] = {}
    for s in sensors:
        other = places.setdefault(s.address.casefold(), s.placement)
        if other != s.placement:
            raise InputError(
                f"{other} and {s.placement} are the same sensor ({shown(s.address)})",
                "Give each placement a sensor of its own",
            )


def sensor(
    placement: str,
    address: str,
    loaded: Loaded,
    options: Mapping[str, Value] | None = None,
    name: str = "",
) -> Sensor:
    """A sensor with its options settled."""
    profile: Profile = loaded.profile
    return Sensor(placement, address, profile, loaded.text, settle(profile, options or {}), name)


def _fits(asked: Asked, profile: Profile) -> None:
    """What moves sits at a placement, what does not is named for what it measures."""
    kinds = {stream.kind for stream in profile.stream}
    wanted = asked.placement if asked.placement in BESIDE else "motion"
    if wanted not in kinds:
        raise RadioError(
            "wrong_profile",
            f"{asked.placement}: {profile.name} measures {', '.join(sorted(kinds))}",
            f"Use it as {' or '.join(f'--sensor {k}=ADDRESS' for k in BESIDE if k in kinds)}"
            if kinds & set(BESIDE)
            else f"Choose a sensor of {wanted.replace('_', ' ')} for it",
        )


def _names(found: Mapping[str, Seen]) -> set[str]:
    return {s.address.casefold() for s in found.values()} | {
        s.name.casefold() for s in found.values()
    }


def _find(asked: Asked, seen: Mapping[str, Seen]) -> Seen | None:
    key = asked.address.casefold()
    by_address = [s for s in seen.values() if s.address.casefold() == key]
    by_name = [s for s in seen.values() if s.name.casefold() == key]
    if len(by_name) > 1 and not by_address:
        addresses = ", ".join(s.address for s in by_name)
        raise RadioError(
            "not_found",
            f"{asked.placement}: {len(by_name)} sensors are named {asked.address}",
            f"Name it by its address: {addresses}",
        )
    return next(iter(by_address or by_name), None)


def _guess(asked: Asked, seen: Seen) -> Loaded:
    fits = fitting(known(), seen)
    if len(fits) == 1:
        return load(fits[0])
    who = f"{asked.placement} ({seen.name or 'without a name'}, {seen.address})"
    if not fits:
        raise RadioError(
            "wrong_profile",
            f"{who}: no shipped profile fits what it advertises",
            "Name one with PLACEMENT=ADDRESS@PROFILE (hipgait sensors list), or write one: "
            "docs/profiles.md",
        )
    raise RadioError(
        "wrong_profile",
        f"{who}: more than one profile fits ({', '.join(fits)})",
        f"Choose one: {asked.placement}={asked.address}@{fits[0]}",
    )
