"""`posrig host`: the simulated acquirer host on a TCP port; `posrig host ctl` steers one that runs."""

from __future__ import annotations

from typing import Any

import click

from .failing import OK
from .language import current_lang, in_system_lang
from .options import SEED_MAX, Address, OneOf, ReadableFile, Whole, lang_option, steering_options
from .shape import WIDTH_MAX, LazyGroup

CONNECTIONS_MAX = 100_000
IDLE_S_MAX = 86_400
LISTEN_DEFAULT = "127.0.0.1:8583"


def _dialects() -> list[str]:
    from ..fixtures import dialect_names

    return dialect_names()


def _ctl() -> click.Command:
    from .ctl import ctl_command

    return ctl_command


CTL_LINE = in_system_lang("驾驭一个运行中的主机", "steer a host that runs")


@click.group(
    "host",
    cls=LazyGroup,
    invoke_without_command=True,
    loaders={"ctl": (CTL_LINE, _ctl)},
    help=in_system_lang(
        "运行模拟收单主机。标准输出只有一行：listening on 地址:端口；其余写到标准错误。Ctrl-C 或 SIGTERM 停止。\n\n"
        "商户门户：向 /portal/apply、/portal/progress、/portal/supply、/portal/status 等 POST 一个 JSON 对象。"
        "一帧最多 4096 字节，更长者断开。\n\n"
        "退出码：0 正常停止，2 用法、文件或存储有错，3 主机自身出错（运行中存储出错也是）。",
        "Run the simulated acquirer host. Standard output is one line, listening on ADDR:PORT; all else goes to "
        "standard error. Ctrl-C or SIGTERM stops it.\n\n"
        "The portal takes a JSON object by POST at /portal/apply, /portal/progress, /portal/supply, /portal/status and "
        "so on. A frame has 4096 octets at most; a longer one closes its connection.\n\n"
        "Exit status: 0 stopped in order, 2 usage, a bad file or a store that cannot be opened, 3 the host itself is "
        "broken, or its store while it runs.",
    ),
    examples=(
        "posrig host --listen 127.0.0.1:0 --provision shop.toml --store memory",
        "posrig host --listen 0.0.0.0:8583 --store sqlite:///host.db --trace host.trace.jsonl",
        "posrig host --listen 0.0.0.0:8583 --tls-cert host.crt --tls-key host.key",
        "posrig host --control 127.0.0.1:9583 --portal 127.0.0.1:9580 --token-file token",
        "posrig host ctl cause behaviour=review_held --control 127.0.0.1:9583 --token-file token",
    ),
    context_settings={"max_content_width": WIDTH_MAX, "help_option_names": ["--help", "-h"]},
)
@click.option(
    "--listen",
    type=Address(),
    default=LISTEN_DEFAULT,
    help=in_system_lang(
        f"终端连接的地址；端口 0 表示任意；默认 {LISTEN_DEFAULT}",
        f"where terminals connect; port 0 is any free one; default {LISTEN_DEFAULT}",
    ),
)
@click.option(
    "--provision",
    type=ReadableFile(),
    help=in_system_lang("登记商户与终端的 TOML 文件", "a TOML file of merchants and terminals to register"),
)
@click.option(
    "--store",
    metavar="URL",
    help=in_system_lang(
        "数据库 URL 或文件名；memory 表示不保存；默认为用户数据目录中的文件",
        "database URL or file name; memory keeps nothing; default is a file in the user's data directory",
    ),
)
@click.option(
    "--dialect",
    type=OneOf("cup|cup-cbc|...", _dialects),
    default="cup",
    help=in_system_lang("未登记终端使用的方言；默认 cup", "the dialect of terminals that are not known; default cup"),
)
@click.option(
    "--issuers",
    metavar="NAME|FILE",
    help=in_system_lang(
        "校验芯片卡密文的发卡行：test 或 TOML 文件；默认不校验",
        "whose chip cards are checked: test, or a TOML file; by default none are",
    ),
)
@click.option(
    "--portal",
    type=Address(),
    help=in_system_lang("商户门户（HTTP）的地址", "where the merchants' portal (HTTP) listens"),
)
@click.option(
    "--tls-cert",
    type=ReadableFile(),
    help=in_system_lang(
        "终端以 TLS 连接：主机证书（PEM）；与 --tls-key 一起给出",
        "terminals connect by TLS: the host's certificate (PEM); together with --tls-key",
    ),
)
@click.option(
    "--tls-key", type=ReadableFile(), help=in_system_lang("主机证书的私钥（PEM）", "the certificate's key (PEM)")
)
@click.option(
    "--tls-client-ca",
    type=ReadableFile(),
    help=in_system_lang(
        "终端须出示此 CA 签发的证书", "terminals must show a certificate that this authority has signed"
    ),
)
@steering_options
@click.option(
    "--seed",
    type=Whole(0, SEED_MAX),
    help=in_system_lang(
        "种子；给出后密钥可重现，只用于测试", "makes keys repeatable, for tests; by default they are secret"
    ),
)
@click.option(
    "--max-connections",
    type=Whole(1, CONNECTIONS_MAX),
    help=in_system_lang("最多同时连接数；默认 2000", "connections at the same time; default 2000"),
)
@click.option(
    "--idle",
    "idle_s",
    type=Whole(1, IDLE_S_MAX),
    help=in_system_lang("空闲多少秒后断开；默认 300", "seconds until an idle connection is closed; default 300"),
)
@lang_option()
@click.pass_context
def host_command(ctx: click.Context, /, listen: str, **options: Any) -> int:
    if ctx.invoked_subcommand is not None:
        return OK
    from ..bench.host_process import run_host

    return run_host(
        listen,
        options["provision"],
        options["store"],
        options["dialect"],
        options["seed"],
        interfaces_of(options),
        {"issuers": options["issuers"]} if options["issuers"] else None,
        tls_files(options),
    )


def tls_files(options: dict[str, Any]) -> dict[str, str]:
    """The PEM files that were named, as `run_host` takes them."""
    named = {"certificate": "tls_cert", "key": "tls_key", "client_ca": "tls_client_ca"}
    return {key: str(options[option]) for key, option in named.items() if options[option] is not None}


def interfaces_of(options: dict[str, Any]) -> Any:
    """The process's interfaces from the options that host and terminal share."""
    from ..bench.conversation import Limits
    from ..bench.process import Interfaces

    limits = {"connections": options.get("max_connections"), "idle_s": options.get("idle_s")}
    return Interfaces(
        control=options["control"] or "",
        portal=options.get("portal") or "",
        token_file=options["token_file"],
        trace=options["trace"],
        limits=Limits(**{name: value for name, value in limits.items() if value is not None}),
        lang=current_lang(),
    )
