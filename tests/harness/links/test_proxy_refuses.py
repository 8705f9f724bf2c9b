"""A proxy that stops listening while somebody dials it."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest

from harness.links.proxy import Proxy


# asyncio itself leaves the socket of such a connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("turns", range(4))
def test_a_connection_that_comes_in_while_the_server_is_closed_is_not_counted_for_ever(turns: int) -> None:
    """asyncio makes its protocol and drops the connection unopened; before the mend that was a dial without end."""

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
                while proxy.dialling and dialler.connect_ex((host, int(port))):
                    await asyncio.sleep(0)
            left = proxy.dialling
        await proxy.close()
        return left

    left = asyncio.run(run())
    gc.collect()
    assert left == 0
