"""Which file of a run is which sensor, and which reader reads it.

What the user says (``--sensor PLACEMENT=FILE``) goes first; the rest is taken from the names of
files, device folders and devices (hipgait.io.placement). What is not clear stays so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hipgait.errors import InputError, MissingInputError
from hipgait.io.csvfile import unknown_header
from hipgait.io.exports import belongs_to_another, parts_of, recognise
from hipgait.io.files import Source, list_sources
from hipgait.io.placement import guess_placement, placement_note, possible_placements
from hipgait.io.reading import Reader
from hipgait.io.tables import lines_of
from hipgait.names import PLACEMENTS

DATA_SUFFIXES: Final = (".csv", ".txt", ".tsv", ".dat", ".log", ".json", "")
"""Endings of files that may hold a sensor's data (``.gz`` does not count)."""
ZIP: Final = ".zip"

TABLE_SUFFIXES: Final = (".csv", ".tsv")
"""Endings of files that a user takes for a sensor's data: told why each was refused."""

Picked = dict[str, tuple[Source, Reader]]


@dataclass(frozen=True)
class Unclear:
    """A file whose name does not say where the sensor sat.

    open_to : placements that its name leaves open ("ankle": both shanks).
    """

    source: Source
    reader: Reader
    open_to: tuple[str, ...] = PLACEMENTS


@dataclass(frozen=True)
class Picks:
    """Which file is which sensor.

    picked : placement -> source and reader, in the order of names.PLACEMENTS.
    unclear : files that hold a sensor of the run, nobody says which.
    notes : for the report.
    """

    picked: Picked
    unclear: tuple[Unclear, ...]
    notes: list[str]

    def refuse_unclear(self) -> None:
        """Raise InputError where a name does not tell."""
        names = [str(u.source) for u in self.unclear]
        if names:
            shown = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
            raise InputError(
                f"{shown}: the name does not say where the sensor was",
                "Say it with --sensor PLACEMENT=FILE "
                f"(PLACEMENT is one of {', '.join(PLACEMENTS)})",
            )


def pick_sensors(
    run: Path,
    files: Sequence[Source],
    sensors: Mapping[str, Path] | None = None,
    chosen: Reader | None = None,
    unnamed: Sequence[Path] = (),
) -> Picks:
    """Assign the files of a run to placements.

    Parameters
    ----------
    files : all files of the run (hipgait.io.files.list_sources).
    sensors : placement -> file as the user says; unclear files beside them are left out.
    chosen : reader to use instead of the one that recognises the file.
    unnamed : files that the user names without saying where they sat; no others are looked for.

    Raises
    ------
    InputError : two files for one placement.
    FormatError : a file that should hold data and is not understood.
    MissingInputError : no sensor file at all.
    """
    picked = _said(run, files, sensors or {}, chosen)
    said = set(picked)
    if unnamed:
        asked = _asked(unnamed, chosen)
        return Picks(in_order(picked), asked, [])
    taken = {source.path for source, _ in picked.values()}
    if any(source.part for source, _ in picked.values()):
        # sensors of one file were named one by one: other files are other recordings
        return Picks(_sharing(in_order(picked)), (), [])
    single = len(files) == 1 and files[0].path == run
    candidates: list[tuple[Source, Reader]] = []
    ignored: list[str] = []
    refused: list[Source] = []
    for source in files:
        if source.path in taken:
            continue
        reader = _reader_of(source, chosen, single)
        if reader is None and not single and belongs_to_another(source):
            continue
        if reader is None and (single or _should_be_data(source, run)):
            raise _not_recognised(source)
        if reader is None:
            ignored += [source.path.name] if source.path.parent == run else []
            refused += [source] if source.suffix in TABLE_SUFFIXES else []
        else:
            candidates += [(part, reader) for part in parts_of(source, reader)]
    if not said:
        candidates = _one_run(run, candidates)
    unclear: list[Unclear] = []
    remarks: list[str] = []
    for source, reader in candidates:
        name, guess = _guess(source, reader)
        if guess is None:
            unclear.append(Unclear(source, reader, _open_to(source, reader)))
        elif guess in said:
            ignored.append(source.path.name)
        elif guess in picked:
            raise InputError(
                f"{picked[guess][0]} and {source} both look like {guess}",
                f"Say which one it is: --sensor {guess}=FILE",
            )
        else:
            picked[guess] = (source, reader)
            remark = placement_note(name)
            remarks += [f"{guess}: sensor {remark}"] if remark else []
    whole = {source.path for source, _ in picked.values() if source.part}
    aside = [u for u in unclear if said or u.source.path in whole]
    unclear = [u for u in unclear if u not in aside]
    ignored += [
        Path(str(u.source)).name if u.source.path in whole else u.source.path.name for u in aside
    ]
    if not picked and not unclear:
        raise MissingInputError(
            f"{run}: no sensor file in it{_why_not(refused)}",
            f"Name the files after their placements ({', '.join(PLACEMENTS[:3])}, ...) "
            "or use --sensor PLACEMENT=FILE",
        )
    left_out = [f"files left out: {_listed(sorted(set(ignored)))}"] if ignored else []
    return Picks(_sharing(in_order(picked)), tuple(unclear), [*remarks, *left_out])


