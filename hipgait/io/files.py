"""Files that are read: digests, gzip and zip.

A :class:`Source` is one readable file, on disk or inside a zip archive; readers take sources, so
that nothing is ever unpacked to disk.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import IO, Final, TypeVar, cast

from hipgait.errors import FormatError, InputError, MissingInputError
from hipgait.io.placement import guess_placement

T = TypeVar("T")

MAX_UNPACKED: Final = 2 * 1024**3
"""Largest unpacked size that is read, bytes (4 h at 500 Hz as CSV are 0.4 GB)."""

MAX_ROWS: Final = 50_000_000
"""Most samples of one sensor that are read (14 h at 1000 Hz)."""

FREE_BYTES: Final = 64 * 1024**2
"""Up to here any packed size is believed, bytes."""

MAX_RATIO: Final = 100.0
"""Larger files that unpack to more times their packed size hold no recording (numbers as text
shrink to a third or a tenth of their size)."""

MAX_MEMBERS: Final = 10_000
"""Most files of one archive (a run of seven sensors has some dozens)."""

GZIP_MAGIC: Final = b"\x1f\x8b"

UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
HEAD_BYTES: Final = 16384
"""How much of a file is looked at to recognise its format, bytes."""


def require_readable(path: Path) -> None:
    """Refuse a path that is not there or that the system cannot follow.

    Raises
    ------
    InputError : a name that is too long, a link to itself, no permission; MissingInputError.
    """
    with _guard(path):
        path.stat()


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of the bytes of a file."""
    with _guard(path), path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class Shared:
    """What the devices of one file have in common, worked out once while they are read."""

    def __init__(self) -> None:
        self._lock = RLock()  # one thing may need another
        self._kept: dict[str, object] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` gave when first asked for by this name (what it raises is not kept)."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = make()
            return cast(T, self._kept[name])


@dataclass(frozen=True)
class Source:
    """One readable file.

    path : as shown in messages; for a member of an archive ``archive.zip/member``.
    archive : the zip file that holds it, or None.
    member : its name inside the archive.
    part : one device of a file that holds several; "" for the whole file.
    shared : kept for all the parts.
    """

    path: Path
    archive: Path | None = None
    member: str = ""
    part: str = ""
    shared: Shared = field(default_factory=Shared, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.path}#{self.part}" if self.part else str(self.path)

    @property
    def on_disk(self) -> Path:
        """The file on disk: itself or its archive."""
        return self.archive or self.path

    @property
    def stem(self) -> str:
        """Name without folder, ``.gz`` and extension."""
        name = self.path.name
        if name.lower().endswith(".gz"):
            name = name[:-3]
        return Path(name).stem

    @property
    def suffix(self) -> str:
        """Lower-case extension; ``.gz`` does not count."""
        name = self.path.name.lower().removesuffix(".gz")
        return Path(name).suffix

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """First bytes of the (unpacked) contents, UTF-16 as UTF-8, old Mac line ends (CR) made new;
        empty if they cannot be unpacked."""
        with _guard(self.path), self._open() as handle:
            try:
                data = handle.read(size)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                return b""
        data = _as_utf8(data[: len(data) // 2 * 2] if data[:2] in UTF16_BOMS else data)
        return data if b"\n" in data else data.replace(b"\r", b"\n")

    def read(self, most: int = MAX_UNPACKED) -> bytes:
        """All bytes, unpacked, UTF-16 with a byte order mark as UTF-8.

        most : files of a kind that is never larger, bytes.

        Raises
        ------
        FormatError : damaged archive, larger than ``most``, or than packed text can be.
        InputError : the file cannot be opened.
        """
        self.require_size(most)
        with _guard(self.path), self._open() as handle:
            gz = isinstance(cast(object, handle), gzip.GzipFile)
            limit = min(most, _limit(self._packed())) if gz else most
            data = handle.read(limit + 1)
        if len(data) > limit:
            raise _too_large(self.path, limit, most)
        return _as_utf8(data)

    def require_size(self, most: int = MAX_UNPACKED) -> None:
        """Refuse a file that is larger than it may be, before any of it is read.

        Raises
        ------
        FormatError : more bytes than ``most``, packed as they may be; InputError : as ``read``.
        """
        with _guard(self.on_disk):
            if self._packed() > most:
                raise _too_large(self.path, most, most)

    def _packed(self) -> int:
        """Size of the file as it is stored, bytes."""
        if self.archive is None:
            return self.path.stat().st_size
        with zipfile.ZipFile(self.archive) as bundle:
            return bundle.getinfo(self.member).compress_size

    def sibling(self, name: str) -> Source | None:
        """A file of the same folder, or None."""
        if self.archive is None:
            path = self.path.parent / name
            return Source(path) if path.is_file() else None
        member = (Path(self.member).parent / name).as_posix()
        with _guard(self.archive), zipfile.ZipFile(self.archive) as bundle:
            if member not in bundle.namelist():
                return None
        return Source(self.archive / member, self.archive, member)

    def neighbours(self) -> list[Source]:
        """The other files of the same folder, sorted by name."""
        if self.archive is None:
            files = sorted(p for p in self.path.parent.glob("*") if p.is_file())
            return [Source(p) for p in files if p != self.path and not p.name.startswith(".")]
        home = Path(self.member).parent
        return [
            s
            for s in list_sources(self.archive)
            if Path(s.member).parent == home and s.member != self.member
        ]

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        if self.archive is None:
            with self.path.open("rb") as plain:
                yield _decompressed(plain, plain.peek(2))
            return
        with zipfile.ZipFile(self.archive) as bundle, bundle.open(self.member) as packed:
            yield _decompressed(packed, cast(zipfile.ZipExtFile, packed).peek(2))


def _decompressed(handle: IO[bytes], first: bytes) -> IO[bytes]:
    """Through gzip where the first bytes say so: browsers and mail programs unpack without a word,
    and leave the name."""
    return cast(IO[bytes], gzip.GzipFile(fileobj=handle)) if first[:2] == GZIP_MAGIC else handle


def _as_utf8(data: bytes) -> bytes:
    """Text in UTF-16 with a byte order mark (spreadsheets save "Unicode text" so) as UTF-8; other
    bytes as they are."""
    if data[:2] not in UTF16_BOMS:
        return data
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError:
        return data
    return text.encode("utf-8") if text and "\0" not in text else data


def _limit(packed: int) -> int:
    """Most bytes that something of a packed size may unpack to."""
    return min(MAX_UNPACKED, max(FREE_BYTES, int(MAX_RATIO * packed)))


def _too_large(path: Path, limit: int, most: int = MAX_UNPACKED) -> FormatError:
    if most < MAX_UNPACKED and limit == most:
        return FormatError(
            path, f"larger than {_size(most)}: no such file is", "Give the file that was meant"
        )
    if limit < MAX_UNPACKED:
        return FormatError(
            path,
            f"unpacks to more than {MAX_RATIO:.0f} times its size: no recording does",
            "Export it again, or unpack it and name what is inside",
        )
    return FormatError(path, f"larger than {_size(MAX_UNPACKED)}", "Split the recording")


def _size(n: int) -> str:
    """Bytes in words, as "2 GB"."""
    for unit, name in ((1024**3, "GB"), (1024**2, "MB")):
        if n >= unit:
            return f"{n / unit:.0f} {name}"
    return f"{n / 1024:.0f} kB"


def require_rows(path: Path | str, n: int) -> None:
    """Refuse more samples than ``MAX_ROWS``. Raises FormatError."""
    if n > MAX_ROWS:
        raise FormatError(
            path,
            f"{n / 1e6:.0f} million rows, and {MAX_ROWS / 1e6:.0f} million are the most",
            "Split the recording",
        )


def require_unpacked(path: Path) -> None:
    """Refuse a zip archive that unpacks to more than may be read.

    Raises
    ------
    FormatError : no zip archive, too large when unpacked, or of too many files.
    """
    with _guard(path):
        _members(path)


def list_sources(path: Path) -> list[Source]:
    """Every file of a folder (two levels deep) or of a zip archive, sorted by name.

    An archive in a folder that is named after a placement gives what it holds, and a single file
    itself. Hidden files and macOS resource forks are left out; a single top folder inside an
    archive is looked through.

    Raises
    ------
    MissingInputError : there is no such file or folder.
    InputError : the folder cannot be read, or is the whole file system.
    FormatError : not a readable zip archive, or too large when unpacked.
    """
    with _guard(path):
        if path.is_dir():
            if path.resolve() == path.resolve().parent:
                raise InputError(
                    f"{path}: is the root of the file system", "Name the folder of the run"
                )
            os.listdir(path)  # glob passes over what may not be read
            found = [
                p
                for pattern in ("*", "*/*")
                for p in path.glob(pattern)
                if p.is_file() and not _hidden(p.relative_to(path))
            ]
            plain = {Source(p).stem for p in found if p.suffix.lower() != ".zip"}
            return [source for p in sorted(found) for source in _unzipped(p, plain)]
        if not path.exists():
            raise MissingInputError(
                f"{path}: no such file or folder", "Check the spelling and the folder"
            )
        if not path.is_file():
            raise InputError(f"{path}: is not a file", "Save the recording to a file first")
        if path.suffix.lower() != ".zip":
            return [Source(path)]
        return _members(path)


def _unzipped(path: Path, plain: set[str]) -> list[Source]:
    """A file of a folder; where an archive is named after a placement, what it holds.

    plain : stems of files that are not zipped; they go first.
    """
    if path.suffix.lower() != ".zip" or guess_placement(path.stem) is None or path.stem in plain:
        return [Source(path)]
    with _guard(path):
        return _members(path)


def _members(path: Path) -> list[Source]:
    with zipfile.ZipFile(path) as bundle:
        members = [m for m in bundle.infolist() if not m.is_dir()]
        if len(members) > MAX_MEMBERS:
            raise FormatError(
                path, f"{len(members)} files in one archive", "Zip the files of one run alone"
            )
        limit = _limit(sum(m.compress_size for m in members))
        if sum(m.file_size for m in members) > limit:
            raise _too_large(path, limit)
        names = sorted(m.filename for m in members if not _hidden(Path(m.filename)))
    return [Source(path / name, path, name) for name in names]


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


@contextmanager
def _guard(path: Path) -> Iterator[None]:
    """Turn what the operating system and the archive modules raise into one clear line."""
    try:
        yield
    except FileNotFoundError:
        raise MissingInputError(
            f"{path}: no such file or folder", "Check the spelling and the folder"
        ) from None
    except IsADirectoryError:
        raise InputError(f"{path}: is a folder, not a file", "Name a file in it") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(
            path, f"damaged or cut off ({error})", "Copy the file again from where it came"
        ) from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError) as error:
        raise FormatError(
            path, f"not a readable zip archive ({error})", "Zip the folder again, without password"
        ) from None
    except MemoryError:
        raise FormatError(path, "too large for the memory of this computer") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{path}: cannot be read ({reason})", "Check the name and the permission"
        ) from None
