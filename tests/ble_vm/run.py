"""The true Bluetooth rig: real kernel, real bluetoothd, bleak's own BlueZ backend; no radio.

    make test-ble-vm          skipped with one line where it cannot run
    HIPGAIT_REQUIRE_VM=1      not being able to run is a failure

Virtual sensors run here (host.py). A QEMU guest (software emulation, Debian's kernel, the programs
of this machine, mounted read-only) runs bluetoothd and command.sh. What was delivered over the air
must be what was recorded. CONTRIBUTING.md says more.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import check

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = Path(os.environ.get("HIPGAIT_VM_CACHE", HERE / ".cache"))
LIMITS_S = {"tools": 120, "kernel": 120, "initramfs": 30, "guest": 150}
HOST_ENV = {**os.environ, "PYTHONPATH": str(ROOT)}
PLACEMENTS = ("pelvis", "left_shank", "right_shank")
NAMES = "hipgait-"
"""of a sensor, before its placement; the longer ones need a scan response"""
CANNOT = 3
"""exit status of the scripts where the rig cannot run"""
QEMU = (
    "qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu Nehalem -m 1500 -smp 2 -nodefaults"
    " -no-user-config -display none -serial stdio -no-reboot"
)
KERNEL_LINE = "console=ttyS0 quiet loglevel=4 panic=-1 rdinit=/init mitigations=off audit=0"


class CannotRun(Exception):
    """Here, with the reason in one line."""


class Failed(Exception):
    """The rig or what it tests."""


def spawn(words: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """A child in a group of its own; it dies with this process even where that one is killed."""
    guarded = ["setpriv", "--pdeathsig", "KILL", "--", *words]
    if shutil.which("setpriv") is None:
        guarded = list(words)
    return subprocess.Popen(guarded, text=True, start_new_session=True, **options)


def end(child: subprocess.Popen[str]) -> None:
    """Ask the group to end, then make it."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is not None:
            return
        os.killpg(child.pid, sign)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            continue


@contextmanager
def stage(name: str, times: dict[str, float]) -> Iterator[None]:
    print(f"{name} (at most {LIMITS_S[name]} s)", flush=True)
    began = time.monotonic()
    yield
    times[name] = round(time.monotonic() - began, 1)
    print(f"{name}: {times[name]} s", flush=True)