def _sharing(picked: Picked) -> Picked:
    """Devices of one file share what is worked out for it."""
    first: dict[tuple[Path, Reader], Source] = {}
    out: Picked = {}
    for placement, (source, reader) in picked.items():
        of_file = first.setdefault((source.path, reader), source)
        out[placement] = (replace(source, shared=of_file.shared), reader)
    return out


def in_order(picked: Picked) -> Picked:
    """In the order of names.PLACEMENTS."""
    return dict(sorted(picked.items(), key=lambda item: PLACEMENTS.index(item[0])))


def _asked(unnamed: Sequence[Path], chosen: Reader | None) -> tuple[Unclear, ...]:
    """The sensors of files that the user names without their placements."""
    found = []
    for path in unnamed:
        source = _in_zip(Source(path))
        reader = chosen or recognise(source)
        if reader is None:
            raise _not_recognised(source)
        found += [Unclear(s, reader, _open_to(s, reader)) for s in parts_of(source, reader)]
    return tuple(found)


def _said(
    run: Path, files: Sequence[Source], sensors: Mapping[str, Path], chosen: Reader | None
) -> Picked:
    """What the user says."""
    picked: Picked = {}
    for placement, wanted in sensors.items():
        if placement not in PLACEMENTS:
            raise InputError(
                f"unknown placement {placement!r}", f"Use one of: {', '.join(PLACEMENTS)}"
            )
        source, device = _find(run, files, str(wanted))
        source = _in_zip(source)
        reader = chosen or recognise(source)
        if reader is None:
            raise _not_recognised(source)
        source = _device(source, reader, device)
        if any(source == other for other, _ in picked.values()):
            raise InputError(f"{wanted} is given for two placements", "Name one file a sensor")
        picked[placement] = (source, reader)
    return picked


def _find(run: Path, files: Sequence[Source], said: str) -> tuple[Source, str]:
    """A file named by the user, and after a ``#`` one of its devices."""
    found = _named(run, files, Path(said))
    if found is not None:
        return found, ""
    file, sign, device = said.rpartition("#")
    found = _named(run, files, Path(file)) if sign else None
    if found is None:
        raise MissingInputError(f"{said}: no such file", "Check what --sensor names")
    return found, device


def _in_zip(source: Source) -> Source:
    """The file of a zip archive that can be read; itself where it is none."""
    if source.archive is not None or source.suffix != ZIP:
        return source
    known = [s for s in list_sources(source.path) if recognise(s) is not None]
    if len(known) != 1:
        raise InputError(
            f"{source.path}: holds {len(known) or 'no'} files that are known here",
            "Unpack it, and name one file a sensor",
        )
    return known[0]


def _device(source: Source, reader: Reader, wanted: str) -> Source:
    """The one device of a file whose name holds the words."""
    devices = parts_of(source, reader)
    if not wanted and len(devices) == 1:
        return source
    matching = [d for d in devices if wanted and wanted.lower() in d.part.lower()]
    matching = [d for d in matching if d.part == wanted] or matching
    if len(matching) != 1:
        held = ", ".join(d.part for d in devices if d.part)
        if not held:
            raise InputError(
                f"{source.path}: holds one sensor, and no name {wanted!r}",
                f"Leave #{wanted} out: --sensor PLACEMENT={source.path.name}",
            )
        which = "several of that name" if matching else f"none named {wanted!r}"
        raise InputError(
            f"{source.path}: holds {held}" + (f", {which}" if wanted else ""),
            f"Say which: --sensor PLACEMENT={source.path.name}#NAME",
        )
    return matching[0]


