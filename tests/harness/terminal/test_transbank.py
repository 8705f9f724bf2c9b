"""The terminal speaks Transbank's POS protocol: frames written out by hand after "POS Integrado".

The LRC of each frame is computed here, by the rule that the document gives: XOR of what stands behind STX, ETX
included.
"""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Any

import pytest

from harness.terminal.settings import Profile
from protocols.transbank.quirks import TransbankQuirks
from protocols.unionpay.responses import response

from .cable import CableEnd

ACK, NAK = b"\x06", b"\x15"
COMMERCE, TERMINAL = "456789012345", "20202020"
NOTHING = "|" * 16


def frame(text: str) -> bytes:
    body = text.encode("ascii") + b"\x03"
    return b"\x02" + body + bytes((reduce(xor, body),))


class Till(CableEnd):
    """Acknowledges what the terminal sends."""

    def __init__(self, **changes: Any) -> None:
        super().__init__("transbank", **changes)
        self.answers = lambda data: ACK if data[:1] == b"\x02" else b""

    def texts(self, octets: bytes) -> list[str]:
        """The texts of the frames in `octets`, without ACKs."""
        found = []
        while at := octets.find(b"\x02") + 1:
            end = octets.index(b"\x03", at)
            text = octets[at:end].decode("ascii")
            assert frame(text) == octets[at - 1 : end + 2]
            found.append(text)
            octets = octets[end + 2 :]
        return found

    def ask(self, text: str) -> str:
        """A request that is acknowledged and answered; the answer."""
        sent = self.send(frame(text))
        assert sent[:1] == ACK
        (answer,) = self.texts(sent)
        return answer

    def code(self, text: str) -> str:
        return self.ask(text).split("|")[1]


@pytest.fixture(name="till")
def _till() -> Till:
    till = Till()
    till.bench.get_ready()
    return till


def test_poll_and_normal_mode_are_answered_with_an_ack_alone(till: Till) -> None:
    assert till.send(frame("0100")) == ACK
    assert till.send(frame("0300")) == ACK
    assert till.send(frame("0100")) == b""  # no register is listened to in normal mode
    till.plug(False)
    till.plug(True)
    assert till.send(frame("0100")) == ACK


def test_keys_first() -> None:
    till = Till()
    assert till.ask("0200|1500|A1|||0|") == f"0210|26|{COMMERCE}|{TERMINAL}{NOTHING}"
    assert till.ask("0800") == f"0810|00|{COMMERCE}|{TERMINAL}|"
    assert till.bench.terminal.desk.state.signed_in
    assert till.code("0200|1500|A1|||0|") == "27"  # parameters are missing still: it must be updated
    till.bench.get_ready()
    assert till.code("0200|1500|A1|||0|") == "00"


def test_a_sale_and_the_last_one(till: Till) -> None:
    answer = till.ask("0200|1500|A1|||0|")
    texts = answer.split("|")
    assert texts[:7] == ["0210", "00", COMMERCE, TERMINAL, "A1", "654321", "1500"]
    (entry,) = till.entries
    assert (texts[9], texts[10], len(texts)) == ("0012", entry["stan"], 20)
    assert texts[15:17] == ["21112026", "101112"]  # F13 1121, F12 101112
    assert till.ask("0250|") == answer.replace("0210", "0260", 1)
    assert till.ask("0700||") == "0710|00|1|1500"


def test_intermediate_messages_where_they_are_wanted(till: Till) -> None:
    *told, answer = till.texts(till.send(frame("0200|1500|A1|||1|")))
    assert told == ["0900|78|", "0900|81|", "0900|82|"]
    assert answer.startswith("0210|00|")
    assert len(till.texts(till.send(frame("0200|1500|A2|||0|")))) == 1


def test_void_close_and_what_is_left(till: Till) -> None:
    number = till.ask("0200|1500|A1|||0|").split("|")[10]
    assert till.ask(f"1200|{int(number)}|") == f"1210|00|{COMMERCE}|{TERMINAL}|654321|{number}|"
    assert till.code(f"1200|{number}|") == "04"
    assert till.code("1200|999999|") == till.code("1200|x|") == "05"
    assert till.code("0250|") == "04"
    assert till.ask("0700||") == "0710|00|0|0"
    before = till.bench.sent.count("0800")
    assert till.ask("0500||") == f"0510|00|{COMMERCE}|{TERMINAL}|"
    assert till.bench.sent.count("0800") == before + 1  # the close renews the keys, too
    assert till.code(f"1200|{number}|") == "05"


