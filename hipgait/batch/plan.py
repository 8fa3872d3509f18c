"""What a batch has to do, and what its results are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hipgait import __version__
from hipgait.batch.places import Fetched, Store, about_of, filesystem, is_url, local_path
from hipgait.errors import InputError, MissingInputError
from hipgait.io.files import sha256_file
from hipgait.io.identity import analysis_name, digest_of
from hipgait.io.results import is_results
from hipgait.io.writing import encodable, require_encodable
from hipgait.plugins import packages
from hipgait.settings import Settings

SETTINGS: Final = "settings.toml"
ANALYSIS: Final = "analysis="
"""how folders of results begin, below the output"""


@dataclass(frozen=True)
class Plan:
    """A batch.

    sources : absolute paths and URLs, each once, in the order given.
    analysis : name of the settings, the version and the plug-ins; a change of one of them gives
        another folder.
    plugins : ``name version`` of packages that bring plug-ins, since these can move any number.
    """

    sources: tuple[str, ...]
    store: Store
    settings: Settings
    sync: str
    report: bool
    analysis: str
    version: str = __version__
    plugins: tuple[str, ...] = ()

    def task(self, source: str, recording: str = "") -> Task:
        """The work on one recording."""
        return Task(source, recording, self)

    @property
    def home(self) -> str:
        """Folder of this analysis, below the store's root."""
        return f"{ANALYSIS}{self.analysis}"


@dataclass(frozen=True)
class Task:
    """One recording. recording : digest of its files, "" as long as it is not known."""

    source: str
    recording: str
    plan: Plan

    @property
    def name(self) -> str:
        """Last part of the source, as the run is called."""
        return self.source.rstrip("/").rpartition("/")[2]

    @property
    def result(self) -> str:
        """Id of the result: recording, settings, versions and way of synchronising."""
        p = self.plan
        how = (p.settings.digest(), p.version, p.sync, str(p.report), *p.plugins)
        return digest_of((self.recording, *how))

    @property
    def place(self) -> str:
        """Where the result goes, below the store's root. 256 parts: no folder grows too large."""
        return f"{self.plan.home}/part={self.result[:2]}/{self.result}"


def make_plan(
    runs: Sequence[Path | str],
    out: Path | str,
    settings: Settings | None,
    sync: str,
    report: bool,
) -> Plan:
    """Check what is asked for. Raises InputError: nothing to do, unknown way to synchronise, an
    output that is a file, lies in a recording or has a name that is no UTF-8.
    """
    from hipgait.sync.apply import check_mode

    check_mode(sync)
    s = settings or Settings()
    given = [str(r) if is_url(str(r)) else str(local_path(str(r))) for r in runs]
    sources = tuple(dict.fromkeys(given))
    if not sources:
        raise InputError("no recording to analyse", "Name at least one RUN")
    root = str(out) if is_url(str(out)) else str(local_path(str(out)))
    if not is_url(root) and Path(root).exists() and not Path(root).is_dir():
        raise InputError(f"{out} is a file", "Give a folder with --out")
    require_encodable(root)
    for source in sources:
        if _within(root, source):  # neither None nor the folder itself
            raise InputError(
                f"{out} lies in {encodable(source)}, which is to be analysed: results would become "
                "part of the recording",
                "Give a folder elsewhere with --out",
            )
    name = analysis_name(s.digest(), __version__)
    name += "" if sync == "auto" else f"-{sync}"
    name += "-report" if report else ""
    plugins = packages()
    name += f"-plugins{digest_of(plugins)[:8]}" if plugins else ""
    return Plan(sources, Store(root), s, sync, report, name, plugins=plugins)


def _within(place: str, folder: str) -> str | None:
    """Path of a place below a folder, "" for the folder itself; None where it is not in it."""
    if not (is_url(place) or is_url(folder)):
        place, folder = (local_path(p).resolve().as_posix() for p in (place, folder))
    place, folder = f"{place.rstrip('/')}/", f"{folder.rstrip('/')}/"
    return place.removeprefix(folder).rstrip("/") if place.startswith(folder) else None


def check_source(source: str, root: str) -> None:
    """Refuse what can be no recording of a batch into ``root``.

    Raises
    ------
    InputError : a name that is no UTF-8, or the results of this batch themselves.
    """
    require_encodable(source)
    within = _within(source, root)
    if within is not None and (not within or within.startswith(ANALYSIS)):
        raise InputError(f"{source}: holds results of this batch", "Name recordings alone")


def stamp(source: str) -> str:
    """What changes when a source or what tells of it changes, without reading it."""
    if is_url(source):
        fs, path = filesystem(source)
        found = fs.find(path) if fs.isdir(path) else [path, *about_of(fs, path)]
        return digest_of(f"{p} {fs.ukey(p)}" for p in found)
    files = _files(local_path(source))
    stats = [(name, path.stat()) for name, path in files]
    return digest_of(f"{name} {s.st_size} {s.st_mtime_ns}" for name, s in stats)


def recording_digest(source: str) -> str:
    """Digest of the files of a recording with their names; the folder's own name does not count.

    Raises
    ------
    InputError : it is not there, cannot be read, or is already analysed.
    """
    with Fetched(source) as path:
        if path.is_dir() and is_results(path):
            raise InputError(
                f"{source}: is already analysed and holds no signals", "Name the recording itself"
            )
        parts = [f"{name} {sha256_file(file)}" for name, file in _files(path)]
    if not parts:
        raise MissingInputError(f"{source}: an empty folder")
    return digest_of(parts)


def _files(path: Path) -> list[tuple[str, Path]]:
    """(name, file) of a recording, sorted: all of a folder, or a file with what tells of it."""
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file())
        named = [(p.relative_to(path).as_posix(), p) for p in inside]
        return [(n, p) for n, p in named if not any(x.startswith(".") for x in n.split("/"))]
    if not path.exists():
        raise MissingInputError(
            f"{path}: no such file or folder", "Check the spelling and the folder"
        )
    about = path.with_name(f"{path.stem}.run.toml")
    pair = [(path.suffix, path), ("run.toml", about)]
    return [(name, file) for name, file in pair if file.is_file()]
