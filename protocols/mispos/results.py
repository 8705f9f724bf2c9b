"""Result codes of the register interface (tag 9F14) and what they mean for the register.

"00" is success and every other two-character code is the host's F39, passed on.  The public implementations name a few
codes of their own (XH: key error; -100 to -124 on the register's side).  What the terminal itself refuses has no public
code: the codes L01 and up (N01 and up: why the host could not be reached) are posrig's choice, so that a register can
tell a local refusal from the host's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..text import Text

Status = Literal["done", "refused", "declined", "no_answer", "unknown", "cancelled"]

SUCCESS = "00"
TUNNEL_OPEN_FAILED, TUNNEL_TIMED_OUT, TUNNEL_BAD_REPLY = "-115", "-114", "-109"
"""What the register answers (9F14): it could not reach the host, no reply came, the reply was none."""
NOT_OPENED = frozenset((TUNNEL_OPEN_FAILED, "-108"))
"""With these nothing has left the register."""

REGISTER_ERRORS: dict[str, Text] = {
    "-102": Text("组包失败", "The request could not be built"),
    "-105": Text("串口超时", "The serial port timed out"),
    "-106": Text("没有该串口", "There is no such serial port"),
    "-107": Text("串口已被占用", "The serial port is already open"),
    "-108": Text("打开串口失败", "Opening failed"),
    "-109": Text("数据解析失败", "The data could not be read"),
    "-113": Text("网络通讯失败", "Network communication failed"),
    "-114": Text("等待主机应答超时", "The host did not answer in time"),
    "-115": Text("无法连接主机", "The host cannot be reached"),
    "-118": Text("写串口失败", "Writing to the serial port failed"),
    "-123": Text("握手失败", "The handshake failed"),
    "-124": Text("没有找到终端的串口", "The terminal was found at no port"),
}
"""Codes of the register's own side, as the public client of dialect B gives them (-100 to -124)."""

HOST_TEXTS: dict[str, Text] = {"XH": Text("密钥错误", "Key error")}
"""Codes of the host that only the public client of dialect B names."""


@dataclass(frozen=True, slots=True)
class LocalResult:
    """A result that the terminal decides itself: `code` for tag 9F14, the Outcome's `status` and `cause`."""

    code: str
    status: Status
    cause: str
    text: Text


