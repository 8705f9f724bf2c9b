"""What the single file says before the bench check begins: Chinese and English, by hand, since posrig's own `Text` is
not there yet."""

from __future__ import annotations

import sys
from contextlib import suppress

Pair = tuple[str, str]

UNPACKING = ("正在解包，只此一次……", "Unpacking, only this once ...")
FULL = (
    "磁盘已满，无法解包到 {place}（需要 {size} MB）。请腾出空间后再打开本文件。",
    "The disk is full: there is no room for {size} MB in {place}. Make room, then open this file again.",
)
DAMAGED = (
    "本文件已损坏（{why}）。请重新拷贝一份。",
    "This file is damaged ({why}). Copy it anew from where it came from.",
)
UNWRITABLE = (
    "写不了 {place}（{why}）；本次使用临时目录，每次启动会慢一些。",
    "{place} cannot be written ({why}); a temporary folder is used, and each start takes longer.",
)
NOWHERE = (
    "没有可写的目录可供解包（{why}）。请检查磁盘与权限。",
    "There is no folder to unpack into ({why}). Check the disk and your rights.",
)
OTHER_SYSTEM = (
    "本文件适用于 {made_for} 的 64 位 Python；在这里，需要本地部件的检查会显示“无法检查”。",
    "This file is made for 64-bit Python on {made_for}; here, checks that need native parts say “not possible”.",
)
CLOSE = ("按回车键关闭窗口。", "Press Enter to close this window.")


def filled(said: Pair, **values: object) -> Pair:
    return said[0].format(**values), said[1].format(**values)


def tell(said: Pair, **values: object) -> None:
    """Both languages on standard error, because nobody has chosen one yet; a half that the console cannot show is left
    out."""
    if sys.stderr is None:  # pythonw
        return
    for text in filled(said, **values) if values else said:
        with suppress(UnicodeEncodeError):
            text.encode(sys.stderr.encoding or "ascii")
            sys.stderr.write(text + "\n")
    sys.stderr.flush()
