"""Where shipped firmware profiles and data are, from a checkout or from a wheel.

A wheel carries both folders inside the package; in a checkout they lie beside it.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from hipgait.errors import MissingInputError

PROFILES: Final = "firmware_profiles"
DATA: Final = "data"


def profiles_dir() -> Path:
    """Folder of the shipped firmware profiles, one TOML a firmware."""
    return _shipped(PROFILES)


def data_dir() -> Path:
    """Folder of the shipped synthetic recordings and the strength programme."""
    return _shipped(DATA)


def data_path(name: str) -> Path:
    """One shipped file or folder of data, e.g. ``"tired-runner"``.

    Raises
    ------
    MissingInputError : it is not shipped; names what is.
    """
    folder = data_dir()
    path = folder / name
    if not path.exists():
        have = ", ".join(sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")))
        raise MissingInputError(f"hipgait ships no data named {name!r}", f"There are: {have}")
    return path


def _shipped(name: str) -> Path:
    package = Path(str(files("hipgait")))
    checkout = package.parent
    if (package / name).is_dir():
        return package / name
    # A folder "data" beside an installed package would be somebody else's: only a checkout counts.
    if (checkout / "pyproject.toml").is_file() and (checkout / name).is_dir():
        return checkout / name
    raise MissingInputError(
        f"the folder {name!r} of hipgait is missing from {package}",
        "Reinstall it with: pip install --force-reinstall --no-deps hipgait",
    )
