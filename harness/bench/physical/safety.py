"""What takes something from a device that nobody at the counter can bring back: off unless the bench file allows it."""

from __future__ import annotations

from collections.abc import Mapping

from harness.driver.operations import OPERATIONS
from harness.terminal.arguments import OPERATION_TAKES
from harness.terminal.hardware.maintain import ACTS
from protocols.text import Text

DESTRUCTIVE: Mapping[str, Text] = {
    "settle": Text("结清并清空批次", "settles and empties the batch"),
    "batch_upload": Text("上送并清空批次", "uploads and empties the batch"),
    "load_master_key": Text("换掉主密钥", "puts another master key in the place of the one that is there"),
    "load_keys": Text("换掉密钥", "puts other keys in the place of those that are there"),
    "deliver": Text("恢复出厂，擦除一切", "brings it back to its delivered state: everything in it goes"),
    "service": Text("开壳维修，擦除全部密钥", "opens the case: every key is erased"),
    "open_case": Text("触发自毁，擦除全部密钥", "triggers the tamper switch: every key is erased"),
    "replace_part": Text("开壳更换部件，擦除密钥", "opens the case to exchange a part: keys are erased"),
    "swap_part": Text("私换部件，触发自毁", "exchanges a part unauthorised: the tamper switch is triggered"),
    "update_software": Text("改写应用程序", "writes over the application"),
    "restore": Text("改写本机存储", "writes over the terminal's storage"),
    "clear_log": Text("清除日志", "wipes the log"),
}
"""By operation of the driver, operation at the keypad, or act; in both languages what it takes away."""

KNOWN: tuple[str, ...] = tuple(dict.fromkeys((*OPERATIONS, *OPERATION_TAKES, *ACTS, *DESTRUCTIVE)))
"""What `never` may name."""
SAME: Mapping[str, str] = {"inject_tmk": "load_master_key", "load_keys": "load_master_key", "batch_upload": "settle"}
"""Other names of the same thing."""


def forbidden(name: str, never: tuple[str, ...], allow: tuple[str, ...]) -> Text | None:
    """Why `name` must not be done on this bench; None: it may be."""
    names = {name, SAME.get(name, name)}
    if names & set(never):
        return Text(f"测试台文件禁止 {name}（never）", f"the bench file says never to {name}")
    taken = next((DESTRUCTIVE[one] for one in sorted(names) if one in DESTRUCTIVE), None)
    if taken is None or names & set(allow):
        return None
    return Text(
        f"{name} 是破坏性的（{taken.zh}），测试台文件未允许（allow）",
        f"{name} is destructive ({taken.en}), and the bench file does not allow it",
    )
