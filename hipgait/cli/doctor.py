"""``hipgait doctor``: is everything here that an analysis or a recording needs?"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Final

import click

from hipgait import __version__
from hipgait.cli.common import Check, json_option, print_json
from hipgait.cli.doctor_bluetooth import bluetooth
from hipgait.cli.terminal import show, tell
from hipgait.errors import HipgaitError, MissingExtraError

CORE: Final = (
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "matplotlib",
    "bleak",
    "mcap",
    "msgspec",
    "click",
    "rich",
    "jinja2",
)
EXTRAS: Final = {
    "live": ("nicegui", "the live page"),
    "virtual": ("bumble", "record --simulate"),
    "lsl": ("pylsl", "LSL streams"),
    "fit": ("fitdecode", "FIT files of watches"),
    "batch": ("duckdb", "SQL over a library"),
    "batch (cluster)": ("distributed", "batch on a Dask cluster"),
    "pdf": ("typst", "reports as PDF"),
}
"""Extra -> the package that it brings, and what for."""
ROOM: Final = 1_000_000_000
"""Less room on the disk than this is told, bytes: three hours of seven sensors."""


def checks() -> Iterator[Check]:
    """Look at Python, the packages, the shipped files, the machine and its Bluetooth."""
    yield Check("hipgait", "ok", __version__)
    yield Check(
        "python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    )
    for package in CORE:
        yield _core(package)
    yield _vqf()
    yield from _shipped()
    yield Check("processors", "ok", str(os.cpu_count() or 1))
    yield _disk(Path.cwd)
    yield _writable("this folder", Path.cwd, "change to a folder of yours, or name one with --out")
    yield _writable("temporary files", gettempdir, "set TMPDIR to a folder that can be written")
    for extra, (package, use) in EXTRAS.items():
        yield _extra(extra, package, use)
    yield from _plugins()
    yield from bluetooth()


def _plugins() -> Iterator[Check]:
    """What other packages bring, and why some of it is left out. Loads them."""
    from hipgait.plugins import packages

    if not packages():
        return
    from hipgait.ble.profiles import judged_profiles
    from hipgait.io.exports import judged_others
    from hipgait.metrics.others import judged_metrics

    for p, wrong in (*judged_others(), *judged_profiles(), *judged_metrics()):
        name = f"{p.group.removeprefix('hipgait.').removesuffix('s')} {p.name}"
        if wrong:
            detail = f"{p.package} {p.version}: {' '.join(wrong.split())[:200]}"
            yield Check(name, "note", detail, f"update or uninstall {p.package}")
        else:
            yield Check(name, "ok", f"{p.package} {p.version}")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _core(package: str) -> Check:
    cure = "pip install --force-reinstall hipgait"
    if find_spec(package) is None:
        return Check(package, "broken", "not installed", cure)
    if package in ("numpy", "scipy", "pandas", "pyarrow"):  # compiled: installed is not usable
        try:
            __import__(package)
        except Exception as error:
            return Check(package, "broken", " ".join(str(error).split())[:200], cure)
    return Check(package, "ok", _version(package))


def _vqf() -> Check:
    if find_spec("vqf") is None:
        return Check("vqf", "absent", "not on this platform: the NumPy integration is used")
    return Check("vqf", "ok", _version("vqf"))


def _extra(extra: str, package: str, use: str) -> Check:
    cure = f'for {use}: pip install "hipgait[{extra.split()[0]}]"'
    if find_spec(package) is None:
        return Check(package, "absent", "not installed", cure)
    if package == "pylsl":  # installed is not usable: it loads a library of the system
        from hipgait.ble.lsl import library

        try:
            library()
        except MissingExtraError as error:
            return Check(package, "absent", error.what, error.cure)
    return Check(package, "ok", _version(package))


def _disk(find: Callable[[], Path]) -> Check:
    try:
        folder = find()
        free = shutil.disk_usage(folder).free
    except OSError as error:  # a folder that was removed, too
        return Check("disk", "note", f"this folder: {error.strerror or error}")
    detail = f"{free / 1e9:.1f} GB free in {folder}"
    if free < ROOM:
        return Check("disk", "note", detail, "make room, or record to another disk with --out")
    return Check("disk", "ok", detail)


def _writable(name: str, find: Callable[[], Path | str], cure: str) -> Check:
    try:
        folder = find()
        with TemporaryFile(dir=folder):
            return Check(name, "ok", f"{folder} can be written")
    except OSError as error:
        return Check(name, "note", f"cannot be written ({error.strerror or error})", cure)


def _shipped() -> Iterator[Check]:
    from hipgait.resources import data_dir, profiles_dir

    for name, find in (("firmware profiles", profiles_dir), ("data", data_dir)):
        try:
            yield Check(name, "ok", str(find()))
        except HipgaitError as error:
            yield Check(name, "broken", error.what, error.cure)


@click.command("doctor", short_help="Check that everything hipgait needs is here.")
@json_option
def command(as_json: bool) -> None:
    """Check that everything an analysis or a recording needs is here, and how to get what is not.

    Exits with 1 if something that hipgait cannot do without is missing. Bluetooth, extras and
    settings (marked - and !) are told with their cure, and do not count for that.

    \b
    Example:
      hipgait doctor
    """
    found = list(checks())
    broken = [check for check in found if check.state == "broken"]
    if as_json:
        print_json({"ok": not broken, "checks": [check._asdict() for check in found]})
    else:
        width = max(len(check.name) for check in found)
        mark = {"ok": "ok", "note": "!", "absent": "-", "broken": "!!"}
        for check in found:
            cure = f"  ({check.cure})" if check.cure else ""
            show(f"{mark[check.state]:>2}  {check.name:<{width}}  {check.detail}{cure}")
    if broken:
        names = ", ".join(check.name for check in broken)
        tell(f"hipgait: not usable here: {names}. {broken[0].cure}")
        sys.exit(1)
