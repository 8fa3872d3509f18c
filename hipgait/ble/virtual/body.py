"""What a virtual sensor measures: a runner of the simulator, or waves that cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hipgait.simulate.motion import Motion
    from hipgait.simulate.sensors import SensorSettings

FloatArray = NDArray[np.float64]

EARTH_T: Final = np.array([20e-6, -44e-6, 0.0])
"""magnetic field of the world (x north, y up), T: central Europe, 48 uT dipping by 66 deg"""
COUPLED_S: Final = 1e-7
"""times closer than this are the same sample"""


class Body(Protocol):
    """Anything to measure."""

    def motion(
        self, channels: Sequence[str], rate_hz: float, times: FloatArray
    ) -> Mapping[str, FloatArray]:
        """Channel (acc, gyr, mag) -> (n, 3) in SI, sensor axes.

        rate_hz : true rate of the stream.  times : (n,) of the rig, s, 1 / rate apart.
        """
        ...

    def speed(self, times: FloatArray) -> FloatArray:
        """(n,) running speed, m/s."""
        ...


@dataclass(frozen=True)
class Waves:
    """Smooth signals within usual ranges, no two samples and no two sensors alike.

    number : of the sensor.
    """

    number: int = 0

    def motion(
        self, channels: Sequence[str], rate_hz: float, times: FloatArray
    ) -> Mapping[str, FloatArray]:
        """See Body."""
        size = {"acc": 30.0, "gyr": 6.0, "mag": 48e-6}
        hz = 1.41 + 0.03 * self.number + np.array([0.0, 0.17, 0.31])
        turn = 2 * np.pi * times[:, np.newaxis] * hz
        return {
            name: size[name] * (0.6 * np.sin(turn + i) + 0.4 * np.sin(2.7 * turn))
            for i, name in enumerate(channels)
        }

    def speed(self, times: FloatArray) -> FloatArray:
        """See Body."""
        return 3.0 + 0.3 * np.sin(times / 20)


@dataclass
class Runner:
    """A sensor worn by the simulator's runner, whose time 0 is that of the rig.

    settings : its errors; range, resolution, clock and losses are the firmware's and not drawn.
    mounting : (3, 3) segment to sensor axes; None: any.
    """

    simulated: Motion
    placement: str
    settings: SensorSettings
    seed: int = 0
    mounting: FloatArray | None = None
    _made: dict[float, tuple[float, Mapping[str, FloatArray]]] = field(
        default_factory=dict, init=False
    )

    def motion(
        self, channels: Sequence[str], rate_hz: float, times: FloatArray
    ) -> Mapping[str, FloatArray]:
        """See Body. Before and after the simulated time the sensor holds its first and last."""
        phase = float(times[0] % (1 / rate_hz))
        known = self._made.get(rate_hz)
        if known is None or (abs(known[0] - phase) + COUPLED_S) % (1 / rate_hz) > 2 * COUPLED_S:
            known = self._made[rate_hz] = phase, self._simulate(rate_hz, phase)
        at = np.rint((times - known[0]) * rate_hz).astype(np.intp)
        return {name: known[1][name].take(at, axis=0, mode="clip") for name in channels}

    def _simulate(self, rate_hz: float, phase: float) -> Mapping[str, FloatArray]:
        """Channel -> the whole run at one rate."""
        from hipgait.simulate.sensors import simulate_sensor

        ideal_radio = replace(
            self.settings,
            acc_range_g=None,
            gyr_range_deg_s=None,
            bits=None,
            clock_ppm=0.0,
            sync_offset_ms=0.0,
            jitter_ms=0.0,
            loss=0.0,
        )
        rng = np.random.default_rng(self.seed)
        stream, truth = simulate_sensor(
            self.simulated,
            self.placement,
            ideal_radio,
            rate_hz,
            rng,
            self.mounting,
            clock=(rate_hz, phase),
        )
        assert stream.gyr is not None
        turn = self.simulated.orientation(self.placement, stream.time_s)
        field_segment = np.einsum("nij,i->nj", turn, EARTH_T)
        return {"acc": stream.acc, "gyr": stream.gyr, "mag": field_segment @ truth.mounting.T}

    def speed(self, times: FloatArray) -> FloatArray:
        """See Body."""
        return self.simulated.speed(np.clip(times, 0.0, self.simulated.duration_s))


BodyOf = Callable[[str], Body]
"""placement -> what its sensor measures"""
