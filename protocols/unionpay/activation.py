"""The activation profile (0800 / 0810, F60.3 = 101): request in F59, refusal with its cause in F62.

This profile is posrig's own.  No public source gives the bytes of an activation that can be refused for a stated
reason; it is built on what Chanjet's first installation (60.3 = 101) and the activation-code platforms do, and other
dialects may define theirs.  Every face that shows it says so (`PROFILE_NOTE`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from ..text import Text
from ..tlv import Tlv, build_tlv, parse_tlv
from .private.layout import Row, is_digits, octets_of, refuse, reject, show
from .private.serial import DeviceInfo, device_info, device_subs
from .private.subtags import FORMS, Sub, build_subs, parse_subs

if TYPE_CHECKING:
    from .dialect import Dialect

PROFILE_NOTE = Text("posrig 自定义的激活格式，非银联规范", "posrig's own profile, not a UnionPay specification")
MAX_CODE = 32
"""Characters of an activation code; the ones seen have 6 to 16."""

E = TypeVar("E", bound=StrEnum)
_REQUEST, _REPLY = "F59", "F62"
_DEVICE, _CODE = "A2", "A8"
_FORM = FORMS["decimal-3"]


class State(StrEnum):
    """Where an application or a device stands: the answer to "why does it not activate"."""

    NO_APPLICATION = "no_application"
    DRAFT = "draft"
    INCOMPLETE = "incomplete"
    IN_REVIEW = "in_review"
    QUEUED = "queued"
    REJECTED = "rejected"
    NOT_SHIPPED = "not_shipped"
    IN_TRANSIT = "in_transit"
    CODE_WRONG = "code_wrong"
    CODE_EXPIRED = "code_expired"
    CODE_USED = "code_used"
    LOCKED = "locked"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    UNKNOWN_SERIAL = "unknown_serial"
    UNBOUND = "unbound"
    LOST = "lost"
    STOLEN = "stolen"
    MODEL_NOT_CERTIFIED = "model_not_certified"
    MODEL_SUSPENDED = "model_suspended"
    UPDATE_REQUIRED = "update_required"
    ALREADY_ACTIVATED = "already_activated"
    ACTIVATED = "activated"

    @property
    def text(self) -> Text:
        """The state in words."""
        return STATE_TEXTS[self]


class Stage(StrEnum):
    """The step of the review at which an application stands."""

    SUBMITTED = "submitted"
    DOCUMENTS = "documents"
    REGISTRY = "registry"
    RISK = "risk"
    BANK_APPROVAL = "bank_approval"
    SIGNING = "signing"
    OPENING = "opening"
    DISPATCH = "dispatch"
    ACTIVATION = "activation"
    RECHECK = "recheck"

    @property
    def text(self) -> Text:
        """The stage in words."""
        return STAGE_TEXTS[self]


STATE_TEXTS: Mapping[State, Text] = {
    State.NO_APPLICATION: Text("没有进件记录", "No application on record"),
    State.DRAFT: Text("申请仍是草稿，未提交", "The application is a draft that was not submitted"),
    State.INCOMPLETE: Text("资料不齐全，待补件", "Documents are missing"),
    State.IN_REVIEW: Text("审核中", "Under review"),
    State.QUEUED: Text("排队处理中", "Queued at the provider"),
    State.REJECTED: Text("审核未通过", "Rejected by the review"),
    State.NOT_SHIPPED: Text("设备尚未发货", "The device has not been shipped"),
    State.IN_TRANSIT: Text("设备邮寄途中", "The device is on its way"),
    State.CODE_WRONG: Text("激活码错误", "Wrong activation code"),
    State.CODE_EXPIRED: Text("激活码已过期", "The activation code has expired"),
    State.CODE_USED: Text("激活码已被使用", "The activation code has been used"),
    State.LOCKED: Text("激活码错误次数过多，已锁定", "Locked after too many wrong codes"),
    State.SUSPENDED: Text("商户已暂停", "The merchant is suspended"),
    State.CLOSED: Text("商户已关闭", "The merchant is closed"),
    State.WITHDRAWN: Text("终端已撤机", "The terminal has been withdrawn"),
    State.UNKNOWN_SERIAL: Text("序列号未入库", "The serial number is not registered"),
    State.UNBOUND: Text("序列号未绑定商户", "The serial number is not bound to a merchant"),
    State.LOST: Text("设备已挂失", "The device is reported lost"),
    State.STOLEN: Text("设备已报被盗", "The device is reported stolen"),
    State.MODEL_NOT_CERTIFIED: Text("机型或固件未通过认证", "Model or firmware is not certified"),
    State.MODEL_SUSPENDED: Text("机型已被暂停使用", "The model is suspended"),
    State.UPDATE_REQUIRED: Text("应用版本过低，需要升级", "The application must be updated first"),
    State.ALREADY_ACTIVATED: Text("终端已经激活，不能重复激活", "Already activated, a second activation is refused"),
    State.ACTIVATED: Text("激活成功", "Activated"),
}
STAGE_TEXTS: Mapping[Stage, Text] = {
    Stage.SUBMITTED: Text("已提交", "Submitted"),
    Stage.DOCUMENTS: Text("资料审核", "Documents"),
    Stage.REGISTRY: Text("工商信息核对", "Registry check"),
    Stage.RISK: Text("风控审核", "Risk"),
    Stage.BANK_APPROVAL: Text("银行审批", "Bank approval"),
    Stage.SIGNING: Text("签约", "Contract"),
    Stage.OPENING: Text("开通", "Opening"),
    Stage.DISPATCH: Text("发货", "Dispatch"),
    Stage.ACTIVATION: Text("激活", "Activation"),
    Stage.RECHECK: Text("复审", "Re-check"),
}

TAG_NAMES: Mapping[int, Text] = {
    0xDF8101: Text("状态", "State"),
    0xDF8102: Text("审核阶段", "Stage of the review"),
    0xDF8103: Text("已等待分钟数", "Age in minutes"),
    0xDF8104: Text("项目代码", "Item codes"),
    0xDF8105: Text("案件编号", "Case number"),
    0xDF8106: Text("要求的版本", "Wanted version"),
    0xDF8107: Text("有效期至", "Valid until"),
    0xDF8108: Text("剩余次数", "Tries left"),
}
_NUMERIC: Mapping[int, int] = {0xDF8103: 8, 0xDF8107: 12, 0xDF8108: 2}
"""Tags of format n (BCD, EMV Book 3 section 4.3) -> digits; the other tags are ASCII."""


@dataclass(frozen=True, slots=True)
class ActivationRequest:
    """F59 of a request (posrig's own profile).  `device_type` 01 to 05; `serial_number` up to 50 characters;
    `random_factor` six digits; `ciphertext` eight hex characters; `code` the activation code, "" when none is given.
    """

    device_type: str
    serial_number: str
    random_factor: str
    ciphertext: str
    application_version: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class ActivationState:
    """F62 of a reply (posrig's own profile): the cause of a refusal; every item but the state may be absent.

    `state` and `stage`: a member of the enum, or the text as it came when the name is not known.  `age_minutes` 0 to
    99999999; `item_codes` the items that are missing or at fault, or for one that is queued `position:N`
    (N = 1 is the next one); `valid_until` YYYYMMDDhhmm; `tries_left` 0 to 99;
    `extra` data objects with other tags.
    """

    state: State | str
    stage: Stage | str | None = None
    age_minutes: int | None = None
    item_codes: tuple[str, ...] = ()
    case_number: str | None = None
    wanted_version: str | None = None
    valid_until: str | None = None
    tries_left: int | None = None
    extra: tuple[Tlv, ...] = ()


def parse_request(value: bytes, dialect: Dialect) -> ActivationRequest:
    """Read F59.  Raises DecodeError unless it is A2 with the items 01 to 05 in order, then A8 or nothing."""
    usages = parse_subs(value, _FORM, _REQUEST)
    if [usage.tag for usage in usages] not in ([_DEVICE], [_DEVICE, _CODE]):
        refuse(_REQUEST, value, "激活请求应为 A2 加 A8", "An activation request is A2, then A8")
    info = device_info(parse_subs(usages[0].value, _FORM, f"{_REQUEST}/{_DEVICE}"), 59)
    code = usages[1].value.decode("latin-1") if len(usages) == 2 else ""
    parts = {key: getattr(info, key) for key in _INFO_KEYS}
    if info.extra or None in parts.values():
        refuse(_REQUEST, value, "A2 应含 01 至 05 各一项", "A2 must hold each of 01 to 05 once")
    record = ActivationRequest(**{key: str(part) for key, part in parts.items()}, code=code)
    if len(record.serial_number) > 50 or len(code) > MAX_CODE or build_request(record, dialect) != value:
        refuse(_REQUEST, value, "激活请求的顺序或长度不合规定", "Order or lengths are not canonical")
    return record


def build_request(record: ActivationRequest, dialect: Dialect) -> bytes:
    """The octets of F59.  Raises EncodeError when an item is too long."""
    if len(record.code) > MAX_CODE:
        reject(f"{_REQUEST}/{_CODE}", record.code, f"激活码最多 {MAX_CODE} 位", f"At most {MAX_CODE} characters")
    info = DeviceInfo(*(getattr(record, key) for key in _INFO_KEYS))
    subs = [Sub(_DEVICE, build_subs(device_subs(info, 59), _FORM, f"{_REQUEST}/{_DEVICE}"))]
    if record.code:
        subs.append(Sub(_CODE, octets_of(record.code)))
    return build_subs(subs, _FORM, _REQUEST)


def parse_state(value: bytes, dialect: Dialect) -> ActivationState:
    """Read F62.  Raises DecodeError without a state, for a repeated or misplaced tag, and for bad digits."""
    items = parse_tlv(value, _REPLY)
    texts: dict[int, str] = {}
    for item in items:
        if item.tag in TAG_NAMES:
            texts[item.tag] = _text_of(item, value)
    if 0xDF8101 not in texts:
        refuse(_REPLY, value, "缺少状态 DF8101", "The state DF8101 is missing")
    record = ActivationState(
        state=_member(State, texts[0xDF8101]),
        stage=_member(Stage, texts[0xDF8102]) if 0xDF8102 in texts else None,
        age_minutes=_int(texts.get(0xDF8103)),
        item_codes=tuple(texts[0xDF8104].split(",")) if 0xDF8104 in texts else (),
        case_number=texts.get(0xDF8105),
        wanted_version=texts.get(0xDF8106),
        valid_until=texts.get(0xDF8107),
        tries_left=_int(texts.get(0xDF8108)),
        extra=tuple(item for item in items if item.tag not in TAG_NAMES),
    )
    if build_state(record, dialect) != value:
        refuse(_REPLY, value, "标签重复、顺序不对或长度格式不规范", "A tag is repeated, misplaced or not canonical")
    return record


def build_state(record: ActivationState, dialect: Dialect) -> bytes:
    """The octets of F62, known tags ascending, `extra` last.  Raises EncodeError for digits out of range."""
    values: dict[int, str | None] = {
        0xDF8101: str(record.state),
        0xDF8102: None if record.stage is None else str(record.stage),
        0xDF8103: _digits(record.age_minutes, 8),
        0xDF8104: ",".join(record.item_codes) if record.item_codes else None,
        0xDF8105: record.case_number,
        0xDF8106: record.wanted_version,
        0xDF8107: record.valid_until,
        0xDF8108: _digits(record.tries_left, 2),
    }
    known = [Tlv(tag, _octets(tag, text)) for tag, text in values.items() if text is not None]
    return build_tlv((*known, *record.extra))


def rows_state(record: ActivationState) -> list[Row]:
    """One row per item; state and stage in words."""
    values: tuple[tuple[int, object], ...] = (
        (0xDF8101, record.state),
        (0xDF8102, record.stage),
        (0xDF8103, record.age_minutes),
        (0xDF8104, ",".join(record.item_codes) or None),
        (0xDF8105, record.case_number),
        (0xDF8106, record.wanted_version),
        (0xDF8107, record.valid_until),
        (0xDF8108, record.tries_left),
    )
    rows: list[Row] = []
    for tag, value in values:
        if value is not None:
            meaning = value.text if isinstance(value, State | Stage) else None
            rows.append((f"62.{tag:X}", TAG_NAMES[tag], str(value), meaning))
    for item in record.extra:
        rows.append((f"62.{item.tag_hex}", Text("未知标签", "Unknown tag"), show(item.value), None))
    return rows


_INFO_KEYS = ("device_type", "serial_number", "random_factor", "ciphertext", "application_version")


def _member(kind: type[E], text: str) -> E | str:
    return next((member for member in kind if member.value == text), text)


def _text_of(item: Tlv, value: bytes) -> str:
    size = _NUMERIC.get(item.tag)
    text = item.value.hex() if size else item.value.decode("latin-1")
    if size and (len(text) != size or not is_digits(text)):
        path = f"{_REPLY}/{item.tag_hex}"
        refuse(path, value, f"应为 {size} 位 BCD 数字", f"Must hold {size} BCD digits", value.find(item.value))
    return text


def _octets(tag: int, text: str) -> bytes:
    size = _NUMERIC.get(tag)
    if size is None:
        return octets_of(text)
    if len(text) != size or not is_digits(text):
        reject(f"{_REPLY}/{tag:X}", text, f"应为 {size} 位数字", f"Must have {size} digits")
    return bytes.fromhex(text)


def _digits(number: int | None, size: int) -> str | None:
    return None if number is None else f"{number:0{size}d}"


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)
