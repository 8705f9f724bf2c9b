"""Messages of Transbank's and Concert's cable have their names, values and results in both languages."""

from __future__ import annotations

import pytest

from harness.reports import register_words, words
from protocols.transbank.commands import ANSWERS, REQUESTS


def test_every_message_has_a_title() -> None:
    for layout in (*REQUESTS.values(), *ANSWERS.values()):
        title = words.kind_title(layout.text.en, "")  # where the Chinese link has the same message, in its words
        assert title.en == layout.text.en and title.zh != title.en
    assert words.kind_title("answer", "").zh == "应答"


@pytest.mark.parametrize(
    ("fields", "zh"),
    [
        ({"command": "0210", "code": "26"}, "26 须先下装密钥"),
        ({"command": "0900", "code": "82"}, "82 正在联系主机"),
        ({"pos": "01", "status": "9", "amount": "00001250"}, "9 结果未知"),
    ],
)
def test_what_an_answer_says(fields: dict[str, str], zh: str) -> None:
    told = register_words.result(fields)
    assert told is not None and told.zh == zh and told.en.startswith(zh.split()[0])


def test_values_with_their_meanings() -> None:
    rows = register_words.rows({"command": "0210", "code": "00", "card_type": "CR", "tip": "", "text20": "x"})
    assert rows is not None
    shown = [(path, name.zh, value, meaning and meaning.zh) for path, name, value, meaning in rows]
    assert shown == [
        ("command", "命令", "0210", None),
        ("code", "响应码", "00", "成功"),
        ("card_type", "卡类型", "CR", "贷记"),
        ("text20", "文本 text20", "x", None),
    ]
    asked = register_words.rows({"pos": "01", "amount": "00001250", "type": "0"})
    assert asked is not None
    assert [(path, meaning and meaning.en) for path, _, _, meaning in asked][-1] == ("type", "debit")


def test_messages_of_other_protocols_are_left_alone() -> None:
    assert register_words.rows({"9F01": "02"}) is None
    assert register_words.result({"9F14": "00"}) is None