def test_no_sale_to_tell() -> None:
    till = Till()
    till.bench.get_ready()
    assert till.ask("0250|") == f"0260|11|{COMMERCE}|{TERMINAL}{NOTHING}"
    assert till.ask("0260|1|") == f"0261|11|{COMMERCE}|{TERMINAL}{NOTHING}"


def test_details_come_one_by_one_and_end_without_an_authorisation_code(till: Till) -> None:
    for number in range(70):  # more than wait in line at once
        assert till.code(f"0200|{number + 1}|T{number}|||0|") == "00"
    listed = till.texts(till.send(frame("0260|1|")))
    assert [text.split("|")[4] for text in listed] == [*(f"T{number}" for number in range(70)), ""]
    assert {text.split("|")[0] for text in listed} == {"0261"}
    assert [text.split("|")[6] for text in listed[:3]] == ["1", "2", "3"]
    assert listed[-1].split("|")[5] == ""
    assert len(till.texts(till.send(frame("0260|0|")))) == 1


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("0200|0|A1|||0|", "72"),
        ("0200|12a|A1|||0|", "68"),
        ("0200|1234567890|A1|||0|", "68"),
        ("0200||A1|||0|", "68"),
        ("0200|1500|ABCDEFG|||0|", "70"),
        ("0270|1500|A1|| |0|550062712310|", "12"),
    ],
)
def test_what_is_wrong_with_a_sale(till: Till, request_: str, code: str) -> None:
    assert till.code(request_) == code
    assert till.entries == []


def test_multicode_goes_to_the_account_with_that_number(till: Till) -> None:
    texts = till.ask(f"0270|2500|A3|| |0|{COMMERCE}|").split("|")
    assert (texts[0], texts[1], texts[6], len(texts)) == ("0271", "00", "2500", 23)
    assert till.ask("0280|0").startswith("0281|00|")
    assert [text[:4] for text in till.texts(till.send(frame("0290|1|")))] == ["0291", "0291"]


def test_a_full_batch_must_be_closed() -> None:
    till = Till(profile=Profile(batch_warning_count=1, batch_grace_count=0))
    till.bench.get_ready()
    assert till.code("0200|1500|A1|||0|") == "00"
    assert till.code("0200|1500|A2|||0|") == "77"
    assert till.code("0500||") == "00"
    assert till.code("0200|1500|A2|||0|") == "00"


@pytest.mark.parametrize(("f39", "code"), [("51", "01"), ("77", "26"), ("97", "73"), ("A0", "26")])
def test_the_hosts_refusal(till: Till, f39: str, code: str) -> None:
    till.bench.host.change = lambda request, reply: reply.replacing({39: f39})
    assert response(f39).code == f39
    assert till.code("0200|1500|A1|||0|") == code


def test_a_host_that_is_not_there(till: Till) -> None:
    till.bench.reachable = False
    assert till.code("0800") == "03"
    assert till.code("0200|1500|A1|||0|") == "03"


def test_a_host_that_says_nothing_leaves_it_open(till: Till) -> None:
    till.bench.host.change = lambda request, reply: None
    assert till.send(frame("0200|1500|A1|||0|")) == ACK
    sent = b""
    while not sent:
        sent = till.wait()
    assert till.texts(sent)[0].split("|")[1] == "65"  # a reversal is pending
    assert till.entries == []


def test_damage_is_answered_with_nak_and_comes_again(till: Till) -> None:
    good = frame("0100")
    assert till.send(good[:-1] + bytes((good[-1] ^ 1,))) == NAK
    assert till.send(good) == ACK
    assert till.send(frame("Hola")) == NAK
    assert till.send(frame("9999|1|")) == NAK  # an ACK would have the register wait for ever
    assert till.send(good[:4]) == b""
    assert till.wait() == NAK


def test_the_same_request_again_while_it_is_under_way_is_one_sale(till: Till) -> None:
    till.answers = lambda data: b""  # the register's ACKs are lost
    sale = frame("0200|1500|A1|||0|")
    first = till.send(sale)
    assert till.texts(first) != []
    assert till.send(sale) == ACK  # its answer is not acknowledged yet
    again = till.wait()
    assert till.texts(again) == till.texts(first)
    assert len(till.entries) == 1


