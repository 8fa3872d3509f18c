"""Sensors without a radio: virtual peripherals behind bleak's public API, on real or virtual time.

``rig.Rig`` holds the host's adapter and the sensors; ``rig.client`` and ``rig.scanner`` are what
bleak takes as ``backend``. ``loop.run`` runs it all on virtual time. Nothing leaves the process.
"""

from __future__ import annotations

from importlib.util import find_spec

from hipgait.errors import MissingExtraError

if find_spec("bumble") is None:
    raise MissingExtraError("bumble", "virtual")
