"""A scripted body for the tests of the protocol: angles and heights piece by piece, exact sensors.

Much simpler than a runner on purpose: three rigid segments that pitch, one height for all.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from hipgait.kinematics.uniform import UniformStream

G = 9.80665
PLACEMENTS = ("pelvis", "left_shank", "right_shank")


class Script:
    """Pitch of each segment (rad, + = top forward) and height (m), piece by piece at 400 Hz."""

    rate = 400.0

    def __init__(self) -> None:
        self.pitch: dict[str, list[np.ndarray]] = {p: [] for p in PLACEMENTS}
        self.height: list[np.ndarray] = []
        self.marks: dict[str, list[tuple[float, float]]] = {}
        self.now = 0.0

    def add(self, name: str, seconds: float, height: np.ndarray | None = None, **pitch: object):
        n = round(seconds * self.rate)
        for placement in PLACEMENTS:
            self.pitch[placement].append(np.asarray(pitch.get(placement, np.zeros(n)), float))
        self.height.append(np.zeros(n) if height is None else height)
        self.marks.setdefault(name, []).append((self.now, self.now + seconds))
        self.now += seconds
        return self

    def time(self, seconds: float) -> np.ndarray:
        return np.arange(round(seconds * self.rate)) / self.rate

    def stand(self, seconds: float) -> Script:
        return self.add("stand", seconds)

    def bow(self, degrees: float = 50.0, seconds: float = 3.0) -> Script:
        x = 0.5 - 0.5 * np.cos(2 * np.pi * self.time(seconds) / seconds)
        return self.add("bow", seconds, pelvis=np.radians(degrees) * x)

    def kick(self, side: str, degrees: float = 100.0, seconds: float = 1.2) -> Script:
        x = 0.5 - 0.5 * np.cos(2 * np.pi * self.time(seconds) / seconds)
        return self.add(f"kick_{side}", seconds, **{f"{side}_shank": np.radians(degrees) * x})

    def jump(self, air_s: float = 0.25) -> Script:
        push, land = 0.25, 0.2
        v = G * air_s / 2
        t = self.time(push + air_s + land)
        up = np.where(t < push, v / push * t, v - G * (t - push))
        down = np.clip((t - push - air_s) / land, 0, 1)
        speed = np.where(t > push + air_s, -v * (1 - down), up)
        height = np.cumsum(speed) / self.rate
        return self.add(
            "jump", len(t) / self.rate, height=height - np.linspace(0, height[-1], len(t))
        )

    def gait(
        self, seconds: float, hz: float = 1.4, swing: float = 55.0, bounce: float = 0.04
    ) -> Script:
        t = self.time(seconds)
        ramp = np.clip(np.minimum(t, seconds - t) / 1.0, 0, 1)
        w = 2 * np.pi * hz
        leg = np.radians(swing) * (np.sin(w * t) + 0.3 * np.sin(2 * w * t))
        other = np.radians(swing) * (np.sin(w * t + np.pi) + 0.3 * np.sin(2 * w * t))
        return self.add(
            "gait",
            seconds,
            height=ramp * bounce * np.sin(2 * w * t),
            pelvis=ramp * (0.1 + 0.04 * np.sin(2 * w * t)),
            left_shank=ramp * leg,
            right_shank=ramp * other,
        )

    def streams(
        self, fs: float = 100.0, seed: int = 0, keep: tuple[str, ...] = PLACEMENTS
    ) -> dict[str, UniformStream]:
        """Noisy sensors with random mounting."""
        rng = np.random.default_rng(seed)
        step = round(self.rate / fs)
        out = {}
        height = gaussian_filter1d(np.concatenate(self.height), 6)
        acc_up = np.gradient(np.gradient(height)) * self.rate**2
        for placement in keep:
            sway = gaussian_filter1d(rng.normal(0, 1, len(height)), 120) * 0.03
            pitch = gaussian_filter1d(np.concatenate(self.pitch[placement]), 6) + sway
            body = Rotation.from_rotvec(
                np.outer(-pitch, [0, 0, 1])
            )  # z to the right: forward lean is negative
            force = body.inv().apply(np.outer(acc_up + G, [0, 1, 0]))
            rate = np.outer(-np.gradient(pitch) * self.rate, [0, 0, 1])
            mount = Rotation.random(random_state=int(rng.integers(1 << 30)))
            n = len(pitch[::step])
            out[placement] = UniformStream(
                placement,
                5.0,
                self.rate / step,
                mount.apply(force[::step]) + rng.normal(0, 0.05, (n, 3)),
                mount.apply(rate[::step]) + rng.normal(0, 0.005, (n, 3)) + 0.005,
                *(np.zeros(n, dtype=bool) for _ in range(3)),
            )
        return out