def test_an_acknowledged_sale_and_the_same_words_again_are_two(till: Till) -> None:
    till.answers = lambda data: b""
    sale = frame("0200|1500|A1|||0|")
    till.send(sale)
    assert till.texts(till.send(ACK + sale)) != []  # the ACK and the next request in one piece
    assert len(till.entries) == 2


def test_an_answer_that_nobody_acknowledges_is_sent_three_times_and_told_by_the_last_sale(till: Till) -> None:
    till.answers = lambda data: b""
    answer = till.texts(till.send(frame("0200|1500|A1|||0|")))
    assert [till.texts(till.wait()), till.texts(till.wait())] == [answer, answer]
    till.bench.now += 60_000_000
    till.answers = lambda data: ACK if data[:1] == b"\x02" else b""
    assert till.ask("0250|") == answer[0].replace("0210", "0260", 1)
    assert len(till.entries) == 1


def test_a_new_request_ends_the_wait_for_the_old_answers_ack(till: Till) -> None:
    till.answers = lambda data: b""
    (answer,) = till.texts(till.send(frame("0200|1500|A1|||0|")))
    till.answers = lambda data: ACK if data[:1] == b"\x02" else b""
    assert till.ask("0250|") == answer.replace("0210", "0260", 1)


def test_while_the_terminal_is_busy() -> None:
    till = Till()
    till.bench.get_ready()
    till.bench.terminal.settings.attendant = ""
    assert till.send(frame("0200|1500|A1|||0|")) == ACK  # it waits for a card
    assert till.send(frame("0100")) == NAK
    assert till.send(frame("0300")) == NAK
    assert till.code("0250|") == "18"
    assert till.send(frame("0200|1500|A1|||0|")) == ACK
    till.bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    (answer,) = till.texts(till.taken())
    assert answer.startswith("0210|00|")


def test_pulled_out_and_plugged_in_the_answer_comes_again(till: Till) -> None:
    till.answers = lambda data: b""
    (answer,) = till.texts(till.send(frame("0200|1500|A1|||0|")))
    assert till.plug(False) == b""
    assert till.texts(till.plug(True)) == [answer]
    assert till.send(ACK) == b""
    assert till.bench.terminal.register.deadline is None


def test_unattended() -> None:
    """Layouts after Transbank's public clients for "POS Autoservicio"."""
    till = Till(quirks=TransbankQuirks(self_service=True))
    assert till.bench.do("sign_in")["status"] == "done"
    assert till.code("0080") == "27"
    assert till.send(frame("0070")) == ACK
    assert till.ask("0080") == "1080|90|||"  # 90 is what these clients take for a success
    texts = till.ask("0200|000015000|TICKET-OF-20-LETTERS|0|0").split("|")
    assert texts[:10] == ["0210", "00", COMMERCE, TERMINAL, "TICKET-OF-20-LETTERS", "654321", "15000", "0012",
                          till.entries[0]["stan"], "CR"]  # fmt: skip
    assert texts[13:16] == ["21112026", "101112", ""] and len(texts) == 20
    printed = till.ask("0250|1").split("|")
    assert printed[0] == "0260" and printed[:15] == ["0260", *texts[1:15]]
    assert len(printed[15]) % 40 == 0 and printed[15].startswith("Cardholder copy") and "621214*" in printed[15]
    assert till.code("0200|1|TICKET-OF-21-LETTERS.|0|0") == "70"
    assert till.code("0270|700|A1|0|0|0") == "00"
    assert till.code("1200") == "00"
    assert till.ask("0500|1").split("|")[4].startswith("Batch")
    assert till.code("1200") == "05"  # there is no sale left that stands
    assert [entry["kind"] for entry in till.entries] == ["sale", "sale", "void"]


def test_attended_terminals_have_no_initialisation(till: Till) -> None:
    assert till.send(frame("0070")) == NAK


def test_the_lrc_of_the_worked_example() -> None:
    """ "POS Autoservicio" computes 32 for 0200|123|, which leaves ETX out."""
    till = Till(quirks=TransbankQuirks(lrc_without_etx=True))
    assert till.send(b"\x020200|123|\x03\x32")[:1] == ACK
    assert till.send(b"\x020200|123|\x03\x31") == NAK


def test_no_host_traffic_goes_through_this_protocol() -> None:
    till = Till(profile=Profile(host_link="register"))
    assert till.send(frame("0800")) == ACK
    assert till.texts(till.wait())[0].split("|")[1] == "14"
