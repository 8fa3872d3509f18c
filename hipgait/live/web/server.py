"""The server of the live page: a thread of its own, so that no page can hold up the recording.

It reads the session's newest state (immutable, swapped whole) and passes button presses on. If it
falls, it is started again; the recording does not notice.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any, Final

from hipgait.errors import InputError, MissingExtraError
from hipgait.live.controls import Controls
from hipgait.live.web.guard import LOCAL_HOSTS, Application, Guard, new_token

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
RESTARTS: Final = 20
RESTART_S: Final = 0.2
"""A server that fell is started again after this, s, so many times."""
READY_S: Final = 20.0
"""A page that does not answer by then is given up waiting for, s; the run goes on."""


class Server:
    """Serves the pages of one session.

    Parameters
    ----------
    controls : the session.
    host : address to bind to; anything but this machine's own wants a token.
    port : 0 takes a free one.

    Raises
    ------
    MissingExtraError : the extra ``live`` is not installed.
    InputError : the address is not this machine's, or the port is taken.
    """

    def __init__(self, controls: Controls, host: str = "127.0.0.1", port: int = 0) -> None:
        self._controls = controls
        self._socket = _bound(host, port)
        self.port = int(self._socket.getsockname()[1])
        self.token = "" if host in LOOPBACK else new_token()
        self._names = LOCAL_HOSTS if host in LOOPBACK else LOCAL_HOSTS | _names(host)
        self._host = host
        self._leaving = threading.Event()
        self._ready = threading.Event()
        self._server: Any = None
        self._trouble: BaseException | None = None
        self._application = _application(controls, self._started)
        self._thread = threading.Thread(target=self._serve, name="hipgait-page", daemon=True)

    @property
    def address(self) -> str:
        """What to open in a browser; over a network it holds the token."""
        if self._host in LOOPBACK:
            return f"http://localhost:{self.port}/"
        return f"http://{_reachable(self._host)}:{self.port}/?token={self.token}"

    @property
    def trouble(self) -> str:
        """Why the page is gone, or empty."""
        return "" if self._trouble is None else f"{self._trouble}"

    def start(self) -> None:
        """Serve; returns once the page answers."""
        self._thread.start()
        self._ready.wait(READY_S)

    def stop(self) -> None:
        """Close all pages and the port."""
        self._leaving.set()
        server = self._server
        if server is not None:
            server.should_exit = True
            server.force_exit = True
        self._thread.join(5.0)
        self._socket.close()

    def _started(self) -> None:
        self._ready.set()

    def _serve(self) -> None:
        import uvicorn

        guarded = Guard(self._application, self._names, self.token)
        for _ in range(RESTARTS):
            config = uvicorn.Config(
                guarded,
                log_level="critical",
                access_log=False,
                ws="websockets-sansio",
                lifespan="on",
            )
            server = self._server = uvicorn.Server(config)
            try:
                # a copy: the server closes what it is given, and the next one needs the port
                asyncio.run(server.serve(sockets=[self._socket.dup()]))
            except BaseException as error:  # the page's trouble never becomes the recording's
                self._trouble = error
            if self._leaving.wait(RESTART_S):
                return


def _application(controls: Controls, started: Callable[[], None]) -> Application:
    try:
        from fastapi import FastAPI
        from fastapi.responses import FileResponse, PlainTextResponse, Response
        from nicegui import Client, background_tasks, ui
        from nicegui import app as pages
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "nicegui", "live") from None
    from hipgait.live.web.pages import BEAT_S, Hub, build

    hub = Hub(controls)
    parent = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @parent.get("/report")
    def report() -> Response:
        path = controls.ended.report
        if path is None or not path.is_file():
            return PlainTextResponse("There is no report yet.\n", status_code=404)
        return FileResponse(path, media_type="text/html")

    @ui.page("/", title="hipgait live", favicon="🏃")
    def index(client: Client) -> None:
        build(hub, client)

    async def push() -> None:
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def hear() -> None:
            with suppress(RuntimeError):  # this server fell; the next one listens for itself
                loop.call_soon_threadsafe(news.set)

        deaf = controls.listen(hear)
        try:
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), BEAT_S)
                news.clear()
                hub.draw_new()
        finally:
            deaf()

    def begin() -> None:
        background_tasks.create(push(), name="hipgait page")
        started()

    pages.on_startup(begin)
    ui.run_with(
        parent,
        title="hipgait live",
        tailwind=False,
        binding_refresh_interval=None,
        message_history_length=50,
        show_welcome_message=False,
        gzip_middleware_factory=None,
    )
    return parent


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    out = socket.socket(family, socket.SOCK_STREAM)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        out.bind((host, port))
        out.listen(64)
    except (OSError, OverflowError) as error:
        out.close()
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{host}:{port}: the page cannot be served there ({why})",
            "Choose another --port, or leave out --host",
        ) from None
    return out


def _names(host: str) -> frozenset[str]:
    """Names that other machines may call this one by."""
    own = socket.gethostname().lower()
    names = {_reachable(host), own, f"{own}.local", f"{own.split('.')[0]}.local"}
    with suppress(OSError):  # every address, where the machine is in several networks
        names |= {str(info[4][0]) for info in socket.getaddrinfo(own, None, socket.AF_INET)}
    return frozenset(names)


def _reachable(host: str) -> str:
    """The address that others reach, where ``host`` stands for all of them."""
    if host not in ("0.0.0.0", "::", ""):
        return f"[{host}]" if ":" in host else host.lower()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells the way out
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
