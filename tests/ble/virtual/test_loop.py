"""Virtual time: the clock jumps, threads take none of it, a dead end is an error."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hipgait.ble.virtual.loop import START_S, monotonic_ns, run


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=20))
def test_sleepers_wake_in_order_and_on_time(delays: list[float]) -> None:
    async def main() -> list[tuple[float, float]]:
        woke: list[tuple[float, float]] = []

        async def sleeper(delay: float) -> None:
            await asyncio.sleep(delay)
            woke.append((asyncio.get_running_loop().time() - START_S, delay))

        await asyncio.gather(*map(sleeper, delays))
        return woke

    woke = run(main())
    assert [delay for _, delay in woke] == pytest.approx(sorted(delays), abs=1e-8)
    for at, delay in woke:
        assert at == pytest.approx(delay, abs=1e-8)


def test_an_hour_does_not_take_an_hour() -> None:
    async def main() -> int:
        before = monotonic_ns()
        await asyncio.sleep(3600)
        return monotonic_ns() - before

    assert run(main()) == 3600 * 10**9


def test_a_thread_takes_no_virtual_time() -> None:
    async def main() -> tuple[float, list[float]]:
        loop = asyncio.get_running_loop()
        ticks: list[float] = []
        loop.call_later(5.0, lambda: ticks.append(loop.time()))
        before = loop.time()
        await asyncio.to_thread(time.sleep, 0.05)
        return loop.time() - before, ticks

    assert run(main()) == (0.0, [])


def test_callbacks_run_while_a_thread_works() -> None:
    async def main() -> str:
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()

        async def answer() -> str:
            await asked.wait()
            return "answer"

        def thread() -> str:
            future = asyncio.run_coroutine_threadsafe(answer(), loop)
            loop.call_soon_threadsafe(asked.set)
            return future.result(timeout=10)

        return await asyncio.to_thread(thread)

    assert run(main()) == "answer"


def test_waiting_for_ever_is_an_error() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="nothing is left that could happen"):
        run(main())


def test_sockets_are_heard() -> None:
    async def main() -> bytes:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readexactly(3))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"abc")
            got = await reader.read()
            writer.close()
            await writer.wait_closed()
        return got

    assert run(main()) == b"abc"
