"""The HTTP interfaces of a process: `control` for the bench and for people who steer it, `portal` for the merchant's
side.

Control (bearer token): `POST /ask {"who", "name", "args"}` -> `{"ok", "value"}`, `GET /status`, `POST /advance
{"us"}`, `POST /dial_faults {"link", "faults"}`, `POST /cable {"plugged"}`, `POST /power {"on", "as_new"}`, `POST /tls
{"certificate", "key", "client_ca"}`, `POST /stop`. Portal (no token; it stands for the provider's public site):
`POST /portal/ACTION {...}` -> the machine's answer, 409 when it refuses. Every error is JSON, `{"error": {"zh",
"en"}}`.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from harness.links import tcp
from harness.links.plan import FaultPlan
from harness.machine import Answer, Json
from harness.stores.journal import Journal
from harness.stores.memory import MemoryStore
from protocols.errors import LinkError, LocalError, ScenarioError
from protocols.text import Text

from .host_process import tls_server
from .shell import RealShell
from .tickets import TooManyAsks

BODY_LIMIT_OCTETS = 64 * 1024
"""An application with all its items is below 8 KiB."""
DEPTH_LIMIT = 16
"""No request nests deeper than merchant and items."""
ADVANCE_LIMIT_US = 10 * 366 * 86_400 * 1_000_000
"""Ten years at once; beyond that dates stop making sense."""
TOKEN_MIN_LENGTH = 16
TOKEN_MODE = 0o600
WHO = ("control", "person", "portal")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadRequest(Exception):
    """The request is wrong; `status` is the HTTP status, `text` says why."""

    def __init__(self, text: Text, status: int = 400) -> None:
        super().__init__(text.en)
        self.text = text
        self.status = status


async def serve_control(shell: RealShell, address: str, token: str) -> tuple[web.AppRunner, str]:
    """Serve the control interface on `address`; returns the runner (for `cleanup`) and the address that it got.

    Raises `LinkError`, `LocalError`.
    """

    async def ask(request: web.Request) -> web.StreamResponse:
        answer = await _ask(shell, *_asked(await read_object(request)))
        return _json({"ok": answer.ok, "value": dict(answer.value)})

    async def status(request: web.Request) -> web.StreamResponse:
        return _json(shell.status())

    async def advance(request: web.Request) -> web.StreamResponse:
        us = (await read_object(request)).get("us")
        if type(us) is not int or not 0 <= us <= ADVANCE_LIMIT_US:
            raise BadRequest(Text("us 必须是不小于 0 的微秒整数", "us must be an integer of microseconds, 0 or more"))
        shell.advance(us)
        return _json(shell.status())

    async def dial_faults(request: web.Request) -> web.StreamResponse:
        body = await read_object(request)
        link, faults = body.get("link"), body.get("faults")
        if not isinstance(link, str) or not isinstance(faults, list) or not all(isinstance(f, dict) for f in faults):
            raise BadRequest(Text("需要 link 与 faults（故障列表）", "wanted: link, and faults, a list"))
        shell.set_dial_faults(link, FaultPlan.parse(faults).faults)
        return _json({})

    async def cable(request: web.Request) -> web.StreamResponse:
        plugged = (await read_object(request)).get("plugged")
        if not isinstance(plugged, bool) or shell.socket is None:
            raise BadRequest(
                Text("需要 plugged；只有伪终端能拔插", "wanted: plugged; only the cable of a pty can be pulled")
            )
        if plugged:
            return _json({"line": shell.socket.plug()})
        shell.socket.pull()
        return _json({"line": ""})

    async def power(request: web.Request) -> web.StreamResponse:
        await _switch(shell, await read_object(request))
        return _json(shell.status())

    async def use_tls(request: web.Request) -> web.StreamResponse:
        await shell.listen_anew(tls_server(await read_object(request)))
        return _json({})

    async def stop(request: web.Request) -> web.StreamResponse:
        shell.stop()
        return _json({})

    app = web.Application(client_max_size=BODY_LIMIT_OCTETS, middlewares=[_errors, _bearer(token)])
    app.add_routes(
        [
            web.post("/ask", ask),
            web.get("/status", status),
            web.post("/advance", advance),
            web.post("/dial_faults", dial_faults),
            web.post("/cable", cable),
            web.post("/power", power),
            web.post("/tls", use_tls),
            web.post("/stop", stop),
        ]
    )
    return await _serve(app, address)


async def serve_portal(shell: RealShell, address: str) -> tuple[web.AppRunner, str]:
    """Serve the merchant's side on `address`; as `serve_control`."""

    async def act(request: web.Request) -> web.StreamResponse:
        if (
            request.content_type != "application/json"
        ):  # what a foreign web page in the operator's browser cannot send unasked
            raise BadRequest(Text("Content-Type 必须是 application/json", "Content-Type must be application/json"), 415)
        answer = await _ask(shell, "portal", request.match_info["action"], await read_object(request))
        return _json(dict(answer.value), 200 if answer.ok else 409)

    app = web.Application(client_max_size=BODY_LIMIT_OCTETS, middlewares=[_errors])
    app.add_routes([web.post("/portal/{action}", act)])
    return await _serve(app, address)


