"""Acceleration that came without gravity: 1 g put back along an estimated vertical, for events.

Some phone apps export free acceleration. Step detection takes the mean specific force for up, so
1 g is put back along the vertical that the movement itself shows:

- a leg's sensor rides on a swinging segment: its mean acceleration is the centripetal one and
  points up the segment (simulated shanks: within 2 to 18 deg of the mean vertical, walking and
  running, 9 runs; thighs 3 to 30 deg);
- the pelvis moves mostly up and down, with short strong landings and long flat flights: up is the
  main axis of its acceleration, on the side of the larger cubes (simulated: within 1 to 6 deg).

What is restored this way serves events only; angles and impact are not computed from it. Against
the same simulated sensors with gravity (15 runs of 45 to 60 s, gravity taken away exactly or by a
complementary filter): no step lost; with gyroscopes initial contact within 11 ms, terminal contact
within 33 ms but 40 to 80 ms late on one shank in 2 of 15; shanks without gyroscopes up to 60 ms
off in walking. A pelvis alone took left for right in 2 of 15, initial contact then 50 ms early, and
was within 5 ms otherwise. A filter that also follows the direction of the acceleration in flight
misled it in 3 of 3.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hipgait.names import G_MPS2, PELVIS
from hipgait.recording import FloatArray

MOVING_MPS2: Final = 0.5
"""Free acceleration below this is rest, m/s^2."""


def put_back(acc: FloatArray, placement: str) -> FloatArray:
    """(n, 3) acceleration with 1 g along the estimated vertical, m/s^2.

    Parameters
    ----------
    acc : (n, 3) free acceleration in the sensor's axes, m/s^2, finite.
    """
    return np.asarray(acc + G_MPS2 * vertical(acc, placement))


def vertical(acc: FloatArray, placement: str) -> FloatArray:
    """(3,) unit vector: up, on average, in the sensor; its first axis where nothing moves."""
    moving = acc[np.einsum("ij,ij->i", acc, acc) > MOVING_MPS2**2]
    if len(moving) < 10:
        return np.array([1.0, 0.0, 0.0])
    mean = moving.mean(axis=0)
    if placement == PELVIS:
        rest = moving - mean
        axis = np.linalg.eigh(rest.T @ rest)[1][:, -1]
        along = rest @ axis
        up = -axis if float((along**3).sum()) < 0 else axis
    else:
        up = mean
    return np.asarray(up / max(float(np.linalg.norm(up)), 1e-9))
