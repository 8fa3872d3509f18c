"""Simulated sensors: mounting, errors, clocks and loss. The models are written down in
docs/simulator.md; every constant here is a field of ``SensorSettings``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from scipy.signal import butter, sosfiltfilt

from hipgait.errors import SettingsError
from hipgait.names import G_MPS2
from hipgait.recording import (
    Athlete,
    BoolArray,
    FloatArray,
    Provenance,
    Recording,
    RunInfo,
    SensorStream,
)
from hipgait.simulate.impacts import Impacts, wobble_transient
from hipgait.simulate.motion import Motion, sensor_point
from hipgait.simulate.noise import wander

FADE_S: Final = 0.4
"""mean length of a radio fade, s"""
FINE_HZ: Final = 300.0
"""slower sensors are filtered at a multiple of their rate, at least this"""
DESIGN_POINT: Final = ("pelvis", "left_shank", "right_shank")


@dataclass(frozen=True, kw_only=True)
class SensorSettings:
    """Errors of a sensor. The defaults are an ideal sensor."""

    acc_bias_mg: float = 0.0
    """SD of each axis' constant bias"""
    gyr_bias_deg_s: float = 0.0
    gyr_walk_deg_s_sqrt_h: float = 0.0
    """random walk of the gyroscope bias, SD after one hour"""
    acc_noise_mps2: float = 0.0
    """white, SD per sample at 200 Hz; grows with the square root of the rate"""
    gyr_noise_deg_s: float = 0.0
    scale_error: float = 0.0
    """SD of each axis' scale error"""
    cross_axis: float = 0.0
    """SD of each off-diagonal term"""
    acc_range_g: float | None = None
    gyr_range_deg_s: float | None = None
    bits: int | None = None
    clock_ppm: float = 0.0
    """largest error of the sensor's own rate (uniform)"""
    sync_offset_ms: float = 0.0
    """largest constant offset that remains on the common clock (uniform)"""
    jitter_ms: float = 0.0
    """SD of each time stamp"""
    loss: float = 0.0
    """share of samples lost in bursts"""
    low_pass: bool = False
    """anti-alias filter at 0.4 of the rate, zero phase"""
    wobble_deg: tuple[float, float] = (0.0, 0.0)
    """soft tissue: smallest and largest amplitude of a sensor's turn after an impact"""
    wobble_hz: tuple[float, float] = (8.0, 15.0)
    place_sd_m: float = 0.0
    """SD of the sensor's place on the segment, per axis"""
    slips: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """placement -> (time s, deg about the segment's forward axis)"""

    @classmethod
    def ideal(cls) -> SensorSettings:
        """No error at all."""
        return cls()

    @classmethod
    def calibrated(cls) -> SensorSettings:
        """A calibrated laboratory sensor: 5 mg, no loss, good clock."""
        return cls(
            acc_bias_mg=5.0,
            gyr_bias_deg_s=0.1,
            gyr_walk_deg_s_sqrt_h=0.03,
            acc_noise_mps2=0.01,
            gyr_noise_deg_s=0.05,
            scale_error=0.001,
            acc_range_g=16.0,
            gyr_range_deg_s=2000.0,
            bits=16,
            clock_ppm=10.0,
            sync_offset_ms=0.5,
            jitter_ms=0.05,
            low_pass=True,
        )

    @classmethod
    def consumer(cls, soft_tissue: bool = False) -> SensorSettings:
        """A consumer sensor over radio, with or without soft tissue under it."""
        return cls(
            acc_bias_mg=20.0,
            gyr_bias_deg_s=0.5,
            gyr_walk_deg_s_sqrt_h=0.15,
            acc_noise_mps2=0.03,
            gyr_noise_deg_s=0.07,
            scale_error=0.004,
            cross_axis=0.002,
            acc_range_g=16.0,
            gyr_range_deg_s=2000.0,
            bits=16,
            clock_ppm=50.0,
            sync_offset_ms=2.0,
            jitter_ms=0.2,
            loss=0.005,
            low_pass=True,
            wobble_deg=(1.0, 3.0) if soft_tissue else (0.0, 0.0),
            place_sd_m=0.012,
        )


