"""A capture holds what was handed over, for us and for every MCAP reader."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.reader import make_reader

from hipgait.errors import FormatError, InputError
from hipgait.io.capture import Anchor, CaptureHeader, CaptureWriter
from hipgait.io.capture_read import read_capture
from hipgait.io.capture_recover import recover
from hipgait.io.runtable import RunTable
from hipgait.recording import Athlete
from tests.io.recorded import ANCHOR, PROFILE, header, record


def pairs(channel: object) -> list[tuple[int, bytes]]:
    return list(zip(channel.arrival_ns.tolist(), channel.payloads, strict=True))


def test_what_was_handed_over_comes_back(tmp_path: Path) -> None:
    written = record(tmp_path / "run.mcap")
    capture = read_capture(tmp_path / "run.mcap")
    assert capture.finished
    assert capture.missing == ()
    assert capture.header == header()
    assert {key: pairs(channel) for key, channel in capture.raw.items()} == written


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["pelvis", "left_shank"]),
            st.sampled_from(["acc", "gyr"]),
            st.integers(-(10**15), 10**15),
            st.binary(max_size=300),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_any_bytes_at_any_time(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, str, int, bytes, bool]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "run.mcap"
    expected: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
    with CaptureWriter(path, header()) as writer:
        for place, char, at, data, flush in said:
            writer.raw(place, char, at, data)
            expected.setdefault((place, char), []).append((at, data))
            if flush:
                writer.flush()
    assert {k: pairs(c) for k, c in read_capture(path).raw.items()} == expected


def test_other_readers_open_it(tmp_path: Path) -> None:
    """The mcap library's indexed reader, with its own check of the CRCs, as the oracle."""
    written = record(tmp_path / "run.mcap", seconds=3)
    with (tmp_path / "run.mcap").open("rb") as handle:
        reader = make_reader(handle, validate_crcs=True)
        summary = reader.get_summary()
        messages = list(reader.iter_messages(topics=["/raw/pelvis/data"]))
        imu = list(reader.iter_messages(topics=["/imu/pelvis"]))
        attached = {a.name: a.data for a in reader.iter_attachments()}
        metadata = {m.name: m.metadata for m in reader.iter_metadata()}
    shift = ANCHOR.utc_ns - ANCHOR.monotonic_ns
    assert [(m.log_time - shift, m.data) for _, _, m in messages] == written["pelvis", "data"]
    assert all(m.log_time == m.publish_time for _, _, m in messages)
    assert [m.sequence for _, _, m in messages] == list(range(len(messages)))
    assert len(imu) == len(messages)
    schema, channel, first = imu[0]
    assert schema.encoding == "jsonschema"
    assert channel.message_encoding == "json"
    shape = json.loads(schema.data)["properties"]
    assert {k: set(v) for k, v in json.loads(first.data).items()} == {
        k: set(v["properties"]) for k, v in shape.items()
    }
    assert attached["profiles/pelvis.toml"].decode() == PROFILE * 20
    assert json.loads(attached["header.json"])["sensors"]["pelvis"]["options"] == {"rate_hz": 104}
    assert metadata["hipgait"]["utc_anchor_ns"] == str(ANCHOR.utc_ns)
    assert summary.statistics.message_count == sum(
        summary.statistics.channel_message_counts.values()
    )


def test_events_and_anchors(tmp_path: Path) -> None:
    t0 = ANCHOR.monotonic_ns
    with CaptureWriter(tmp_path / "run.mcap", header()) as writer:
        writer.event("connected", t0, placement="pelvis", rssi=-61)
        writer.anchor(Anchor(ANCHOR.utc_ns + 60_000_000_123, t0 + 60_000_000_000))
        writer.event("mark", t0 + 5, what="bows")
    events = read_capture(tmp_path / "run.mcap").events
    assert [(e.kind, e.placement, e.arrival_ns, dict(e.fields)) for e in events] == [
        ("connected", "pelvis", t0, {"rssi": -61}),
        ("anchor", "", t0 + 60_000_000_000, {"utc_ns": ANCHOR.utc_ns + 60_000_000_123}),
        ("mark", "", t0 + 5, {"what": "bows"}),
    ]


def test_the_run_and_its_athlete_are_embedded(tmp_path: Path) -> None:
    run = RunTable(speed_mps=2.9, shoe="old", athlete=Athlete(name="anna", height_m=1.7))
    said = CaptureHeader(version="1", anchor=ANCHOR, sensors=header().sensors, run=run)
    CaptureWriter(tmp_path / "run.mcap", said).close()
    info = read_capture(tmp_path / "run.mcap").header.run.info()
    assert (info.speed_mps, info.shoe, info.athlete.name) == (2.9, "old", "anna")


