"""A proxy that stops listening while somebody dials it."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest

from harness.links.proxy import Proxy


@pytest.mark.parametrize("turns", range(6))
def test_a_connection_that_comes_in_while_the_server_is_closed_ends(turns: int) -> None:
    """asyncio would make its protocol and drop the connection unopened, its socket left to the garbage collector (a
    ResourceWarning, which fails a test) and the dial counted without end.
    """

    async def run() -> int:
        proxy = Proxy(lambda: "127.0.0.1:1", lambda: 0)
        host, port = (await proxy.start()).split(":")
        with socket.socket() as dialler:
            dialler.setblocking(False)
            dialler.connect_ex((host, int(port)))
            for _ in range(turns):
                await asyncio.sleep(0)
            await proxy.refuse(True)
            async with asyncio.timeout(5):
                while proxy.dialling:
                    await asyncio.sleep(0)
            left = proxy.dialling
        await proxy.close()
        return left

    left = asyncio.run(run())
    gc.collect()
    assert left == 0
