"""What is missing is named, with the way to get it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hipgait.ble import host
from hipgait.cli import doctor, doctor_bluetooth, record
from hipgait.cli.main import run
from hipgait.errors import RadioError


def test_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    for word in ("numpy", "scipy", "firmware profiles", "data", "python"):
        assert word in out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is True
    assert {"name", "state", "detail", "cure"} == set(document["checks"][0])


def test_a_missing_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "CORE", ("numpy", "not_a_package_of_hipgait"))
    assert run(["doctor"]) == 1
    captured = capsys.readouterr()
    assert "!!  not_a_package_of_hipgait" in captured.out
    assert captured.err.count("\n") == 1
    assert "pip install" in captured.err


def test_vqf_is_not_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = doctor.find_spec
    monkeypatch.setattr(doctor, "find_spec", lambda n: None if n == "vqf" else real(n))
    assert run(["doctor"]) == 0
    assert "NumPy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("service", "version", "blocked", "lines"),
    [
        (
            host.Service("ok", "", (("hci0", True),)),
            "5.66",
            "",
            [
                "ok  bluetooth service",
                "bluetoothd 5.66, which can crash with AcquireNotify: hipgait uses StartNotify",
                "ok  bluetooth permission",
                "ok  bluetooth adapter",
                "hci0, switched on",
            ],
        ),
        (host.Service("ok", "", (("hci0", True),)), "5.54", "", ["  bluetoothd 5.54\n"]),
        (
            host.Service("ok", "", (("hci0", False),)),
            "5.86",
            "",
            ["  bluetoothd 5.86\n", "hci0, switched off  (bluetoothctl power on)"],
        ),
        (host.Service("ok", "", (("hci0", False),)), "", "soft", ["rfkill unblock bluetooth"]),
        (host.Service("ok", "", (("hci0", False),)), "", "hard", ["radio switch"]),
        (host.Service("ok"), "5.66", "", ["bluetooth adapter     none  (plug one in"]),
        (host.Service("denied"), "5.66", "", ["sudo usermod -aG bluetooth $USER"]),
        (host.Service("no_bus"), "", "", ["/run/dbus/system_bus_socket", "none  (plug one in"]),
        (host.Service("not_running"), "5.66", "", ["(sudo systemctl enable --now bluetooth)"]),
        (host.Service("not_running"), "", "", ["(sudo apt-get install bluez, then sudo"]),
        (host.Service("unclear", "Odd: 7"), "", "", [" !  bluetooth service", "answers Odd: 7"]),
    ],
)
def test_bluetooth_on_linux(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    service: host.Service,
    version: str,
    blocked: str,
    lines: list[str],
) -> None:
    """Whatever is missing, an analysis can do without it: the exit code stays 0."""
    monkeypatch.setattr(doctor_bluetooth.platform, "system", lambda: "Linux")
    monkeypatch.setattr(host, "ROOT", tmp_path)
    monkeypatch.setattr(host, "ask_service", lambda: service)
    monkeypatch.setattr(host, "version", lambda: version)
    monkeypatch.setattr(host, "blocked", lambda: blocked)
    monkeypatch.setattr(host, "present", list)
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    for line in lines:
        assert line in out
    assert "connection interval" not in out  # no BlueZ there


def test_interval_and_buffer_where_bluez_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / host.CONFIG).parent.mkdir(parents=True)
    monkeypatch.setattr(doctor_bluetooth.platform, "system", lambda: "Linux")
    monkeypatch.setattr(host, "ROOT", tmp_path)
    monkeypatch.setattr(host, "interval", lambda: host.Interval(6, 9, 600))
    monkeypatch.setattr(host, "buffer_bytes", lambda: 212992)
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "ok  connection interval  7.5 to 11.25 ms, given up after 6 s\n" in out
    assert " !  receive buffer       212992 bytes, 1.1 s" in out
    assert "net.core.rmem_default=8388608" in out


def test_elsewhere_nothing_of_linux_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor_bluetooth.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(host, "ask_service", lambda: pytest.fail("there is no D-Bus"))
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "ok  bluetooth " in out
    assert "bluetoothd" not in out


def test_a_machine_without_a_bus(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if sys.platform != "linux":
        pytest.skip("the system bus is a matter of Linux")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/at/all")
    assert run(["doctor"]) == 0
    assert "there is no system bus" in capsys.readouterr().out


def test_extras_are_named_with_their_cure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = doctor.find_spec
    gone = ("bumble", "pylsl", "fitdecode")
    monkeypatch.setattr(doctor, "find_spec", lambda n: None if n in gone else real(n))
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    for extra in ("virtual", "lsl", "fit"):
        assert f'pip install "hipgait[{extra}]"' in out


def test_a_full_disk_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = doctor.shutil.disk_usage
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda p: real(p)._replace(free=3 * 10**8))
    assert run(["doctor"]) == 0
    assert " !  disk" in capsys.readouterr().out


def test_a_folder_that_was_removed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone() -> Path:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(doctor.Path, "cwd", gone)
    assert run(["doctor", "--json"]) == 0
    checks = {c["name"]: c for c in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["disk"]["state"] == checks["this folder"]["state"] == "note"
    assert "No such file" in checks["disk"]["detail"]


def test_a_folder_that_cannot_be_written_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["doctor"]) == 0
    assert f"{tmp_path} can be written" in capsys.readouterr().out

    def refused(**where: Path | str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor, "TemporaryFile", refused)
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.count("cannot be written (Permission denied)") == 2
    assert "--out" in out
    assert "set TMPDIR" in out


def test_no_place_for_temporary_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory")

    monkeypatch.setattr(doctor, "gettempdir", none)
    assert run(["doctor"]) == 0
    assert "cannot be written (No usable temporary directory)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("addresses", "system", "notes"),
    [
        (("A", "B", "C"), "Linux", 1),
        (("A", "B"), "Linux", 0),
        (("A", "B", "lsl:C"), "Linux", 0),
        (("A", "B", "C"), "Windows", 0),
    ],
)
def test_record_notes_once_what_is_unfit(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    addresses: tuple[str, ...],
    system: str,
    notes: int,
) -> None:
    """Before anything is looked for, and only where several sensors share the radio."""

    async def nothing_found(self: record.Job) -> dict[str, object]:
        raise RadioError("not_found", "no sensor in range", "Wake it")

    monkeypatch.setattr(record.platform, "system", lambda: system)
    monkeypatch.setattr(record.Job, "run", nothing_found)
    monkeypatch.setattr(host, "interval", lambda root: host.Interval())
    words = ["record", "--out", str(tmp_path)]
    for placement, address in zip(("pelvis", "left_shank", "right_shank"), addresses, strict=False):
        words += ["--sensor", f"{placement}={address}"]
    assert run(words) == 1
    err = capsys.readouterr().err
    assert err.count("hipgait: note: BlueZ asks for connections of 30 to 50 ms") == notes
    assert len(err.splitlines()) == notes + 1