def test_decoded_samples_are_rounded_copies(tmp_path: Path) -> None:
    acc = np.array([[1.000004, 2.0, 3.0], [4.0, 5.0, 6.0]])
    with CaptureWriter(tmp_path / "run.mcap", header(), flush_s=60) as writer:
        writer.imu("pelvis", np.array([7, 8]), acc)
        acc[:] = 0  # the caller may use its array again
    with (tmp_path / "run.mcap").open("rb") as handle:
        got = [json.loads(m.data) for _, _, m in make_reader(handle).iter_messages("/imu/pelvis")]
    assert got == [{"acc": {"x": 1.0, "y": 2.0, "z": 3.0}}, {"acc": {"x": 4.0, "y": 5.0, "z": 6.0}}]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The thread does not end without a word: 1677 years before 1970 is no time of MCAP."""
    with CaptureWriter(tmp_path / "run.mcap", header(), flush_s=60) as writer:
        with pytest.raises(ValueError, match="pelvis: 2 times"):
            writer.imu("pelvis", np.array([1, 2]), np.zeros((3, 3)))
        writer.raw("pelvis", "data", 1, b"good")
        writer.flush()
        writer.raw("pelvis", "data", -(2**62), b"bad")
        with pytest.raises(InputError, match="recording has stopped: internal error"):
            writer.flush()
        with pytest.raises(InputError, match="internal error"):
            writer.close()
    assert read_capture(tmp_path / "run.mcap").raw["pelvis", "data"].payloads == [b"good"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    path.write_bytes(b"precious")
    with pytest.raises(InputError, match=r"run\.mcap: exists already\. Give another name"):
        CaptureWriter(path, header())
    assert path.read_bytes() == b"precious"


def test_no_permission_to_make_it(tmp_path: Path) -> None:
    def refuse(path: Path) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with pytest.raises(InputError, match=r"cannot be written \(Permission denied\)\. Choose"):
        CaptureWriter(tmp_path / "run.mcap", header(), opener=refuse)


class Faulty:
    """A file on a disk that takes ``room`` bytes and then answers with an error."""

    def __init__(self, path: Path, room: int, code: int) -> None:
        self._file = path.open("xb", buffering=0)
        self.room, self.code = room, code

    def write(self, data: bytes) -> int:
        part = data[: min(self.room, 700)]  # a short write is allowed, too
        if not part:
            raise OSError(self.code, os.strerror(self.code))
        self.room -= len(part)
        return self._file.write(part)

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "permission to write was lost"),
        (errno.EROFS, "the disk has become read-only"),
    ],
)
def test_a_disk_that_fails_in_between(tmp_path: Path, code: int, why: str) -> None:
    path = tmp_path / "run.mcap"
    writer = CaptureWriter(path, header(), flush_s=60, opener=lambda p: Faulty(p, 20_000, code))
    handed: list[tuple[int, bytes]] = []
    safe = 0
    while writer.failure is None:
        safe = len(handed)
        for _ in range(40):
            handed.append((len(handed), os.urandom(20)))
            writer.raw("pelvis", "data", *handed[-1])
        flush_quietly(writer)
    writer.raw("pelvis", "data", 10**6, b"too late")  # never fails in the radio's callback
    with pytest.raises(InputError, match=f"recording has stopped: {why}"):
        writer.close()
    assert writer.unwritten == len(handed) - safe + 2  # the late one, and the closing header
    capture = read_capture(path)
    got = pairs(capture.raw["pelvis", "data"])
    assert len(got) >= safe > 0
    assert got == handed[: len(got)]
    assert not capture.finished
    assert capture.missing
    assert recover(path).notifications == len(got)


def flush_quietly(writer: CaptureWriter) -> None:
    with contextlib.suppress(InputError):
        writer.flush()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_device_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)"):
        CaptureWriter(
            tmp_path / "x.mcap",
            header(),
            opener=lambda _: io.FileIO("/dev/full", "wb"),
        )


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be synced")
def test_the_name_is_on_the_disk_before_anything_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is synced in a folder that is not may be gone with the power (fsync(2))."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.fstat(fd).st_ino))
    path = tmp_path / "runs" / "run.mcap"
    with CaptureWriter(path, header(), flush_s=60):
        assert synced == [path.stat().st_ino, path.parent.stat().st_ino]


def test_the_thread_writes_by_itself(tmp_path: Path) -> None:
    """Nothing calls flush: what was handed over is in the file while recording goes on."""
    path = tmp_path / "run.mcap"
    with CaptureWriter(path, header(), flush_s=0.01) as writer:
        writer.raw("pelvis", "data", 1, b"abc")
        for _ in range(1000):
            if ("pelvis", "data") in read_capture(path).raw:
                break
        else:
            pytest.fail("nothing was written")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mcap").write_bytes(b"time_s,acc_x\n")
    with pytest.raises(FormatError, match="not an MCAP file"):
        read_capture(tmp_path / "a.mcap")
    (tmp_path / "b.mcap").write_bytes(b"")
    with pytest.raises(FormatError, match="not an MCAP file"):
        read_capture(tmp_path / "b.mcap")
    from mcap.writer import Writer

    with (tmp_path / "c.mcap").open("wb") as handle:
        foreign = Writer(handle)
        foreign.start()
        foreign.finish()
    with pytest.raises(FormatError, match="no capture of hipgait"):
        read_capture(tmp_path / "c.mcap")


def test_a_later_format_asks_for_an_update(tmp_path: Path) -> None:
    later = CaptureHeader(version="9.0", anchor=ANCHOR, sensors={}, format=2)
    CaptureWriter(tmp_path / "run.mcap", later).close()
    with pytest.raises(FormatError, match=r"hipgait 9\.0\. Update"):
        read_capture(tmp_path / "run.mcap")
