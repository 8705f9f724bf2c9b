"""What the host's and the terminal's processes share: signals, control and portal, the trace, the one line, the exit
status."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from harness.clock import RealClock
from harness.mask import Masker
from harness.trace import TraceFile
from protocols.errors import LocalError, PosrigError
from protocols.text import Lang, Text

from .conversation import Limits
from .recording import record
from .shell import RealShell

OK, USAGE, BROKEN = 0, 2, 3
STORAGE_FAULT = Text("存储故障，停止交易，请送修", "Storage fault: no more transactions, please send it to repair")
"""What a terminal shows last: one that cannot keep a reversal must not sell."""

log: logging.Logger = logging.getLogger("posrig")


@dataclass(frozen=True, slots=True)
class Interfaces:
    """Where people and benches reach a process.  Empty addresses are not served.

    `origin_ns` is the reading of the monotonic clock at the epoch of a bench; None: the epoch is now.  `lang`: the
    language of whoever reads the errors; None: both.
    """

    control: str = ""
    portal: str = ""
    token_file: Path | None = None
    trace: Path | None = None
    origin_ns: int | None = None
    limits: Limits = field(default_factory=Limits)
    lang: Lang | None = None
    party: str = ""
    """The name in the trace where a bench has several of a kind; "": the machine's own."""

    def clock(self) -> RealClock:
        """The process's clock."""
        return RealClock(origin_ns=self.origin_ns)

    def tap(self) -> TraceFile | None:
        """The trace file, None when nothing is to be recorded.  Raises OSError.

        A process of its own may see real cards: its fingerprints have a key that nobody else has, or whoever holds the
        trace could try all card numbers.  A bench shows test cards only, and its parties must give the same prints.
        """
        if self.trace is None:
            return None
        return record(self.trace) if self.origin_ns is None else TraceFile(self.trace, masker=Masker())


Prepare = Callable[[AsyncExitStack], Awaitable[tuple[RealShell, str]]]
"""Builds and starts the shell, wires its links; returns it and the line for standard output.  What must be closed at
the end goes onto the stack; the shell itself is closed by `run_process`."""


def run_process(prepare: Prepare, interfaces: Interfaces) -> int:
    """Run until SIGTERM, SIGINT or `stop`; returns the exit status: 0, 2 (cannot be started like this), 3 (a bug, or
    the store failed)."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return asyncio.run(_main(prepare, interfaces))
    except PosrigError as error:
        tell_error(error, interfaces.lang)
        return status_of_start(error)
    except Exception:
        log.exception("bug")
        return BROKEN
    except KeyboardInterrupt:  # where the loop cannot take signals (Windows)
        return OK


def status_of_start(error: PosrigError) -> int:
    """2 for everything that kept the process from starting, for all of it was named by whoever started it: a file, an
    address, a store that cannot be opened.  3 where storage that was good once does not check any more."""
    from harness.stores.journal import StoreDamaged

    return BROKEN if isinstance(error, StoreDamaged) else USAGE


def tell(text: str) -> None:
    """To standard error: standard output belongs to the one line."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def tell_error(error: PosrigError, lang: Lang | None) -> None:
    """What is wrong, and on a line of its own what to do."""
    for text in (error.what, error.cure):
        tell(text.in_(lang) if lang else str(text))


def announce(line: str) -> None:
    """The one line on standard output.  Raises LocalError where it cannot be written: nobody learns the address."""
    try:
        if sys.stdout is None:  # the process was started with it closed
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError as error:  # full, closed, or a reader that went away
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - what is buffered would fail again at the end
        why = error.strerror
        raise LocalError(
            Text(f"标准输出写不了（{why}）：{line}", f"standard output cannot be written ({why}): {line}"),
            Text("请换一个输出目标", "Send standard output somewhere else"),
        ) from error


async def _main(prepare: Prepare, interfaces: Interfaces) -> int:
    async with AsyncExitStack() as stack:
        shell, line = await prepare(stack)
        _take_signals(shell)
        await serve(shell, interfaces, stack)
        announce(line)
        await shell.run()
        if shell.failure is not None and shell.machine.name == "terminal":
            shell.note("display", {"zh": STORAGE_FAULT.zh, "en": STORAGE_FAULT.en}, ("terminal", "register"))
    if shell.failure is not None or shell.bugs:
        if shell.machine.name == "terminal" and shell.failure is not None:
            tell(str(STORAGE_FAULT))
        tell(f"{shell.machine.name}: {shell.bugs} bugs, store: {shell.failure or 'good'}")
        return BROKEN
    return OK


async def serve(shell: RealShell, interfaces: Interfaces, stack: AsyncExitStack) -> None:
    """Control and portal, where they are asked for."""
    if not interfaces.control and not interfaces.portal:
        return
    from .control import (
        check_control_address,
        serve_control,
        serve_portal,
        token_from,
    )  # aiohttp takes its time to load

    if interfaces.control:
        check_control_address(interfaces.control, interfaces.token_file)
        token = token_from(interfaces.token_file)
        runner, address = await serve_control(shell, interfaces.control, token)
        stack.push_async_callback(runner.cleanup)
        shown = interfaces.token_file or token
        tell(f"control on {address} token {shown}")
    if interfaces.portal:
        runner, address = await serve_portal(shell, interfaces.portal)
        stack.push_async_callback(runner.cleanup)
        tell(f"portal on {address}")


def _take_signals(shell: RealShell) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, shell.stop)
        except (NotImplementedError, RuntimeError):  # Windows, or not the main thread: the caller ends us another way
            pass
