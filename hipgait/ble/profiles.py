"""Profiles from files: the shipped ones, a user's own, and what their options are set to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final

import msgspec

from hipgait.ble.checks import Wrong, check, why_not
from hipgait.ble.layout import text_of
from hipgait.ble.profile import Option, Profile, Stream, Value
from hipgait.errors import InputError, MissingInputError
from hipgait.plugins import PROFILES, Judged, Plugin, checked, judged, leave_out
from hipgait.resources import profiles_dir

MAX_BYTES: Final = 262_144
"""A longer file is no profile (the longest shipped one has 6 kB)."""

HOW: Final = "docs/profiles.md says what each key means"


@dataclass(frozen=True)
class Loaded:
    """A profile and where it comes from. text : the TOML as read."""

    profile: Profile
    text: str
    path: Path


@cache
def _shipped() -> Mapping[str, Profile]:
    found = {}
    for path in sorted(profiles_dir().glob("*.toml")):
        profile = _read(path).profile
        if profile.id != path.stem:
            raise InputError(f"{path}: id {profile.id!r} is not the file's name")
        found[profile.id] = profile
    return MappingProxyType(found)


def shipped() -> Mapping[str, Profile]:
    """Profiles that come with hipgait, by id; read only."""
    return _shipped()


@cache
def _of_others() -> Mapping[str, Loaded]:
    found: dict[str, Loaded] = {}
    for plugin in checked(PROFILES, _why_no_folder):
        for wrong in _add_profiles(plugin, found):
            leave_out(plugin, wrong)
    return MappingProxyType(found)


def _add_profiles(plugin: Plugin, found: dict[str, Loaded]) -> Iterator[str]:
    """Add the profiles of a package to those found; of each that cannot be used, why."""
    for path in sorted(_folder(plugin.value).glob("*.toml")):
        try:
            loaded = _read(path)
        except InputError as error:
            yield f"{type(error).__name__}: {error}"
            continue
        if loaded.profile.id in shipped() or loaded.profile.id in found:
            yield f"{path.name}: the id {loaded.profile.id!r} is there already"
            continue
        found[loaded.profile.id] = loaded


def judged_profiles() -> Judged:
    """The packages with profiles, each with what is wrong with it or with some of its profiles."""
    found: dict[str, Loaded] = {}
    return tuple(
        (plugin, wrong or "; ".join(_add_profiles(plugin, found)))
        for plugin, wrong in judged(PROFILES, _why_no_folder)
    )


def _folder(package: ModuleType) -> Path:
    return Path(str(files(package)))


def _why_no_folder(package: object) -> str:
    """Why this is not a package with profiles in it; "" if it is."""
    if not isinstance(package, ModuleType) or not hasattr(package, "__path__"):
        return "it is not a package (a folder with __init__.py)"
    return "" if any(_folder(package).glob("*.toml")) else "no .toml file lies in it"


def known() -> Mapping[str, Profile]:
    """The shipped profiles and those of other packages (``hipgait.profiles``), by id; read only."""
    return MappingProxyType({**shipped(), **{k: v.profile for k, v in _of_others().items()}})


def load(name_or_path: str | Path) -> Loaded:
    """A shipped or installed profile by its id, or a user's own by its file.

    A name that ends in ``.toml`` or has a folder in it is a file.

    Raises
    ------
    MissingInputError : there is none.
    InputError : not a profile; names the path of what is wrong.
    """
    name = str(name_or_path)
    if name.lower().endswith(".toml") or Path(name).name != name:
        return _read(Path(name))
    path = profiles_dir() / f"{name}.toml"
    if not path.is_file() and name in _of_others():
        return _of_others()[name]
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise MissingInputError(
            f"no profile {name!r}",
            f"Shipped: {', '.join(known())}; your own: give a file that ends in .toml",
        )
    return _read(path)


def _read(path: Path) -> Loaded:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise MissingInputError(f"{path} is not there", "Give a profile that is") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}", "Give a file to read") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"{path}: longer than {MAX_BYTES} bytes: no profile", HOW)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}", "Save it as UTF-8") from None
    return Loaded(parse(text, str(path)), text, path)


def parse(text: str, where: str) -> Profile:
    """A profile from TOML.

    where : what errors call it, e.g. the file's path.

    Raises
    ------
    InputError : names the path of what is wrong, e.g. ``my.toml: stream[0].header[1]: ...``.
    """
    if len(text) > MAX_BYTES:
        raise InputError(f"{where}: longer than {MAX_BYTES} characters: no profile", HOW)
    try:
        profile = msgspec.toml.decode(text, type=Profile)
        check(profile)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {_explained(str(error))}", HOW) from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise InputError(f"{where}: not valid TOML ({error})", HOW) from None
    except Wrong as wrong:
        raise InputError(f"{where}: {wrong}", HOW) from None
    return profile


def _explained(text: str) -> str:
    """Msgspec's message with the path first."""
    what, _, path = text.partition(" - at ")
    path = path.strip("`").removeprefix("$").removeprefix(".")
    what = what.replace("`", "'").removeprefix("Object ")
    return f"{path}: {what}" if path else what


# ------------------------------------------------------------------------------------- options


def settle(profile: Profile, given: Mapping[str, Value]) -> dict[str, Value]:
    """All options of a profile: what was given, the defaults for the rest.

    given : values, or text as typed.

    Raises
    ------
    InputError : an option that is not known, or a value that it cannot have.
    """
    unknown = [name for name in given if name not in profile.options]
    if unknown:
        known = ", ".join(profile.options) or "it has none"
        raise InputError(f"profile {profile.id} has no option {unknown[0]!r}", f"Known: {known}")
    return {
        name: _set(profile, name, option, given[name]) if name in given else option.default
        for name, option in profile.options.items()
    }


def _set(profile: Profile, name: str, option: Option, value: Value) -> Value:
    where = f"profile {profile.id}: option {name}"
    if isinstance(value, str) and not isinstance(option.default, str):
        try:
            value = float(value)
        except ValueError:
            raise InputError(f"{where}: {value!r} is not a number", "Give a number") from None
    if isinstance(value, float) and isinstance(option.default, int) and value.is_integer():
        value = int(value)
    bad = why_not(option, value)
    if bad:
        raise InputError(f"{where}: {bad}", f"The default is {text_of(option.default)}")
    return value


def rate_of(stream: Stream, options: Mapping[str, Value]) -> float:
    """Nominal rate of a stream, Hz. options : all of them."""
    rate = options[stream.rate_hz] if isinstance(stream.rate_hz, str) else stream.rate_hz
    return float(rate)


def rates_of(profile: Profile, stream: Stream) -> list[float]:
    """Nominal rates that a stream can have, Hz, in ascending order; two ends of a range."""
    if not isinstance(stream.rate_hz, str):
        return [float(stream.rate_hz)]
    option = profile.options[stream.rate_hz]
    bounds = option.values or (option.min, option.max)
    return sorted(float(v) for v in bounds if v is not None)