@dataclass(frozen=True)
class SensorTruth:
    """What was drawn for one sensor.

    mounting : (3, 3) segment axes to sensor axes (v_sensor = mounting @ v_segment).
    point : (3,) place on the segment, m.  acc_bias m/s^2, gyr_bias rad/s : (3,), sensor axes.
    rate_hz : true rate.  offset_s : of the stamps.  wobble_deg : amplitude, 0 without.
    """

    mounting: FloatArray
    point: FloatArray
    acc_bias: FloatArray
    gyr_bias: FloatArray
    rate_hz: float
    offset_s: float
    wobble_deg: float


def rotation(axis: Sequence[float] | FloatArray, angle: float) -> FloatArray:
    """(3, 3) rotation by ``angle`` rad about ``axis``."""
    n = np.asarray(axis, dtype=np.float64)
    x, y, z = n / np.linalg.norm(n)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k)


def random_mounting(
    rng: np.random.Generator, tilt_sd_deg: float = 4.0, upside_down: bool | None = None
) -> FloatArray:
    """(3, 3) segment to sensor: any turn about the limb, upside down at times, a little tilt."""
    turn = rotation([0, 1, 0], rng.uniform(-np.pi, np.pi))
    if upside_down is None:
        upside_down = bool(rng.random() < 0.3)
    flip = rotation([1, 0, 0], np.pi) if upside_down else np.eye(3)
    tilt = rotation(rng.standard_normal(3), np.radians(rng.normal(0, tilt_sd_deg)))
    # a sensor's own axes: any of them may point along the limb
    order = np.eye(3)[list(rng.permutation(3))]
    if np.linalg.det(order) < 0:
        order = -order
    return np.asarray(order @ tilt @ flip @ turn)


