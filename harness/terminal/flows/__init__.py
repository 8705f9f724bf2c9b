"""The terminal's long conversations, one generator per operation.

A flow takes (desk, order), yields what it waits for (`..wants`) and returns an Outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..desk import Desk
from ..outcome import Outcome
from ..wants import Order, Step
from . import (
    codes,
    key_download,
    lists,
    orders,
    output_tests,
    people,
    preauth,
    presenting,
    reader_test,
    records,
    reversal,
    sales,
    session,
    settle,
    setup,
    software,
    upkeep,
)

FLOWS: Mapping[str, Callable[[Desk, Order], Step[Outcome]]] = {
    "self_test": setup.self_test,
    "connect": setup.connect,
    "activate": setup.activate,
    "load_master_key": setup.load_master_key,
    "sign_in": session.sign_in,
    "download_master_key": key_download.download_master_key,
    "download_parameters": session.download_parameters,
    "download_aids": session.download_aids,
    "download_public_keys": session.download_public_keys,
    "download_contactless": lists.download_contactless,
    "download_bins": lists.download_bins,
    "sale": sales.sale,
    "sale_qr": codes.sale_qr,
    "void": sales.void,
    "refund": sales.refund,
    "reversal": reversal.reverse,
    "settle": settle.settle,
    "batch_upload": settle.batch_upload,
    "sign_off": session.sign_off,
    "update_software": software.update_software,
    "unbind": setup.unbind,
    "balance": sales.balance,
    "preauth": preauth.preauth,
    "preauth_void": preauth.preauth_void,
    "completion": preauth.completion,
    "completion_advice": preauth.completion_advice,
    "completion_void": preauth.completion_void,
    "echo": session.echo,
    "reprint": sales.reprint,
    "last": sales.last,
    "send_reversal": reversal.reverse,
    "mark_unresolved": reversal.mark_unresolved,
    "query_order": orders.query_order,
    "operator_sign_on": people.operator_sign_on,
    "operator_sign_off": people.operator_sign_off,
    "set_password": people.set_password,
    "parameter_menu": people.parameter_menu,
    "local_status": people.local_status,
    "print_test": output_tests.print_test,
    "display_test": output_tests.display_test,
    "keypad_test": output_tests.keypad_test,
    "backup": records.backup,
    "restore": records.restore,
    "host_list": records.host_list,
    "restart": upkeep.restart,
    "clear_log": upkeep.clear_log,
    "reader_test": reader_test.reader_test,
    "read_card": presenting.present,
}
"""The 17 operations of the life cycle, then the other menu items."""