def script(name: str, *words: str | Path) -> str:
    """Run one of the scripts beside this file under its limit; what it printed."""
    child = spawn(
        ["bash", str(HERE / f"{name}.sh"), *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = child.communicate(timeout=LIMITS_S[name])
    except subprocess.TimeoutExpired:
        raise Failed(f"{name}.sh took more than {LIMITS_S[name]} s") from None
    finally:
        end(child)
    if child.returncode == CANNOT:
        raise CannotRun(err.strip().splitlines()[-1])
    if child.returncode:
        raise Failed(f"{name}.sh ended with {child.returncode}: {err.strip()}")
    return out.strip()


def prepare_run(folder: Path, plan: dict[str, Any], seconds: float) -> None:
    """The folder that host and guest share during a run."""
    shutil.copy(HERE / "guest.sh", folder)
    shutil.copy(HERE / "command.sh", folder)
    settings = {
        "PYTHON": sys.executable,
        "ROOT": str(ROOT),
        "SECONDS_TO_RECORD": f"{seconds:g}",
        "RATE_HZ": f"{plan['options']['rate_hz']}",
        "BATCH": f"{plan['options']['batch']}",
        "SENSORS": " ".join(f"{placement}={NAMES}{placement}" for placement in plan["sensors"]),
        "LIMIT_S": f"{LIMITS_S['guest'] - 40}",
    }
    text = "".join(f"{key}='{value}'\n" for key, value in settings.items())
    (folder / "env").write_text(text, "utf-8")


def qemu(kernel: Path, image: Path, folder: Path, socket: Path) -> list[str]:
    words = QEMU.split()
    words += ["-kernel", str(kernel / "vmlinuz"), "-initrd", str(image), "-append", KERNEL_LINE]
    share = "security_model=none"
    words += ["-virtfs", f"local,path=/,mount_tag=host,{share},readonly=on,multidevs=remap"]
    words += ["-virtfs", f"local,path={folder},mount_tag=vm,{share}"]
    words += ["-device", "virtio-rng-pci", "-device", "virtio-serial-pci"]
    words += ["-chardev", f"socket,id=hci,path={socket},server=on,wait=off"]
    return [*words, "-device", "virtconsole,chardev=hci,name=hci"]


def run_guest(kernel: Path, image: Path, folder: Path, plan: dict[str, Any]) -> None:
    """Sensors on the host, QEMU beside them, until the guest switches itself off."""
    children: list[subprocess.Popen[str]] = []
    try:
        with (
            tempfile.TemporaryDirectory(prefix="hg-vm-") as short,
            open(folder / "host.log", "w") as log,
        ):
            socket = Path(short) / "hci"  # the path of a socket must be short
            words = [sys.executable, str(HERE / "host.py"), str(socket)]
            words += [str(folder / "host.json"), json.dumps(plan)]
            children.append(
                spawn(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=HOST_ENV)
            )
            words = qemu(kernel, image, folder, socket)
            with open(folder / "console.log", "w") as console:
                guest = spawn(words, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
                children.append(guest)
                try:
                    guest.wait(LIMITS_S["guest"])
                except subprocess.TimeoutExpired:
                    raise Failed(f"the guest took more than {LIMITS_S['guest']} s") from None
            try:
                children[0].wait(10)
            except subprocess.TimeoutExpired:
                raise Failed("the sensors did not end with the guest") from None
    finally:
        for child in children:
            end(child)


def told(folder: Path) -> None:
    """Show what the guest said of itself."""
    for line in (folder / "console.log").read_text("utf-8", "replace").splitlines():
        if "[guest" in line:
            print("   ", line[line.index("[guest") :])


def load(folder: Path, name: str) -> Any:
    path = folder / name
    if not path.is_file():
        raise Failed(f"the run left no {name}")
    return json.loads(path.read_text("utf-8"))


def judged(folder: Path, plan: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Results of a run as JSON can hold them, complaints included."""
    state, truth = load(folder, "guest_state.json"), load(folder, "host.json")
    got, torn = check.received(folder / "run.mcap") if state["command_status"] == 0 else ({}, [])
    packet_hz = plan["options"]["rate_hz"] / plan["options"]["batch"]
    torn += check.looked_at(load(folder, "bluetooth.json"))
    complaints = torn + check.judge(truth, got, state, seconds, packet_hz, plan["outage"])
    sensors = {
        address: {
            "delivered": len(s["delivered"]),
            "recorded": len(got.get(address, ())),
            "lost_in_the_sensor": s["lost"],
            "unsent": s["unsent"],
            "per_s": check.busiest(s["delivered_s"]),
        }
        for address, s in truth["sensors"].items()
    }
    return {"plan": plan, "sensors": sensors, "complaints": complaints}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20, help="of streaming")
    parser.add_argument("--rate", type=int, default=104, help="samples/s of each sensor")
    parser.add_argument("--batch", type=int, default=2, help="samples in a notification")
    parser.add_argument("--loss", type=float, default=0.02, help="share lost inside the sensors")
    parser.add_argument("--outage", type=float, default=9, help="seconds that one sensor is away")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    plan: dict[str, Any] = {
        "sensors": {p: f"C0:00:00:00:00:0{i}" for i, p in enumerate(PLACEMENTS, start=1)},
        "names": NAMES,
        "profile": "hipgait-open",
        "options": {"rate_hz": asked.rate, "batch": asked.batch},
        "loss": asked.loss,
        "outage": {"sensor": 1, "after_s": 3, "for_s": asked.outage} if asked.outage else None,
    }
    folder = CACHE / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    times: dict[str, float] = {}
    with stage("tools", times):
        script("tools")
    with stage("kernel", times):
        kernel = Path(script("kernel", CACHE))
    with stage("initramfs", times):
        image = folder / "initramfs.img"
        script("initramfs", kernel, image)
    try:
        with stage("guest", times):
            prepare_run(folder, plan, asked.seconds)
            run_guest(kernel, image, folder, plan)
    finally:
        if (folder / "console.log").is_file():
            told(folder)
    result = {**judged(folder, plan, asked.seconds), "stages_s": times, "kernel": kernel.name}
    (folder / "result.json").write_text(json.dumps(result, indent=1), "utf-8")
    for address, sensor in result["sensors"].items():
        print(f"    {address}", ", ".join(f"{key} {value}" for key, value in sensor.items()))
    if result["complaints"]:
        raise Failed("; ".join(result["complaints"]))
    print(f"passed in {sum(times.values()):.0f} s, on {kernel.name}")


if __name__ == "__main__":
    for sign in (signal.SIGTERM, signal.SIGINT):  # leave through every `finally`
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    try:
        main()
    except CannotRun as reason:
        if os.environ.get("HIPGAIT_REQUIRE_VM") == "1":
            sys.exit(f"the VM rig cannot run here: {reason}")
        print(f"SKIPPED, the VM rig cannot run here: {reason}")
    except Failed as reason:
        sys.exit(f"FAILED: {reason} (files of the run: {CACHE / 'run'})")