def token_from(path: Path | None) -> str:
    """The bearer token: read from `path`, or made (and written there, readable by its owner alone).

    Raises `LocalError` when the file cannot be used or its content is too short.
    """
    if path is None:
        return secrets.token_hex(16)
    try:
        if not path.exists():
            token = secrets.token_hex(16)
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, TOKEN_MODE)
            with os.fdopen(fd, "w", encoding="ascii") as out:
                out.write(token + "\n")
            return token
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise LocalError(
            Text(zh=f"令牌文件 {path} 无法使用：{error}", en=f"the token file {path} cannot be used: {error}"),
            Text(zh="请检查路径与权限", en="Check the path and its rights"),
        ) from error
    if len(token) < TOKEN_MIN_LENGTH:
        raise LocalError(
            Text(zh=f"{path} 中的令牌太短", en=f"the token in {path} is too short"),
            Text(
                zh=f"至少 {TOKEN_MIN_LENGTH} 个字符，或删除文件让程序生成",
                en=f"Use at least {TOKEN_MIN_LENGTH} characters, or remove the file and one is made",
            ),
        )
    return token


def check_control_address(address: str, token_file: Path | None) -> None:
    """The control interface can move clocks and cause failures: off this machine only with a token that somebody chose.

    Raises `LocalError`.
    """
    if not tcp.is_loopback(address) and token_file is None:
        raise LocalError(
            Text(
                zh=f"控制接口 {address} 不是本机地址",
                en=f"the control interface at {address} can be reached from outside",
            ),
            Text(
                zh="请用 127.0.0.1，或以 --token-file 指定令牌", en="Use 127.0.0.1, or name a token with --token-file"
            ),
        )


async def read_object(request: web.Request) -> dict[str, Json]:
    """The body as a JSON object without floats; empty is {}.  Raises `BadRequest`, or aiohttp's 413."""
    raw = await request.read()
    try:
        value = json.loads(raw or b"{}", parse_float=_no_float, parse_constant=_no_float)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair cannot be kept or shown
    except (ValueError, RecursionError) as error:
        raise BadRequest(Text(zh=f"不是可用的 JSON：{error}", en=f"no usable JSON: {error}")) from error
    if not isinstance(value, dict) or _depth(value) > DEPTH_LIMIT:
        raise BadRequest(Text("需要一个嵌套不深的 JSON 对象", "wanted: one JSON object, not deeply nested"))
    return value


def _no_float(text: str) -> Json:
    raise ValueError(f"{text}: amounts and times are integers")


def _depth(value: Json) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def _asked(body: Mapping[str, Json]) -> tuple[str, str, Mapping[str, Json]]:
    """Who is asked, for what, with which arguments."""
    who, name, args = body.get("who", "control"), body.get("name"), body.get("args", {})
    extra = body.keys() - {"who", "name", "args"}
    if who not in WHO or not isinstance(name, str) or not isinstance(args, dict) or extra:
        raise BadRequest(
            Text(
                "需要 who（control、person、portal）、name 和 args",
                "wanted: who (control, person, portal), name and args",
            )
        )
    return who, name, args


async def _switch(shell: RealShell, body: Mapping[str, Json]) -> None:
    """The power goes, or comes back: `as_new` to a device in its delivered state, which has forgotten everything."""
    on, as_new = body.get("on"), body.get("as_new", False)
    if not isinstance(on, bool) or not isinstance(as_new, bool):
        raise BadRequest(Text("需要 on，可加 as_new", "wanted: on, and as_new where it is to be as delivered"))
    if not on:
        shell.power_off()
    elif shell.off:
        if as_new:
            while shell.status()["pending_commits"]:
                await asyncio.sleep(0.001)
            if not isinstance(shell.store, MemoryStore | Journal):
                raise BadRequest(Text("此存储不能清空", "this storage cannot be emptied"))
            shell.store.compact(())
        await shell.power_on()


async def _ask(shell: RealShell, who: str, name: str, args: Mapping[str, Json]) -> Answer:
    try:
        return await shell.ask(who, name, args)
    except TooManyAsks as error:
        raise BadRequest(Text("等待回答的请求过多", "too many requests wait for their answers"), 503) from error
    except TimeoutError as error:
        raise BadRequest(Text("在时限内没有回答", "no answer within the time limit"), 504) from error


def _json(value: Json, status: int = 200) -> web.Response:
    return web.json_response(value, status=status, dumps=lambda v: json.dumps(v, ensure_ascii=False))


def _error(text: Text, status: int) -> web.Response:
    return _json({"error": {"zh": text.zh, "en": text.en}}, status)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except BadRequest as error:
        return _error(error.text, error.status)
    except (LinkError, LocalError, ScenarioError) as error:
        what, cure = error.what, error.cure
        return _error(Text(f"{what.zh}。{cure.zh}", f"{what.en}. {cure.en}"), 400)
    except web.HTTPRequestEntityTooLarge:
        return _error(
            Text(f"请求超过 {BODY_LIMIT_OCTETS} 字节", f"the request is above {BODY_LIMIT_OCTETS} octets"), 413
        )
    except web.HTTPException as error:
        return _error(
            Text(
                f"没有这个地址或方法：{request.method} {request.path}",
                f"{error.reason}: {request.method} {request.path}",
            ),
            error.status,
        )


def _bearer(token: str) -> Any:
    wanted = f"Bearer {token}".encode()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, wanted):
            raise BadRequest(Text("令牌缺失或错误", "the token is missing or wrong"), 401)
        return await handler(request)

    return check


async def _serve(app: web.Application, address: str) -> tuple[web.AppRunner, str]:
    host, port = tcp.split_address(address)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, asyncio.CancelledError) as error:
        await runner.cleanup()
        if isinstance(error, asyncio.CancelledError):
            raise
        raise LinkError(
            Text(
                zh=f"无法在 {address} 提供 HTTP：{error.strerror}",
                en=f"cannot serve HTTP on {address}: {error.strerror}",
            ),
            Text(zh="请换一个端口（0 表示任意）", en="Choose another port (0 is any)"),
        ) from error
    name = runner.addresses[0]
    return runner, f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
