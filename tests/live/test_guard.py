"""The guard: strangers, foreign pages and foreign names get one line and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.live.web.guard import COOKIE, LOCAL_HOSTS, Guard, host_name, new_token

TOKEN = "a-very-secret-token"
HOSTS = LOCAL_HOSTS | {"192.168.1.7"}


class Page:
    """Remembers what reached it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(scope["type"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"page"})
        elif scope["type"] == "websocket":
            await send({"type": "websocket.accept"})


def ask(
    *,
    kind: str = "http",
    path: str = "/",
    query: str = "",
    token: str = TOKEN,
    **headers: str,
) -> tuple[list[dict[str, Any]], Page]:
    page, sent = Page(), []
    pairs = {"host": "localhost:8421", **{k.replace("_", "-"): v for k, v in headers.items()}}
    scope = {
        "type": kind,
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in pairs.items() if v],
    }

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(page, frozenset(HOSTS), token)(scope, receive, send))
    return sent, page


def cookie(token: str = TOKEN) -> str:
    return f"other=1; {COOKIE}={token}"


def test_without_the_token_there_is_nothing() -> None:
    for query, held in (("", ""), ("token=wrong", ""), ("", cookie("wrong")), ("", f"{COOKIE}=")):
        sent, page = ask(query=query, cookie=held)
        assert sent[0]["status"] == 403
        assert b"Scan the code" in sent[1]["body"]
        assert TOKEN.encode() not in b"".join(m.get("body", b"") for m in sent)
        assert page.seen == []


def test_the_token_becomes_a_cookie_and_leaves_the_address() -> None:
    sent, page = ask(query=f"token={TOKEN}", path="/run")
    headers = dict(sent[0]["headers"])
    assert sent[0]["status"] == 303
    assert headers[b"location"] == b"/run"
    assert b"HttpOnly" in headers[b"set-cookie"]
    assert b"SameSite=Strict" in headers[b"set-cookie"]
    assert page.seen == []
    sent, page = ask(cookie=cookie())
    assert sent[0]["status"] == 200
    assert page.seen == ["http"]


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "\\\\evil.example"])
def test_letting_in_never_sends_elsewhere(path: str) -> None:
    sent, _ = ask(query=f"token={TOKEN}", path=path)
    location = dict(sent[0]["headers"])[b"location"]
    assert location.startswith(b"/")
    assert not location.startswith((b"//", b"/\\"))


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:9999", "http://localhost.evil.example"],
)
def test_other_pages_are_refused_even_with_the_cookie(kind: str, origin: str) -> None:
    sent, page = ask(kind=kind, origin=origin, cookie=cookie())
    assert page.seen == []
    if kind == "websocket":
        assert [m["type"] for m in sent] == ["websocket.close"]
        assert sent[0]["code"] == 1008
    else:
        assert sent[0]["status"] == 403


def test_the_own_page_may_open_its_socket() -> None:
    sent, page = ask(kind="websocket", origin="http://localhost:8421", cookie=cookie())
    assert page.seen == ["websocket"]
    assert sent[0]["type"] == "websocket.accept"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8421", "localhost.evil.example", "8.8.8.8", ""]
)
def test_a_foreign_name_for_this_machine_is_refused(host: str) -> None:
    """DNS rebinding: origin and host agree, and both are foreign."""
    sent, page = ask(host=host, origin=f"http://{host}" if host else "", token="")
    assert sent[0]["status"] == 403
    assert page.seen == []


@pytest.mark.parametrize("host", ["localhost:8421", "127.0.0.1", "[::1]:8421", "192.168.1.7:8421"])
def test_own_names_are_answered(host: str) -> None:
    sent, page = ask(host=host, token="")
    assert sent[0]["status"] == 200
    assert page.seen == ["http"]
    assert b"frame-ancestors 'none'" in dict(sent[0]["headers"])[b"content-security-policy"]


@given(st.text(max_size=40).filter(lambda t: t != TOKEN))
def test_no_other_cookie_opens(text: str) -> None:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return
    sent, page = ask(cookie=f"{COOKIE}={text}")
    assert sent[0]["status"] == 403
    assert page.seen == []


def test_a_host_twice_does_not_pass() -> None:
    page, sent = Page(), []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"Host", b"evil.example")],
    }
    asyncio.run(Guard(page, frozenset(HOSTS))(scope, receive, send))
    assert sent[0]["status"] == 403


def test_names_without_ports() -> None:
    assert host_name("[::1]:80") == "[::1]"
    assert host_name("LOCALHOST:1") == "localhost"
    assert host_name("10.0.0.2") == "10.0.0.2"


def test_tokens_differ() -> None:
    assert len({new_token() for _ in range(50)}) == 50
    assert all(len(new_token()) >= 22 for _ in range(3))
