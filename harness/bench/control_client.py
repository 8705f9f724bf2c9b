"""The other end of `harness.bench.control`: synchronous, standard library only, a limit on every wait."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.machine import Json
from protocols.errors import LinkError, LocalError
from protocols.text import Text

ANSWER_LIMIT_OCTETS = 64 * 1024 * 1024
"""A snapshot of a large host; more than this is not ours."""
TOKEN_OCTETS_MAX = 4096
BAD_TOKEN = Text("令牌文件 {path} 里没有可用的令牌", "there is no usable token in the token file {path}")
BAD_TOKEN_CURE = Text(
    "给出启动主机时 --token-file 指定的文件", "Name the file that --token-file named when the host was started"
)


class ControlError(LinkError):
    """The process cannot be reached or did not do as asked.  `status` is the HTTP status, 0 when there was no
    answer."""

    def __init__(self, address: str, text: Text, status: int = 0) -> None:
        super().__init__(
            Text(zh=f"控制接口 {address}：{text.zh}", en=f"control interface {address}: {text.en}"),
            Text(zh="请检查地址、令牌，以及进程是否在运行", en="Check address and token, and whether the process runs"),
        )
        self.status = status


class ControlClient:
    """Talks to the control interface at `address` ("host:port").  May be used from several threads: each call is a
    connection."""

    def __init__(self, address: str, token: str, timeout_s: float = 10.0) -> None:
        self.address = address
        self._token = token
        self._timeout_s = timeout_s

    def ask(
        self, who: str, name: str, args: Mapping[str, Json] | None = None, timeout_s: float | None = None
    ) -> tuple[bool, dict[str, Json]]:
        """Ask the machine: (ok, value) of its `Answer`.  Raises `ControlError`."""
        answer = self._call("POST", "/ask", {"who": who, "name": name, "args": dict(args or {})}, timeout_s)
        return bool(answer["ok"]), answer["value"]

    def status(self) -> dict[str, Json]:
        """`harness.bench.shell.RealShell.status` of the process."""
        return self._call("GET", "/status")

    def advance(self, us: int) -> dict[str, Json]:
        """Move the clock of the process on; its status afterwards."""
        return self._call("POST", "/advance", {"us": us})

    def set_dial_faults(self, link: str, faults: list[dict[str, Json]]) -> None:
        """Which of the next dials on `link` fail: a plan's entries."""
        self._call("POST", "/dial_faults", {"link": link, "faults": faults})

    def set_cable(self, plugged: bool) -> str:
        """Pull the register's cable out of the terminal, or plug it in; where the register reaches it then."""
        return str(self._call("POST", "/cable", {"plugged": plugged})["line"])

    def set_power(self, on: bool, as_new: bool = False) -> None:
        """Take the power away, in the middle of whatever is under way, or give it back; `as_new`: to a device in its
        delivered state, which has forgotten everything."""
        self._call("POST", "/power", {"on": on, "as_new": as_new})

    def set_tls(self, files: Mapping[str, str]) -> None:
        """Take connections with another certificate: `certificate`, `key` and `client_ca` name files; {}: no TLS."""
        self._call("POST", "/tls", dict(files))

    def stop(self) -> None:
        """Ask for an orderly end."""
        self._call("POST", "/stop", {})

    def _call(self, method: str, path: str, body: Json = None, timeout_s: float | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self.address, timeout=timeout_s or self._timeout_s)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            status, raw = response.status, response.read(ANSWER_LIMIT_OCTETS)
            value = json.loads(raw)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ControlError(
                self.address, Text(zh=f"没有可用的回答（{error}）", en=f"no usable answer ({error})")
            ) from error
        finally:
            connection.close()
        if status != 200 or not isinstance(value, dict):
            said = value.get("error", {}) if isinstance(value, dict) else {}
            raise ControlError(self.address, Text(zh=said.get("zh") or "失败", en=said.get("en") or "failed"), status)
        return value


def token_of(path: Path) -> str:
    """The token in a file.  Raises LocalError for a file without one."""
    try:
        token = path.read_bytes()[:TOKEN_OCTETS_MAX].decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        token = ""
    if not token or not token.isprintable():
        raise LocalError(BAD_TOKEN.format(path=path), BAD_TOKEN_CURE)
    return token
