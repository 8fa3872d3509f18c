"""Serves the live page of a session that does nothing: ``python -m tests.live.serve HOST``.

Prints the address. "fall" on its input ends the server as a crash would, "end" ends it all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from hipgait.live.controls import Controls, CueChoice, Ended, SetupControls, Stage
from hipgait.live.state import LiveState
from hipgait.live.web.server import Server


class Still(Controls):
    """Nothing happens."""

    stage = Stage.RUN
    state = LiveState()
    setup: SetupControls | None = None
    ended = Ended()
    cue = CueChoice()

    def listen(self, hear: Callable[[], None]) -> Callable[[], None]:
        """Nothing is ever told."""
        return lambda: None


def main(host: str) -> None:
    """Until "end"."""
    server = Server(Still(), host)
    server.start()
    print(server.address, flush=True)
    for line in sys.stdin:
        if line.strip() == "end":
            break
        server._server.should_exit = True
    server.stop()


if __name__ == "__main__":
    main(sys.argv[1])