def _named(run: Path, files: Sequence[Source], wanted: Path) -> Source | None:
    """A file as given, or inside the run; a device's folder will do."""
    homes = (run, run.parent) if run.is_file() else (run,)
    for path in (wanted, *(home / wanted for home in homes)):
        if (path / "Inertial.csv").is_file():
            return Source(path / "Inertial.csv")
        if path.is_file():
            return Source(path)
    inside = [s for s in files if s.member and Path(s.member).match(str(wanted))]
    if len(inside) == 1:
        return inside[0]
    return None


def _reader_of(source: Source, chosen: Reader | None, single: bool) -> Reader | None:
    if source.suffix not in DATA_SUFFIXES:
        return None
    known = recognise(source)
    if chosen is None or (known is not None and known.NAME == chosen.NAME):
        return known
    return chosen if single or guess_placement(source.stem) else None


def _should_be_data(source: Source, run: Path) -> bool:
    """A file of the run's own folder, named after a placement."""
    return (
        source.path.parent == run
        and source.suffix in DATA_SUFFIXES
        and guess_placement(source.stem) is not None
    )


def _one_run(run: Path, candidates: list[tuple[Source, Reader]]) -> list[tuple[Source, Reader]]:
    """The files of the run's own folder, or of the one subfolder that holds any."""
    homes: dict[Path, list[tuple[Source, Reader]]] = {}
    for source, reader in candidates:
        home = source.path.parent.parent if reader.FOLDERED else source.path.parent
        if source.archive not in (None, run):  # a phone's export among others
            home = source.on_disk.parent
        homes.setdefault(home if home.is_relative_to(run) else run, []).append((source, reader))
    if run in homes or len(homes) < 2:
        return homes.get(run) or candidates
    shown = ", ".join(sorted(str(h.relative_to(run)) for h in homes)[:4])
    raise InputError(f"{run}: holds several runs ({shown})", "Name one of them")


def _guess(source: Source, reader: Reader) -> tuple[str, str | None]:
    """The name that tells the placement (the file's, or what the export says), and it."""
    for name in _names(source, reader):
        placement = guess_placement(name)
        if placement is not None:
            return name, placement
    return "", None


def _why_not(refused: Sequence[Source]) -> str:
    """As " (a.csv: unknown columns (...); and 2 more)"."""
    if not refused:
        return ""
    told = [_not_recognised(s).what.replace(str(s.path), s.path.name) for s in refused[:3]]
    told += [f"and {len(refused) - 3} more"] if len(refused) > 3 else []
    return f" ({'; '.join(told)})"


def _names(source: Source, reader: Reader) -> list[str]:
    """Everything that may name the placement, the best first."""
    names = [*([] if source.part else [source.stem]), *reader.hint(source).split("\n")]
    return names + ([source.archive.stem] if source.archive is not None else [])


def _open_to(source: Source, reader: Reader) -> tuple[str, ...]:
    """Placements that the first name with any word about it leaves open."""
    for name in _names(source, reader):
        left = possible_placements(name)
        if len(left) < len(PLACEMENTS):
            return left
    return PLACEMENTS


def _not_recognised(source: Source) -> InputError:
    if belongs_to_another(source):
        return InputError(
            f"{source.path}: is read along with another file of the same sensor",
            "Name the accelerometer's file (of two accelerometers, the low-range one's)",
        )
    head = source.head()
    lines = (x for x in lines_of(head) if x.strip().strip('"')[:4].lower() != "sep=")
    first = next((x for x in lines if x.strip()), "")
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        return InputError(f"{source.path}: the file is empty or damaged", "Export it again")
    if b"\0" in head or not first.replace("\t", " ").strip().isprintable():
        return InputError(
            f"{source.path}: not a text export that is known here",
            "Export the recording as CSV",
        )
    return unknown_header(source, first.split(","))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def split_part(wanted: Path) -> tuple[Path, str]:
    """``FILE#SENSOR`` taken apart; "" where a file has this very name, or no sensor is named."""
    name, mark, part = str(wanted).rpartition("#")
    return (Path(name), part) if mark and not wanted.exists() else (wanted, "")
