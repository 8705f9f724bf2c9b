"""Whether an address of this computer can be listened at, before a run begins."""

from __future__ import annotations

from harness.links import tcp

from ..background import LoopThread


def check_listening(address: str) -> None:
    """Listen at `address` for a moment.  Raises LinkError when it cannot be had."""

    async def work() -> None:
        server, _ = await tcp.listen(address, lambda: None)
        await tcp.stop_listening(server)

    loop = LoopThread("posrig-look")
    try:
        loop.wait_for(work())
    finally:
        loop.close()
