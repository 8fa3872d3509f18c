"""Who may talk to the live page: this machine's own pages, or those who hold the token.

A page of another origin that a browser has open can send requests, and web sockets are not held
back by the same-origin rule: so the Origin of every request is compared with its Host, and the
Host with the names that this server answers to (a foreign name that resolves here, "DNS
rebinding", is refused). Over a network a token is wanted besides, once in the address and then as a
cookie; it is compared in constant time. Refusals say one line and nothing of the page.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE: Final = "hipgait"
TOKEN_BYTES: Final = 16
LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""Nothing from another place is loaded, and no page may frame this one."""
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


def new_token() -> str:
    """A token that nobody guesses, 128 bits, fit for an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class Guard:
    """Refuses strangers before the page sees them.

    Parameters
    ----------
    app : what is guarded.
    hosts : names and addresses that this server answers to, without the port; IPv6 in brackets.
    token : wanted from everyone, or empty where only this machine can reach the port.
    """

    def __init__(self, app: Application, hosts: frozenset[str], token: str = "") -> None:
        self.app = app
        self._hosts = hosts
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = _headers(scope)
        refusal = self._refusal(scope, headers)
        if refusal:
            await _refuse(scope, receive, send, refusal)
            return
        fresh = self._token_in_address(scope)
        if fresh and scope["type"] == "http" and scope["method"] == "GET":
            await self._let_in(scope, send)  # the token leaves the address, and with it the history
            return
        await self.app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> str:
        host = headers.get("host", "")
        if host_name(host) not in self._hosts:
            return "This address is not answered."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "Requests from other pages are not answered."
        if self._token and not (self._token_in_address(scope) or self._token_in_cookie(headers)):
            return "Scan the code in the terminal, or open the address printed there."
        return ""

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())

    def _token_in_address(self, scope: Scope) -> bool:
        if not self._token:
            return False
        query = parse_qs(bytes(scope.get("query_string", b"")).decode("latin-1"))
        return any(self._is_token(value) for value in query.get("token", []))

    def _token_in_cookie(self, headers: dict[str, str]) -> bool:
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return morsel is not None and self._is_token(morsel.value)

    async def _let_in(self, scope: Scope, send: Send) -> None:
        cookie = f"{COOKIE}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        path = str(scope["path"]) if str(scope["path"]).startswith("/") else "/"
        # one slash only: "//name" would send the browser to another host
        location = "/" + path.lstrip("/\\")
        await send(
            {
                "type": "http.response.start",
                "status": 303,
                "headers": [
                    (b"location", location.encode("ascii", "ignore")),
                    (b"set-cookie", cookie.encode()),
                    *HEADERS,
                ],
            }
        )
        await send({"type": "http.response.body", "body": b""})


def host_name(host: str) -> str:
    """The Host header without its port, in lower case: "[::1]:80" -> "[::1]"."""
    text = host.strip().lower()
    if text.startswith("["):
        return text[: text.find("]") + 1]
    return text.rsplit(":", 1)[0] if ":" in text else text


def _headers(scope: Scope) -> dict[str, str]:
    """Lower-case names; of a name that comes twice, both, so that neither passes alone."""
    out: dict[str, str] = {}
    for name, value in scope.get("headers", []):
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        out[key] = f"{out[key]}; {text}" if key in out else text
    return out


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()  # "websocket.connect" comes before an answer may go
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    body = (why + "\n").encode()
    head = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
    await send({"type": "http.response.start", "status": 403, "headers": head})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Send) -> Send:
    async def also(message: Message) -> None:
        if message["type"] == "http.response.start":
            have = {name.lower() for name, _ in message.get("headers", [])}
            more = [pair for pair in HEADERS if pair[0] not in have]
            message["headers"] = [*message.get("headers", []), *more]
        await send(message)

    return also
