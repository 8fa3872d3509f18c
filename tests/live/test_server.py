"""The page's server: it comes back when it fell, and says in a line why it cannot be there."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest

from hipgait.cli.main import run
from hipgait.errors import InputError
from hipgait.live.web.server import _bound

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def served(host: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The printed address, and the process."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.live.serve", host],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip(), process
        process.stdin.write("end\n")
        process.stdin.close()
        assert process.wait(20) == 0


def status(address: str, **headers: str) -> int:
    try:
        with urlopen(Request(address, headers=headers), timeout=20) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def handshake(port: int, origin: str, cookie: str = "") -> int:
    """What the page's web socket answers: 101 opens it."""
    lines = [
        "GET /_nicegui_ws/socket.io/?EIO=4&transport=websocket HTTP/1.1",
        f"Host: localhost:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Origin: {origin}",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(raw.recv(200).split(b"\r\n")[0].split()[1])


def test_a_page_that_fell_is_served_again() -> None:
    with served("127.0.0.1") as (address, process):
        assert status(address) == 200
        port = int(address.rsplit(":", 1)[1].strip("/"))
        assert handshake(port, f"http://localhost:{port}") == 101  # what is refused would work
        assert handshake(port, "http://evil.example") == 403
        assert process.stdin is not None
        process.stdin.write("fall\n")
        process.stdin.flush()
        time.sleep(0.5)
        end = time.monotonic() + 30.0
        while True:
            try:
                assert status(address) == 200
                break
            except URLError:
                assert time.monotonic() < end
                time.sleep(0.1)


class Stay(HTTPRedirectHandler):
    """Follows nowhere."""

    def redirect_request(self, *_: object) -> None:
        return None


def test_over_a_network_the_token_of_the_address_opens_once_and_for_all() -> None:
    with served("0.0.0.0") as (address, _):
        port = address.split(":")[2].split("/")[0]
        local = f"http://127.0.0.1:{port}/"
        assert status(local) == 403
        token = address.split("token=")[1]
        with pytest.raises(HTTPError) as moved:
            build_opener(Stay).open(f"{local}?token={token}", timeout=20)
        assert moved.value.code == 303
        cookie = moved.value.headers["Set-Cookie"].split(";")[0]
        moved.value.close()
        assert status(local, Cookie=cookie) == 200
        assert status(local, Cookie=f"{cookie}x") == 403
        own = f"http://localhost:{port}"
        assert handshake(int(port), own, cookie) == 101
        assert handshake(int(port), own) == 403
        assert handshake(int(port), own, f"{cookie}x") == 403
        assert handshake(int(port), "http://evil.example", cookie) == 403


def test_a_port_that_is_taken_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match="the page cannot be served"):
            _bound("127.0.0.1", port)
        argv = ["live", "--port", str(port), "--out", str(tmp_path)]
        assert run(argv) == 1
        err = capsys.readouterr().err
        assert "--port" in err
        assert "Traceback" not in err


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(InputError, match=r"8\.8\.8\.8"):
        _bound("8.8.8.8", 0)
