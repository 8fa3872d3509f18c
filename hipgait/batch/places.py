"""Where recordings come from and results go: folders of this machine, or anything fsspec opens."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Final
from uuid import uuid4

from hipgait.errors import InputError, MissingExtraError, MissingInputError
from hipgait.io.append import locked
from hipgait.io.results import RUN
from hipgait.io.writing import encodable

WORK: Final = ".work"
"""Folder beside the results in which they are written; whole ones are renamed out of it."""
NO_LOCKS: Final = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
"""a place that knows no locks (some network disks): there it is up to the user"""


def is_url(place: str) -> bool:
    """Whether fsspec is needed: ``s3://...``, ``memory://...``; not a path of this machine."""
    return "://" in place and not place.startswith("file://")


def filesystem(url: str) -> tuple[Any, str]:
    """(file system, path in it). Raises MissingExtraError, InputError."""
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError:
        raise MissingExtraError("fsspec", "batch") from None
    try:
        found: tuple[Any, str] = url_to_fs(url)
        return found
    except ImportError as error:
        raise InputError(f"{url}: {error}", "Install the package for this kind of place") from None
    except ValueError as error:
        raise InputError(
            f"{url}: {error}", "Use a path, s3://, gs://, abfs:// or another"
        ) from None


def local_path(place: str) -> Path:
    """An absolute path; ``file://`` is taken off."""
    return Path(place.removeprefix("file://")).absolute()


def about_of(fs: Any, path: str) -> list[str]:
    """``NAME.run.toml`` beside a file, where there is one."""
    about = f"{path.rpartition('.')[0]}.run.toml"
    return [about] if fs.exists(about) else []


class Fetched:
    """A recording on this machine: itself, or a copy that goes away with the context."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._copy: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Path:
        if not is_url(self.source):
            return local_path(self.source)
        fs, path = filesystem(self.source)
        if not fs.exists(path):
            raise MissingInputError(f"{self.source}: no such file or folder")
        self._copy = TemporaryDirectory(prefix="hipgait-")
        target = Path(self._copy.name) / path.rstrip("/").rpartition("/")[2]
        if fs.isdir(path):
            for remote in fs.find(path):
                inside = target / remote[len(path.rstrip("/")) + 1 :]
                inside.parent.mkdir(parents=True, exist_ok=True)
                fs.get_file(remote, str(inside))
        else:
            fs.get_file(path, str(target))
            for about in about_of(fs, path):
                fs.get_file(about, str(target.with_name(about.rpartition("/")[2])))
        return target

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._copy is not None:
            self._copy.cleanup()


def _unwritable(root: str, error: OSError) -> InputError:
    return InputError(f"{root}: cannot be written ({error.strerror})", "Choose another with --out")


@dataclass(frozen=True)
class Store:
    """Where results go. root : folder or URL."""

    root: str

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One batch at a time into a folder of this machine: it removes what is half written.

        Raises
        ------
        InputError : another one is at it, or the folder cannot be written.
        """
        if is_url(self.root):
            yield
            return
        with ExitStack() as held:
            try:
                held.enter_context(locked(local_path(self.root), wait=False))
            except BlockingIOError:
                raise InputError(
                    f"{self.root}: another batch is writing there",
                    "Wait until it has ended, or choose another folder with --out",
                ) from None
            except OSError as error:
                if error.errno not in NO_LOCKS:
                    raise _unwritable(self.root, error) from None
            yield

    def has(self, place: str) -> bool:
        """Whether a result is there, whole: run.json is written last. One without content is what
        a power cut left of it."""
        if not is_url(self.root):
            run = local_path(self.root) / place / RUN
            return run.is_file() and run.stat().st_size > 0
        fs, path = filesystem(self.root)
        return bool(fs.exists(f"{path}/{place}/{RUN}"))

    def room(self, place: str) -> Path:
        """A new empty folder to write a result in.

        Raises
        ------
        InputError : it cannot be made.
        """
        if is_url(self.root):
            from tempfile import mkdtemp

            return Path(mkdtemp(prefix="hipgait-"))
        work = local_path(self.root) / WORK / f"{Path(place).name}-{uuid4().hex[:8]}"
        try:
            work.mkdir(parents=True)
        except OSError as error:
            raise _unwritable(self.root, error) from None
        return work

    def publish(self, work: Path, place: str) -> bool:
        """A finished folder takes its name, unless another worker was first. False: it was."""
        if is_url(self.root):
            return self._upload(work, place)
        target = local_path(self.root) / place
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.rename(work, target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) and not target.is_dir():
                raise
            if self.has(place):
                shutil.rmtree(work, ignore_errors=True)
                return False
            shutil.rmtree(target, ignore_errors=True)  # a copy by hand that was cut short
            os.rename(work, target)
        return True

    def _upload(self, work: Path, place: str) -> bool:
        """Files first, run.json last: two workers write the same bytes under the same names."""
        fs, path = filesystem(self.root)
        first = not self.has(place)
        names = sorted((p.name for p in work.iterdir()), key=lambda name: (name == RUN, name))
        fs.makedirs(f"{path}/{place}", exist_ok=True)
        for name in names if first else ():
            fs.put_file(str(work / name), f"{path}/{place}/{name}")
        shutil.rmtree(work, ignore_errors=True)
        return first

    def write(self, name: str, text: str) -> None:
        """Write a small text file, beside and renamed where that is possible."""
        from hipgait.io.writing import write_text

        if not is_url(self.root):
            write_text(local_path(self.root) / name, text)
            return
        fs, path = filesystem(self.root)
        fs.makedirs(f"{path}/{name}".rpartition("/")[0], exist_ok=True)
        fs.pipe_file(f"{path}/{name}", encodable(text).encode())

    def read(self, name: str) -> str:
        """A text file of ``write``; "" where there is none."""
        try:
            if not is_url(self.root):
                return (local_path(self.root) / name).read_text("utf-8")
            fs, path = filesystem(self.root)
            return bytes(fs.cat_file(f"{path}/{name}")).decode()
        except (OSError, UnicodeDecodeError):
            return ""

    def tidy(self) -> None:
        """Remove what stopped workers left half written."""
        if not is_url(self.root):
            shutil.rmtree(local_path(self.root) / WORK, ignore_errors=True)