def _wobble(
    motion: Motion,
    placement: str,
    t: FloatArray,
    amplitude: float,
    hz: float,
    axis: FloatArray,
    gyr: FloatArray,
    acc: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Turn of the skin under the sensor: damped, excited at each impact (radians, exact rates)."""
    mode = wobble_transient(hz)
    largest = float(np.abs(mode.at(np.linspace(0, 0.999 * mode.lasts_s, 600))[0]).max())
    sides = (-1, 1) if placement == "pelvis" else (1 if placement.startswith("right") else -1,)
    turn = np.zeros((2, len(t)))
    for sigma in sides:
        hits = motion.impacts[sigma][0]
        usual = float(np.median(hits.size)) if len(hits.size) else 1.0
        scaled = Impacts(hits.time, hits.size / usual, mode, mode, (0.0, 1.0, 0.0))
        moved = scaled.displacement(t)
        turn += np.stack([moved.p[1], moved.v[1]]) * (amplitude / largest)
    n = axis / np.linalg.norm(axis)
    c, s = np.cos(turn[0])[:, None], np.sin(turn[0])[:, None]

    def back(v: FloatArray) -> FloatArray:
        return np.asarray(c * v - s * np.cross(n, v) + (1 - c) * (v @ n)[:, None] * n)

    return back(gyr) + turn[1][:, None] * n, back(acc)


def _lost(n: int, rate: float, share: float, rng: np.random.Generator) -> BoolArray:
    """(n,) True where a sample is lost: half of the loss in packets of 1-2 samples, half in fades.

    Fades have exponential lengths of mean FADE_S.
    """
    lost = np.zeros(n, dtype=bool)
    for part, mean in ((0.5 * share, 1.5), (0.5 * share, FADE_S * rate)):
        bursts = rng.poisson(part * n / mean) if part > 0 else 0
        for start in rng.integers(0, n, bursts):
            length = int(rng.integers(1, 3)) if mean == 1.5 else 1 + int(rng.exponential(mean))
            lost[start : start + length] = True
    lost[:2] = lost[-2:] = False
    return lost


def _quantise(x: FloatArray, full: float | None, bits: int | None) -> FloatArray:
    if full is None:
        return x
    step = 2 * full / 2**bits if bits else 0.0
    x = np.clip(x, -full, full - step)
    return np.asarray(np.round(x / step) * step) if step else x


def simulate_sensor(
    motion: Motion,
    placement: str,
    settings: SensorSettings,
    rate_hz: float,
    rng: np.random.Generator,
    mounting: FloatArray | None = None,
    clock: tuple[float, float] | None = None,
) -> tuple[SensorStream, SensorTruth]:
    """One sensor's stream and what was drawn for it.

    clock : true rate, Hz, and time of the first sample, s, where they are known and not drawn.
    """
    s = settings
    if mounting is None:
        mounting = random_mounting(rng)
    true_rate = rate_hz * (1 + 1e-6 * s.clock_ppm * rng.uniform(-1, 1))
    offset = 1e-3 * s.sync_offset_ms * rng.uniform(-1, 1)
    if clock is not None:
        true_rate = clock[0]
    point = sensor_point(motion.settings, placement) + s.place_sd_m * rng.standard_normal(3)
    n = int(np.floor(motion.duration_s * true_rate))
    phase = rng.uniform(0, 1) / true_rate if s.clock_ppm else 0.0
    if clock is not None:
        phase = clock[1]
    inner = max(1, int(np.ceil(FINE_HZ / rate_hz))) if s.low_pass else 1
    fine = phase + np.arange(n * inner) / (true_rate * inner)
    amplitude = np.radians(rng.uniform(*s.wobble_deg)) if s.wobble_deg[1] > 0 else 0.0
    hz = rng.uniform(*s.wobble_hz)
    axis = rng.standard_normal(3) * (0.8, 1.0, 0.6)
    sos = butter(2, 0.4 * rate_hz, fs=true_rate * inner, output="sos") if inner > 1 else None
    acc, gyr = np.empty((n, 3)), np.empty((n, 3))
    block, pad = 40_000, 40
    for start in range(0, n, block):
        lo, hi = max(0, start - pad), min(n, start + block + pad)
        t = fine[lo * inner : hi * inner]
        a, g = motion.rates(placement, t, point)
        if amplitude > 0:
            g, a = _wobble(motion, placement, t, amplitude, hz, axis, g, a)
        if sos is not None:
            g, a = sosfiltfilt(sos, g, axis=0), sosfiltfilt(sos, a, axis=0)
        keep = slice((start - lo) * inner, (min(n, start + block) - lo) * inner, inner)
        gyr[start : start + block], acc[start : start + block] = g[keep], a[keep]
    time = fine[::inner].copy()
    if placement in s.slips:
        at, deg = s.slips[placement]
        slip = rotation([1, 0, 0], np.radians(deg))
        after = time >= at
        acc[after], gyr[after] = acc[after] @ slip, gyr[after] @ slip
    acc, gyr = acc @ mounting.T, gyr @ mounting.T
    acc_bias = 1e-3 * s.acc_bias_mg * G_MPS2 * rng.standard_normal(3)
    gyr_bias = np.radians(s.gyr_bias_deg_s) * rng.standard_normal(3)
    grown = np.sqrt(rate_hz / 200)
    for x, bias, sd in (
        (acc, acc_bias, s.acc_noise_mps2),
        (gyr, gyr_bias, np.radians(s.gyr_noise_deg_s)),
    ):
        scale = np.eye(3) + np.diag(s.scale_error * rng.standard_normal(3))
        scale += s.cross_axis * rng.standard_normal((3, 3)) * (1 - np.eye(3))
        x[:] = x @ scale.T + bias
        if sd > 0:
            x += sd * grown * rng.standard_normal(x.shape)
    if s.gyr_walk_deg_s_sqrt_h > 0:
        m = int(motion.duration_s) + 2
        for axis_ in range(3):
            walk = wander(m, np.radians(s.gyr_walk_deg_s_sqrt_h) / 60, rng)
            gyr[:, axis_] += np.interp(time, np.arange(m), walk)
    acc_range = None if s.acc_range_g is None else s.acc_range_g * G_MPS2
    gyr_range = None if s.gyr_range_deg_s is None else float(np.radians(s.gyr_range_deg_s))
    acc, gyr = _quantise(acc, acc_range, s.bits), _quantise(gyr, gyr_range, s.bits)
    stamps = time + offset
    if s.jitter_ms > 0:
        jitter = 1e-3 * s.jitter_ms * rng.standard_normal(n)
        stamps = stamps + np.clip(jitter, -0.4 / rate_hz, 0.4 / rate_hz)
    if s.loss > 0:
        kept = ~_lost(n, rate_hz, s.loss, rng)
        stamps, acc, gyr = stamps[kept], acc[kept], gyr[kept]
    stream = SensorStream(
        placement, stamps, acc, gyr, acc_range, gyr_range, provenance=Provenance("simulated")
    )
    truth = SensorTruth(
        mounting, point, acc_bias, gyr_bias, true_rate, offset, float(np.degrees(amplitude))
    )
    return stream, truth


def simulate_with_truth(
    motion: Motion,
    settings: SensorSettings,
    rate_hz: float = 200.0,
    placements: Sequence[str] = DESIGN_POINT,
    seed: int = 0,
    mountings: Mapping[str, FloatArray] | None = None,
    speed_known: bool = True,
) -> tuple[Recording, dict[str, SensorTruth]]:
    """As ``simulate_recording``, with what was drawn for each sensor."""
    if not 10 <= rate_hz <= 2000:
        raise SettingsError(f"rate_hz = {rate_hz}", "Allowed: 10-2000 Hz")
    streams: dict[str, SensorStream] = {}
    truths: dict[str, SensorTruth] = {}
    children = np.random.SeedSequence([seed, 77]).spawn(len(placements))
    for placement, child in zip(placements, children, strict=True):
        given = None if mountings is None else mountings.get(placement)
        streams[placement], truths[placement] = simulate_sensor(
            motion, placement, settings, rate_hz, np.random.default_rng(child), given
        )
    s = motion.settings
    table = None
    if speed_known:
        at = np.arange(0.0, motion.duration_s + 1e-9, 1.0)
        table = np.column_stack([at, motion.speed(at)])
    athlete = Athlete(height_m=s.height_m, mass_kg=s.mass_kg)
    info = RunInfo(speed_table=table, grade_pct=s.grade_pct, athlete=athlete)
    return Recording(streams, info, name="simulated"), truths


def simulate_recording(
    motion: Motion,
    settings: SensorSettings,
    rate_hz: float = 200.0,
    placements: Sequence[str] = DESIGN_POINT,
    seed: int = 0,
    mountings: Mapping[str, FloatArray] | None = None,
    speed_known: bool = True,
) -> Recording:
    """What the sensors record of a motion.

    Parameters
    ----------
    motion : from ``simulate_motion``.
    settings : errors of the sensors.
    rate_hz : nominal rate; each sensor's own clock differs by up to ``clock_ppm``.
    placements : which sensors are worn.
    seed : the same seed gives the same recording.
    mountings : placement -> (3, 3) segment to sensor axes; None or missing: ``random_mounting``.
    speed_known : put the true speed, one value a second, into the run's information.
    """
    return simulate_with_truth(motion, settings, rate_hz, placements, seed, mountings, speed_known)[
        0
    ]


def aligned(placements: Sequence[str] = DESIGN_POINT) -> dict[str, FloatArray]:
    """Mountings of sensors whose axes are the segments' own."""
    return {p: np.eye(3) for p in placements}


def slipped(settings: SensorSettings, placement: str, at_s: float, deg: float) -> SensorSettings:
    """The same sensors, one of which turns by ``deg`` about its segment's forward axis."""
    return replace(settings, slips={**settings.slips, placement: (at_s, deg)})
