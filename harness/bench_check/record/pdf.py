"""The page as PDF, printed by a browser that is there anyway: Chromium, Chrome or Edge, without a window.

No browser comes with the program, and Firefox prints to a file only from its window.  Where there is none, or it fails,
the page itself is the record, and the note says how to print it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from protocols.text import Text

VARIABLE = "POSRIG_BROWSER"
"""Names the browser's program where it is found in no usual place."""
LIMIT_S = 45.0
"""A cold start on an old laptop takes ten (posrig's choice)."""
COMMANDS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "microsoft-edge-stable",
    "chrome", "msedge",
)  # fmt: skip
WINDOWS_BASES = ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA")
"""Variables of the environment under whose folders browsers install themselves."""
WINDOWS_PLACES = (
    ("Microsoft", "Edge", "Application", "msedge.exe"),
    ("Google", "Chrome", "Application", "chrome.exe"),
    ("Chromium", "Application", "chrome.exe"),
)
MAC_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-pdf-header-footer",
)  # fmt: skip

NONE = Text(
    "没有生成 PDF：这台电脑上没有 Chrome 或 Edge。用任何浏览器打开记录页，按 Ctrl+P 打印（A4，一张）",
    "No PDF: there is no Chrome or Edge on this computer. Open the page in any browser and press Ctrl+P (one A4 sheet)",
)
FAILED = Text(
    "没有生成 PDF：{browser} 未能打印（{why}）。用浏览器打开记录页，按 Ctrl+P 打印（A4，一张）",
    "No PDF: {browser} could not print it ({why}). Open the page in a browser and press Ctrl+P (one A4 sheet)",
)
TOO_LONG = Text("超过 {seconds:g} 秒", "it took more than {seconds:g} s")
NO_FILE = Text("退出码 {status}", "exit status {status}")


def find_browser(environment: Mapping[str, str] | None = None) -> str | None:
    """The program of a browser that prints without a window, None where there is none."""
    known = os.environ if environment is None else environment
    if named := known.get(VARIABLE):
        return named
    return next(_candidates(known), None)


def print_pdf(page: Path, target: Path, limit_s: float = LIMIT_S) -> Text | None:
    """Print `page` to `target`; what to tell the technician where that failed.  Raises nothing."""
    browser = find_browser()
    if browser is None:
        return NONE
    name = Path(browser).stem
    fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        with tempfile.TemporaryDirectory(prefix="posrig-browser-", ignore_cleanup_errors=True) as profile:
            status = _run(_command(browser, page, fresh, Path(profile)), limit_s)
        if not fresh.is_file() or not fresh.stat().st_size:
            return _failed(name, NO_FILE.format(status=status))
        os.replace(fresh, target)
    except subprocess.TimeoutExpired:
        return _failed(name, TOO_LONG.format(seconds=limit_s))
    except OSError as error:
        return _failed(name, Text(str(error), str(error)))
    finally:
        _forget(fresh)
    return None


def _candidates(known: Mapping[str, str]) -> Iterator[str]:
    if sys.platform == "win32":
        places = [Path(known[base], *place) for base in WINDOWS_BASES if known.get(base) for place in WINDOWS_PLACES]
        yield from (str(place) for place in places if place.is_file())
    elif sys.platform == "darwin":
        yield from (place for place in MAC_PLACES if Path(place).is_file())
    yield from (found for name in COMMANDS if (found := shutil.which(name, path=known.get("PATH"))))


def _command(browser: str, page: Path, target: Path, profile: Path) -> list[str]:
    options = [*OPTIONS, f"--user-data-dir={profile}", f"--print-to-pdf={target.resolve()}"]
    if sys.platform == "linux" and os.geteuid() == 0:
        options.append("--no-sandbox")  # it refuses to start for root otherwise; the page is our own and loads nothing
    return [browser, *options, page.resolve().as_uri()]


def _run(command: list[str], limit_s: float) -> int:
    """Run the browser with all that it starts; none of it outlives the limit.  Raises TimeoutExpired, OSError."""
    quiet = subprocess.DEVNULL
    group = sys.platform != "win32"
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=group) as process:
        try:
            return process.wait(limit_s)
        except BaseException:
            _end(process)
            raise


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform != "win32":
        import signal

        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    else:
        # taskkill takes the helpers with it, which kill() would leave behind
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    process.kill()


def _failed(browser: str, why: Text) -> Text:
    return Text(FAILED.zh.format(browser=browser, why=why.zh), FAILED.en.format(browser=browser, why=why.en))


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        pass
