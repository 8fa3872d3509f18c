"""04 Write a profile: teach hipgait a sensor that it does not know.

    python examples/04_write_a_profile.py --out profile

The "Acme Band" is made up: 100 packets a second, each with a counter, a time in milliseconds, and
one sample of accelerometer and gyroscope. One TOML file says all that; docs/profiles.md has every
key. The vector at its end was worked out by hand, and is the test of the file. Then three bands
record a simulated runner, and the capture is read with nothing but that profile.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

import matplotlib
import numpy as np

import hipgait as hg
from hipgait.ble.encode import Encoder
from hipgait.ble.packet import Decoder
from hipgait.ble.profiles import Loaded, load
from hipgait.io.capture import Anchor, CaptureHeader, CaptureWriter, SensorHeader
from hipgait.simulate.cases import validation_case

PROFILE = """\
format = 1
id = "acme-band"
name = "Acme Band"
firmware = "2.1"
source = ["Acme Band protocol, revision C, page 12"]
tried_on_hardware = false
clock = "device"                       # packets carry a time of the sensor's own clock

[match]
names = ["AcmeBand"]                   # how it is recognised in a scan

[chars]
data = "6d1c0001-1111-2222-3333-444455556666"

[[start]]                              # what makes it stream
do = "subscribe"
char = "data"

[[stop]]
do = "unsubscribe"
char = "data"

[[stream]]                             # 55 | counter | ms | six numbers, little-endian
id = "imu"
char = "data"
prefix = "55"
length = 19
header = ["seq:u16", "time:u32"]
sample = ["ax:i16", "ay:i16", "az:i16", "gx:i16", "gy:i16", "gz:i16"]
rate_hz = 100
timestamp = { field = "time", tick_hz = 1000, bits = 32, of = "last" }
sequence = { field = "seq", bits = 16 }

[stream.channels.acc]
fields = ["ax", "ay", "az"]
unit = "g"
scale = 4.8828125e-4                   # 2048 is 1 g
range = 16
axes = ["y", "-x", "z"]                # its y is our x, minus its x our y

[stream.channels.gyr]
fields = ["gx", "gy", "gz"]
unit = "deg/s"
scale = 0.07                           # 100 is 7 deg/s
axes = ["y", "-x", "z"]

[[vector]]                             # bytes, and what they mean, worked out by hand
stream = "imu"
source = "page 12: 2048 is 1 g, 100 is 7 deg/s"
packets = ["55 0100 e8030000 0008 0000 0000 6400 0000 0000"]
ticks = [1000]
sequence = [1]
values.acc = [[0.0, -9.80665, 0.0]]
values.gyr = [[0.0, -0.12217304763960307, 0.0]]
"""
PLACES = ("pelvis", "left_shank", "right_shank")


def main(out: Path) -> Path:
    """Write the profile, test it, record with it. Returns the picture of this example."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "acme-band.toml"
    path.write_text(PROFILE, "utf-8")
    loaded = load(path)  # refused, with the place of the mistake, if anything is wrong
    decode_the_vector(loaded)

    capture = out / "run.mcap"
    capture.unlink(missing_ok=True)
    recording, _ = validation_case(0, rate_hz=100.0, duration_s=45.0, placements=PLACES)
    write_capture(capture, recording, loaded)

    found = hg.read(capture)
    result = hg.analyze(found)
    steps = result.run["summary"]["cadence"]["pooled"]["mean"]
    print(f"read {found['pelvis'].n} samples at {found['pelvis'].rate_hz:.1f} Hz")
    print(f"{len(result.strides)} stances, {steps:.0f} steps a minute")
    return draw(recording, found, out / "decoded.png")


def decode_the_vector(loaded: Loaded) -> None:
    """What ``hipgait sensors show acme-band.toml`` and the tests of shipped profiles do."""
    (vector,) = loaded.profile.vector
    packets = [bytes.fromhex(text) for text in vector.packets]
    (got,), faults = Decoder(loaded.profile).decode("data", np.zeros(1, np.int64), packets)
    for channel, expected in vector.values.items():
        np.testing.assert_allclose(got.values[channel], expected, atol=1e-9)
    print(f"vector decoded: acc {got.values['acc'][0].round(3)} m/s^2, faults {len(faults)}")


def write_capture(path: Path, recording: hg.Recording, loaded: Loaded) -> None:
    """Three bands, each with a clock of its own, into a capture as ``hipgait record`` writes it."""
    text = loaded.text
    anchor = Anchor(utc_ns=1_780_000_000_000_000_000, monotonic_ns=5_000_000_000)
    sensors = {
        p: SensorHeader(address=f"A0:00:00:00:00:0{i}", profile_id="acme-band", profile_text=text)
        for i, p in enumerate(PLACES)
    }
    header = CaptureHeader(version=hg.__version__, anchor=anchor, sensors=sensors)
    encoder = Encoder(loaded.profile)
    with CaptureWriter(path, header) as writer:
        for number, place in enumerate(PLACES):
            stream = recording[place]
            uptime_ms = 1000.0 * stream.time_s + 70_000 * (number + 1)
            packets = encoder.packets(
                "imu",
                {"acc": stream.acc, "gyr": stream.gyr},
                ticks=np.round(uptime_ms).astype(np.uint64),
                sequence=np.arange(stream.n),
            )
            late = np.random.default_rng(number).exponential(0.008, stream.n)
            arrival = np.maximum.accumulate(stream.time_s + 0.010 + late)
            for at, data in zip(arrival, packets, strict=True):
                writer.raw(place, "data", anchor.monotonic_ns + round(1e9 * at), data)


def draw(sent: hg.Recording, found: hg.Recording, path: Path) -> Path:
    """Two seconds of what the band measured and of what was decoded."""
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7.4, 3.0), layout="constrained")
    for recording, look in ((sent, {"color": "#CFCDC6", "linewidth": 6}), (found, {})):
        stream = recording["left_shank"]
        inside = (stream.time_s > 30.0) & (stream.time_s < 32.0)
        size = np.linalg.norm(stream.acc[inside], axis=1)
        axes.plot(stream.time_s[inside], size, **({"color": "#1A1A1A"} | look))
    axes.set_title(
        "Left shank: measured (broad), and decoded (thin), 10 ms later by radio", loc="left"
    )
    axes.set_xlabel("s")
    axes.set_ylabel("acceleration, m/s²")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


if __name__ == "__main__":
    parser = ArgumentParser(description="Write a profile.")
    parser.add_argument("--out", type=Path, default=Path("example-04"), help="folder to write into")
    main(parser.parse_args().out)
