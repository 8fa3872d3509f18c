"""Writing a capture: the radio's callback hands over, a thread writes.

Everything handed over is in the file after ``flush_s`` at most, and on the disk (fsync) with it.
Measured on one thread of a busy 2-core machine (Python 3.11): ``raw`` 0.6 us a call; in the thread
20 us a notification of 33 bytes and 9 us a decoded sample; fsync is the disk's.
"""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from hipgait.errors import InputError
from hipgait.io.capture_file import ChunkFile, Output
from hipgait.io.capture_format import (
    EVENTS_TOPIC,
    HEADER_TOPIC,
    IMU_PREFIX,
    RAW_PREFIX,
    Anchor,
    CaptureHeader,
    SensorHeader,
)

__all__ = ["Anchor", "CaptureHeader", "CaptureWriter", "SensorHeader"]

FLUSH_S: Final = 0.5
"""What is younger may be lost with the power, s."""
DIGITS: Final = 5
"""Decimals of the decoded channel: it is for looking at; analyses decode the raw bytes."""


@dataclass(frozen=True)
class _Samples:
    """Decoded samples of one sensor. time_ns : (n,).  parts : name -> (n, 3)."""

    topic: str
    time_ns: NDArray[np.int64]
    parts: Mapping[str, NDArray[np.float64]]

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Time and JSON of each sample."""
        rounded = {name: np.round(v, DIGITS).tolist() for name, v in self.parts.items()}
        for i, at in enumerate(self.time_ns.tolist()):
            row = {n: dict(zip("xyz", v[i], strict=True)) for n, v in rounded.items()}
            yield at, msgspec.json.encode(row)


class CaptureWriter:
    """A capture that is being recorded; ``with`` closes it.

    ``raw``, ``event`` and ``imu`` may be called from any thread; they never wait and never fail:
    where the file can no longer be written, ``failure`` says why and ``unwritten`` counts.

    Parameters
    ----------
    path : file to make; an existing one is never touched.
    header : what the capture says of itself.
    flush_s : longest time for which anything stays in memory, s.
    opener : opens the file; for tests.

    Raises
    ------
    InputError : the file exists already or cannot be made.
    """

    def __init__(
        self,
        path: Path | str,
        header: CaptureHeader,
        *,
        flush_s: float = FLUSH_S,
        opener: Callable[[Path], Output] | None = None,
    ) -> None:
        self.path = Path(path)
        self.header = header
        self.failure: InputError | None = None
        self.unwritten = 0
        self._items: deque[tuple[str, int, bytes] | _Samples] = deque()
        self._latest_ns = header.anchor.monotonic_ns
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._closed = False
        try:
            self._out = (opener or open_new)(self.path)
        except OSError as error:
            raise _refused(self.path, error) from None
        self._file = ChunkFile(self._out)
        self._topics: dict[tuple[str, str], str] = {}
        try:
            self._file.start(header)
            self._put_header(header.anchor.monotonic_ns)
            self._write_pending()
            os.fsync(self._out.fileno())
        except OSError as error:
            self._out.close()
            self.path.unlink(missing_ok=True)  # ours: it was made just now
            raise _refused(self.path, error) from None
        self._thread = threading.Thread(
            target=self._run, args=(flush_s,), name="capture", daemon=True
        )
        self._thread.start()

    def raw(self, placement: str, char: str, arrival_ns: int, data: bytes | bytearray) -> None:
        """A notification, as it came. arrival_ns : on the host's monotonic clock."""
        topic = self._topics.get((placement, char))
        if topic is None:
            topic = self._topics[placement, char] = raw_topic(placement, char)
        self._items.append((topic, arrival_ns, bytes(data)))

    def event(self, kind: str, arrival_ns: int, **fields: object) -> None:
        """Something that happened, e.g. ``event("gap", now, placement="pelvis", seconds=2.1)``.

        Kinds: connected, disconnected, gap, anchor, mark, cue, battery, rssi, note, dropped.
        """
        data = msgspec.json.encode({"kind": kind, "monotonic_ns": arrival_ns, **fields})
        self._items.append((EVENTS_TOPIC, arrival_ns, data))

    def anchor(self, anchor: Anchor) -> None:
        """A pair of UTC and monotonic time; the header is written once more with it."""
        self.event("anchor", anchor.monotonic_ns, utc_ns=anchor.utc_ns)
        self._put_header(anchor.monotonic_ns)

    def imu(
        self,
        placement: str,
        time_ns: NDArray[np.int64],
        acc: NDArray[np.float64] | None = None,
        gyr: NDArray[np.float64] | None = None,
    ) -> None:
        """Decoded samples for viewers. time_ns : (n,) monotonic.  acc m/s^2, gyr rad/s : (n, 3)."""
        given = [v for v in (acc, gyr) if v is not None]
        if any(v.shape != (len(time_ns), 3) for v in given):
            raise ValueError(
                f"{placement}: {len(time_ns)} times, shapes {[v.shape for v in given]}"
            )
        parts = {n: v.copy() for n, v in (("acc", acc), ("gyr", gyr)) if v is not None}
        self._items.append(_Samples(IMU_PREFIX + placement, time_ns.copy(), parts))

    def flush(self) -> None:
        """Write what is in memory.

        Raises
        ------
        InputError : the file can no longer be written (disk full, ...).
        """
        with self._lock:
            self._try(self._write_pending)
        self._complain()

    def sync(self) -> None:
        """``flush``, and wait until it is on the disk."""
        with self._lock:
            self._try(self._write_pending)
            self._try(self._fsync)
        self._complain()

    def close(self) -> None:
        """Write what is in memory, the header once more, and the summary; close the file.

        Raises
        ------
        InputError : not everything could be written; what is in the file stays readable.
        """
        if self._closed:
            return
        self._closed = True
        self._stop.set()
        self._thread.join()
        with self._lock:
            self._put_header(self._latest_ns)
            self._try(self._write_pending)
            self._try(self._file.finish)
            self._try(self._fsync)
            try:
                self._out.close()
            except OSError as error:
                self._fail(error)
        self._complain()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ the writer's thread

    def _run(self, flush_s: float) -> None:
        while not self._stop.wait(flush_s):
            with self._lock:
                self._try(self._write_pending)
                self._try(self._fsync)

    def _put_header(self, monotonic_ns: int) -> None:
        self._items.append((HEADER_TOPIC, monotonic_ns, msgspec.json.encode(self.header)))

    def _write_pending(self) -> None:
        """One chunk of what has come up to now."""
        added = 0
        for _ in range(len(self._items)):
            item = self._items.popleft()
            if isinstance(item, _Samples):
                for at, data in item.messages():
                    self._file.add(item.topic, self.header.to_utc(at), data)
                    added += 1
                continue
            topic, at, data = item
            self._latest_ns = max(self._latest_ns, at)
            self._file.add(topic, self.header.to_utc(at), data)
            added += 1
        try:
            self._file.end_chunk()
        except OSError:
            self.unwritten += added
            raise

    def _fsync(self) -> None:
        os.fsync(self._out.fileno())

    def _try(self, what: Callable[[], None]) -> None:
        """Do it unless writing has failed before: a file with a hole would be worse than none."""
        if self.failure is None:
            try:
                what()
            except OSError as error:
                self._fail(error)
            except Exception as error:  # the thread must not end without a word
                self._fail(OSError(f"internal error ({type(error).__name__}: {error})"))
        else:
            self.unwritten += len(self._items)
            self._items.clear()

    def _fail(self, error: OSError) -> None:
        self.failure = self.failure or _broken(self.path, error)

    def _complain(self) -> None:
        if self.failure is not None:
            raise self.failure


def raw_topic(placement: str, char: str) -> str:
    """Topic of the notifications of one characteristic."""
    return f"{RAW_PREFIX}{placement}/{char}"


def open_new(path: Path) -> Output:
    """A new file, unbuffered: a chunk is written with one call."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb", buffering=0)


def _refused(path: Path, error: OSError) -> InputError:
    if path.parent.exists() and not path.parent.is_dir():
        return InputError(f"{path.parent}: is a file", "Choose another folder with --out")
    if isinstance(error, FileExistsError):
        return InputError(f"{path}: exists already", "Give another name: nothing is overwritten")
    return InputError(
        f"{path}: cannot be written ({error.strerror or error})",
        "Choose another folder with --out, or make room and permission",
    )


def _broken(path: Path, error: OSError) -> InputError:
    """Why recording stopped, and what is left."""
    cause = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EACCES: "permission to write was lost",
        errno.EPERM: "permission to write was lost",
        errno.EROFS: "the disk has become read-only",
        errno.EIO: "the disk does not answer",
    }.get(error.errno or 0, error.strerror or str(error))
    return InputError(
        f"{path}: recording has stopped: {cause}",
        f"What was recorded until then is safe: hipgait recover {path}, once there is room",
    )