_ROWS: tuple[tuple[str, Status, str, str, str], ...] = (
    ("L01", "refused", "not_signed_in", "请先签到", "Please sign in first"),
    ("L02", "refused", "not_activated", "终端未激活", "Terminal is not activated"),
    ("L03", "refused", "no_tmk", "密钥未下装", "Master key is not loaded"),
    ("L04", "refused", "not_connected", "未连接网络", "Not connected"),
    ("L05", "refused", "no_parameters", "参数未下载", "Parameters are not downloaded"),
    ("L06", "refused", "no_aids", "IC卡参数未下载", "AIDs are not downloaded"),
    ("L07", "refused", "no_public_keys", "公钥未下载", "Public keys are not downloaded"),
    ("L08", "refused", "must_settle", "请先结算", "Please settle first"),
    ("L09", "refused", "batch_upload_pending", "批上送未完成", "Batch upload is not finished"),
    ("L10", "refused", "pending_reversal", "冲正未完成", "A reversal is still pending"),
    ("L11", "refused", "no_original", "无原交易", "Original transaction not found"),
    ("L12", "refused", "original_settled", "原交易已结算", "Original transaction is settled"),
    ("L13", "refused", "already_voided", "原交易已撤销", "Original transaction is already voided"),
    ("L14", "refused", "busy", "终端忙", "Terminal is busy"),
    ("L15", "refused", "not_supported", "不支持的交易", "Transaction is not supported"),
    ("L16", "refused", "suspended", "终端已停用", "Terminal is suspended"),
    ("L17", "refused", "tampered", "终端已触发自毁", "Terminal is tampered"),
    ("L34", "refused", "wrong_part", "部件型号不符", "A part is of another model"),
    ("L18", "refused", "bad_request", "请求格式错误", "Malformed request"),
    ("L19", "refused", "wrong_order", "操作顺序错误", "Operation is out of order"),
    ("L20", "cancelled", "cancelled", "交易已取消", "Cancelled"),
    ("L21", "cancelled", "card_timeout", "等待刷卡超时", "No card was presented in time"),
    ("L28", "cancelled", "card_removed", "卡片过早拔出，交易已冲正", "The card was removed too early, reversed"),
    ("L22", "no_answer", "no_connection", "无法连接主机", "Cannot reach the host"),
    ("N01", "no_answer", "connection_refused", "主机拒绝连接", "The host refused the connection"),
    ("N02", "no_answer", "network_unreachable", "网络不可达", "The network is unreachable"),
    ("N03", "no_answer", "name_not_found", "域名无法解析", "The host's name cannot be resolved"),
    ("N04", "no_answer", "connect_timeout", "连接超时", "Connecting timed out"),
    ("N05", "no_answer", "no_line", "线路不通", "There is no line"),
    ("N06", "no_answer", "connect_reset", "连接被重置", "The connection was reset"),
    ("N11", "no_answer", "tls_unknown_ca", "证书不可信", "The host's certificate is not trusted"),
    ("N12", "no_answer", "tls_expired", "证书已过期", "The host's certificate has expired"),
    ("N13", "no_answer", "tls_not_yet_valid", "证书尚未生效", "The host's certificate is not valid yet"),
    ("N14", "no_answer", "tls_wrong_name", "证书与主机名不符", "The host's certificate is for another name"),
    ("N15", "no_answer", "tls_not_tls", "主机未使用TLS", "The host speaks no TLS"),
    ("N16", "no_answer", "tls_handshake", "TLS握手失败", "The TLS handshake failed"),
    ("L51", "no_answer", "register_silent", "收银机未说明结果", "The register did not say what became of the request"),
    ("L52", "no_answer", "wrong_random", "收银机应答的随机数不符", "The register answered another request"),
    ("L23", "no_answer", "no_answer", "主机无应答", "No answer from the host"),
    ("L24", "unknown", "reversal_pending", "交易结果未知，待冲正", "Outcome unknown, a reversal is pending"),
    ("L25", "no_answer", "bad_reply_mac", "应答校验错", "The reply failed its check"),
    ("L26", "no_answer", "reversed", "无应答，已冲正", "No valid answer, reversed"),
    ("L50", "refused", "printer_fault", "打印机不能打印", "The printer cannot print"),
    ("L35", "refused", "battery_low", "电量不足，请充电", "The battery is low, please charge it"),
    ("L36", "refused", "update_required", "请先更新软件", "The application must be updated first"),
    ("L37", "declined", "bad_keys", "工作密钥与主密钥不符", "The working keys do not fit the master key"),
    ("L40", "refused", "no_account", "本机没有该商户", "No such merchant account on this terminal"),
    ("L41", "refused", "no_account_menu", "终端不支持多商户", "The terminal has no multi-merchant function"),
    ("L27", "refused", "storage_fault", "存储故障", "Storage fault"),
    ("L29", "refused", "no_operator", "请操作员先签到", "An operator must sign on first"),
    ("L30", "refused", "idle_locked", "键盘已锁", "The keypad is locked"),
    ("L31", "refused", "no_right", "操作员无此权限", "The operator has no right to do that"),
    ("L32", "cancelled", "card_misread", "读卡失败", "The card cannot be read"),
    ("L33", "refused", "use_chip", "此卡有芯片，请插卡", "This card has a chip, please insert it"),
)

LOCAL_RESULTS: dict[str, LocalResult] = {
    row[0]: LocalResult(row[0], row[1], row[2], Text(row[3], row[4])) for row in _ROWS
}
"""By code."""

LOCAL_BY_CAUSE: dict[str, LocalResult] = {result.cause: result for result in LOCAL_RESULTS.values()}
"""By cause.  A cause of the terminal that is not listed goes out as `wrong_order` with its own text in 9F19."""
