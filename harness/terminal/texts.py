"""What the terminal shows and prints, in both languages, and the texts of its causes."""

from __future__ import annotations

from protocols.text import Text

OPERATIONS: dict[str, Text] = {
    "self_test": Text("自检", "Self-test"),
    "connect": Text("联网", "Connect"),
    "activate": Text("激活", "Activation"),
    "load_master_key": Text("下装主密钥", "Load master key"),
    "download_master_key": Text("主密钥远程下载", "Master key download"),
    "sign_in": Text("签到", "Sign-in"),
    "download_parameters": Text("参数下载", "Parameter download"),
    "download_aids": Text("IC 卡参数下载", "AID download"),
    "download_public_keys": Text("公钥下载", "Public key download"),
    "download_contactless": Text("非接参数下载", "Contactless parameter download"),
    "download_bins": Text("卡 BIN 表下载", "Card-BIN list download"),
    "sale": Text("消费", "Sale"),
    "sale_qr": Text("扫码消费", "Payment by code"),
    "void": Text("消费撤销", "Void"),
    "refund": Text("退货", "Refund"),
    "reversal": Text("冲正", "Reversal"),
    "settle": Text("批结算", "Settlement"),
    "batch_upload": Text("批上送", "Batch upload"),
    "sign_off": Text("签退", "Sign-off"),
    "update_software": Text("软件更新", "Software update"),
    "unbind": Text("解绑", "Unbind"),
    "balance": Text("余额查询", "Balance inquiry"),
    "preauth": Text("预授权", "Pre-authorisation"),
    "preauth_void": Text("预授权撤销", "Pre-authorisation void"),
    "completion": Text("预授权完成(请求)", "Completion"),
    "completion_advice": Text("预授权完成(通知)", "Completion advice"),
    "completion_void": Text("预授权完成撤销", "Completion void"),
    "echo": Text("回响测试", "Echo test"),
    "reprint": Text("重打印", "Reprint"),
    "last": Text("查询上笔交易", "Last transaction"),
    "send_reversal": Text("发送冲正", "Send reversal"),
    "mark_unresolved": Text("冲正转人工处理", "Mark reversal as unresolved"),
    "query_order": Text("扫码订单查询", "Query an order"),
    "operator_sign_on": Text("操作员签到", "Operator sign-on"),
    "operator_sign_off": Text("操作员签退", "Operator sign-off"),
    "set_password": Text("修改操作员密码", "Set an operator's password"),
    "parameter_menu": Text("参数设置", "Parameter menu"),
    "local_status": Text("本机状态", "Local status"),
    "print_test": Text("打印测试", "Print test"),
    "display_test": Text("显示屏测试", "Display test"),
    "keypad_test": Text("键盘测试", "Keypad test"),
    "backup": Text("备份", "Backup"),
    "restore": Text("恢复备份", "Restore a backup"),
    "host_list": Text("补录主机流水", "Take the host's list"),
    "restart": Text("重新启动", "Restart"),
    "clear_log": Text("清理已结算流水", "Clear the settled log"),
    "reader_test": Text("读卡器测试", "Card-reader test"),
    "read_card": Text("读卡", "Read a card"),
}
"""The 17 operations of the life cycle, and the terminal's other menu items."""

CAUSES: dict[str, Text] = {
    "busy": Text("终端忙，请稍候", "Terminal is busy, please wait"),
    "not_self_tested": Text("请先自检", "Please run the self-test first"),
    "not_connected": Text("未连接网络，请先联网", "Not connected, please connect first"),
    "not_activated": Text("终端未激活，请先激活", "Terminal is not activated, please activate first"),
    "already_activated": Text("终端已激活，不能重复激活", "Terminal is already activated"),
    "no_tmk": Text("主密钥未下装", "Master key is not loaded"),
    "kcv_mismatch": Text("主密钥校验值不符", "The check value of the master key does not match"),
    "no_components": Text("请输入密钥分量", "Please enter the key components"),
    "not_signed_in": Text("请先签到", "Please sign in first"),
    "must_settle": Text("交易笔数已满，请先结算", "The batch is full, please settle first"),
    "batch_upload_pending": Text(
        "批上送未完成，请先完成结算", "Batch upload is not finished, please finish the settlement"
    ),
    "no_function": Text("本机型无此功能", "This model has no such function"),
    "not_enabled": Text("该交易未开通", "This transaction is not enabled"),
    "no_parameters": Text("参数未下载，请先下载参数", "Parameters are missing, please download them first"),
    "no_aids": Text("IC 卡参数未下载，请先下载", "AIDs are missing, please download them first"),
    "no_public_keys": Text("公钥未下载，请先下载", "Public keys are missing, please download them first"),
    "no_account": Text("本机没有该商户", "This terminal has no such merchant account"),
    "no_account_menu": Text("本机应用不支持多商户", "This application has no multi-merchant function"),
    "pending_reversal": Text("冲正未完成，不能交易", "A reversal is pending, no transaction is possible"),
    "pending_advice": Text("通知未送达，不能交易", "An advice is not delivered, no transaction is possible"),
    "reversal_pending": Text("交易结果未知，待冲正", "Outcome unknown, a reversal is pending"),
    "no_original": Text("无原交易", "Original transaction not found"),
    "original_settled": Text("原交易已结算，请做退货", "Original transaction is settled, please make a refund"),
    "already_voided": Text("原交易已撤销", "Original transaction is already voided"),
    "already_completed": Text("原预授权已完成", "The pre-authorisation is already completed"),
    "nothing_to_query": Text("没有待查询的订单", "There is no order to ask about"),
    "order_not_paid": Text("订单未支付，未收款", "The order was not paid, nothing was taken"),
    "order_open": Text("订单结果未知，请稍后查询订单", "Outcome of the order unknown, query it later"),
    "nothing_to_reverse": Text("无待冲正交易", "There is nothing to reverse"),
    "not_settling": Text("当前没有结算，无需批上送", "No settlement is under way, nothing to upload"),
    "update_required": Text("应用版本过低，请先更新软件", "The application must be updated first"),
    "package_truncated": Text("升级包不完整", "The update package is not complete"),
    "package_damaged": Text("升级包内容损坏", "The update package is damaged"),
    "package_signature": Text("升级包签名不对", "The signature of the update package is wrong"),
    "package_model": Text("升级包不适用于本机型", "The update package is for another model"),
    "package_version": Text("不允许换用此版本", "This version may not replace the one that runs"),
    "no_previous_version": Text("没有可退回的版本", "There is no earlier version to go back to"),
    "suspended": Text("终端已停用，请联系服务商", "Terminal is suspended, please contact the provider"),
    "wrong_part": Text("内有型号不符的部件，请送修", "It has a part of another model, please send it to repair"),
    "tampered": Text("终端已触发自毁，请送修", "Terminal is tampered, please send it to repair"),
    "cancelled": Text("交易已取消", "Cancelled"),
    "not_taken": Text("收银机未确认结果，交易已冲正", "The register did not take the result, reversed"),
    "card_removed": Text("卡片过早拔出，交易已冲正", "The card was removed too early, reversed"),
    "card_timeout": Text("等待超时，交易已取消", "Timed out waiting for the customer, cancelled"),
    "unknown_card": Text("读卡错误", "The card cannot be read"),
    "wrong_password": Text("密码错误", "Wrong password"),
    "wrong_operator": Text("无此操作员", "No such operator"),
    "locked_out": Text("密码错误次数过多，请主管解锁", "Too many wrong passwords, a supervisor must unlock"),
    "no_operator": Text("请操作员先签到", "An operator must sign on first"),
    "idle_locked": Text("键盘已锁，请操作员重新签到", "Keypad locked, the operator must sign on again"),
    "no_right": Text("操作员无此权限", "This operator has no right to do that"),
    "amount_not_confirmed": Text("金额未确认，交易已取消", "The amount was not confirmed, cancelled"),
    "card_misread": Text("读卡失败，请核对卡面方向", "The card cannot be read, check which way round it is"),
    "use_chip": Text("此卡有芯片，请插卡", "This card has a chip, please insert it"),
    "card_blocked": Text("卡片已锁定，请联系发卡行", "The card is blocked, please contact its issuer"),
    "application_blocked": Text("卡片应用已锁定，请联系发卡行", "The application is blocked, contact the issuer"),
    "no_application": Text("卡片与终端没有共同支持的应用", "Card and terminal have no application in common"),
    "card_error": Text("芯片读取失败", "The chip does not answer as it should"),
    "card_data_missing": Text("芯片数据不全，不能交易", "The chip lacks data, no transaction is possible"),
    "card_declined": Text("卡片拒绝交易", "The card declines"),
    "card_expired": Text("卡片已过期", "The card has expired"),
    "card_rejected": Text("主机已批准，卡片拒绝，交易已冲正", "Approved, but the card declines: reversed"),
    "card_failed": Text("主机已批准，卡片无应答，交易已冲正", "Approved, but the card no longer answers: reversed"),
    "card_removed_early": Text("卡片过早拔出，交易未发送", "The card was removed too early, nothing was sent"),
    "other_card": Text("不是刚才那张卡，交易已取消", "This is not the card of before, cancelled"),
    "use_insert": Text("请改用插卡", "Please insert the card instead"),
    "reader_in_use": Text("读卡器被其他程序占用", "Another program uses the card reader"),
    "no_reader": Text("没有可用的读卡器", "There is no card reader"),
    "reader_failed": Text("读卡器测试不合格", "The card reader failed its test"),
    "printer_fault": Text("打印机不能打印，请先处理", "The printer cannot print, please mend it first"),
    "no_printer": Text("本机没有打印机", "This terminal has no printer"),
    "faint_print": Text("字迹不清，请换色带或送修", "The print cannot be read: a new ribbon, or repair"),
    "code_differs": Text(
        "键入的数字与屏上不符，请先做键盘测试", "Not the digits that were shown; test the keypad first"
    ),
    "keypad_bad": Text("键盘测试不合格", "The keypad failed its test"),
    "portal_only": Text("请在服务商门户办理解绑", "Unbinding is done at the provider's portal"),
    "no_connection": Text("无法连接主机", "Cannot reach the host"),
    "connection_refused": Text("无法连接主机：主机拒绝连接", "Cannot reach the host: connection refused"),
    "network_unreachable": Text("无法连接主机：网络不可达", "Cannot reach the host: network unreachable"),
    "name_not_found": Text("无法连接主机：域名无法解析", "Cannot reach the host: its name cannot be resolved"),
    "connect_timeout": Text("无法连接主机：连接超时", "Cannot reach the host: connecting timed out"),
    "no_line": Text("无法连接主机：线路不通", "Cannot reach the host: there is no line"),
    "connect_reset": Text("无法连接主机：连接被重置", "Cannot reach the host: the connection was reset"),
    "tls_unknown_ca": Text("安全连接失败：证书不可信", "No secure connection: the certificate is not trusted"),
    "tls_expired": Text("安全连接失败：证书已过期", "No secure connection: the certificate has expired"),
    "tls_not_yet_valid": Text("安全连接失败：证书尚未生效", "No secure connection: the certificate is not valid yet"),
    "tls_wrong_name": Text("安全连接失败：证书与主机名不符", "No secure connection: the certificate has another name"),
    "tls_not_tls": Text("安全连接失败：主机未使用 TLS", "No secure connection: the host speaks no TLS"),
    "tls_handshake": Text("安全连接失败：握手失败", "No secure connection: the handshake failed"),
    "no_answer": Text("主机无应答", "No answer from the host"),
    "register_silent": Text(
        "收银机收到了请求，但没有说明结果", "The register took the request and did not say what became of it"
    ),
    "wrong_random": Text(
        "收银机的应答不是对本次请求的（随机数不符）", "The register's answer was to another request (random number)"
    ),
    "connection_lost": Text("连接中断", "The connection was cut"),
    "bad_reply_mac": Text("应答校验错", "The reply failed its MAC check"),
    "bad_reply": Text("应答内容错误", "The reply is not usable"),
    "bad_keys": Text("工作密钥错误，请重新签到", "The working keys are wrong, please sign in again"),
    "nothing_to_print": Text("无交易可打印", "There is nothing to print"),
    "self_test_failed": Text("自检失败", "Self-test failed"),
    "storage_full": Text("存储已满，请结算", "Storage is full, please settle"),
    "declined": Text("交易失败", "Transaction failed"),
    "bad_request": Text("请求参数错误", "Bad arguments"),
    "storage_fault": Text("存储故障，交易记录丢失，请勿收款", "Storage fault, records are lost, do not sell"),
    "backup_damaged": Text("备份已损坏，未恢复", "The backup is damaged, nothing was restored"),
    "backup_format": Text("备份格式版本不符，未恢复", "The backup has another format, nothing was restored"),
    "backup_foreign": Text("不是本机的备份，未恢复", "The backup is another terminal's, nothing was restored"),
    "backup_old": Text("备份早于当前批次，未恢复", "The backup is of an earlier batch, nothing was restored"),
    "backup_clear": Text("备份未加密，未恢复", "The backup is not encrypted, nothing was restored"),
    "list_foreign": Text("不是本机的主机流水", "The host's list is another terminal's"),
    "list_old": Text("主机流水与批次不符", "The host's list is not of this batch"),
    "no_card_data": Text(
        "补录的交易没有卡信息，请持卡退货", "No card data in a supplied entry, refund it with the card"
    ),
    "not_supported": Text("不支持的交易", "Not supported"),
    "mac_error": Text("校验错，请重新签到", "MAC check failed, please sign in again"),
    "pin_error": Text("校验错，请重新签到", "PIN check failed, please sign in again"),
    "wrong_pin": Text("密码错", "Wrong PIN"),
    "not_bound": Text("终端未登记，请联系收单行", "Terminal is not registered, please contact the acquirer"),
    "duplicate": Text("重复交易", "Duplicate transaction"),
    "review_pending": Text("商户资料审核中", "The application is still under review"),
    "application_incomplete": Text("申请资料不完整", "The application is incomplete"),
    "queued": Text("服务商正在处理，请稍后重试", "Queued at the provider, try again later"),
    "battery_low": Text("电量不足，请先充电", "The battery is low, please charge it first"),
    "no_reaction": Text("终端没有反应", "The terminal does not react"),
    "interrupted": Text("终端中断运行，结果未知", "The terminal was interrupted, the outcome is not known"),
    "done": Text("交易成功", "Approved"),
}

DIALLING = Text("正在拨号…", "Connecting ...")
SENDING = Text("正在发送，请稍候…", "Sending, please wait ...")
REVERSING = Text("正在冲正…", "Sending the reversal ...")
REVERSAL_FAILED = Text("冲正失败", "Reversal failed")
REVERSED = Text("冲正成功", "Reversed")
CHOOSE_ACCOUNT = Text("请选择商户：{rows}", "Choose the merchant account: {rows}")
PRESENT_CARD = Text("请刷卡、插卡或挥卡", "Please swipe, insert or tap the card")
ENTER_PIN = Text("请输入密码", "Please enter the PIN")
PIN_WRONG = Text("密码错，请重新输入", "Wrong PIN, please enter it again")
ENTER_OPERATOR = Text("请输入操作员号", "Please enter the operator number")
ENTER_OPERATOR_PASSWORD = Text("请输入操作员密码", "Please enter the operator's password")
TRIES_LEFT = Text("还可试 {count} 次", "{count} tries left")
CONFIRM_AMOUNT = Text("金额 {yuan} 元，确认请按确认键", "Amount {yuan} yuan, press ENTER to confirm")
SHOW_CODE: Text = Text("请出示付款码", "Show the payment code")
SWIPE_AGAIN = Text("读卡失败，请重新刷卡", "The card was not read, please present it again")
READ_ERRORS = Text(
    "{name}：读卡 {reads} 次，出错 {errors} 次（{low} % 至 {high} %）",
    "{name}: {reads} reads, {errors} errors ({low} % to {high} %)",
)
INSERT_INSTEAD = Text("请改用插卡", "Please insert the card instead")
CHOOSE_APPLICATION = Text("请选择应用：{rows}", "Choose the application: {rows}")
CARD_PIN_BLOCKED = Text("密码尝试次数已用完", "No PIN tries are left")
SWIPE_INSTEAD = Text("芯片读取失败，请改刷磁条", "The chip was not read, please swipe the card")
ENTER_AMOUNT = Text("请输入金额（分）", "Please enter the amount in fen")
ENTER_PASSWORD = Text("请输入主管密码", "Please enter the supervisor's password")
REMOVE_CARD = Text("请取卡", "Please remove the card")
SETTLE_SOON = Text("交易笔数接近上限，请尽快结算", "The batch is almost full, please settle soon")
UNBALANCED = Text("对账不平，上送明细", "Totals differ, uploading the details")
BALANCED = Text("对账平", "Totals agree")

BATTERY_LOW = Text("电量低，请充电", "Battery low, please charge")
BATTERY_STOP = Text("电量过低，暂停交易，请充电", "Battery too low for transactions, please charge")
BATTERY_EMPTY = Text("电量耗尽，即将关机", "Battery empty, switching off")

VERSION_NOW = Text("应用版本 {version}", "Application version {version}")
ROLLED_BACK = Text("新版本无法运行，已退回 {version}", "The new version does not run, back to {version}")

ON_BACKUP_LINE = Text("主线路不通，改用备用线路", "The line does not lead to the host, using the backup line")

LINK_REASONS: dict[str, Text] = {
    "refused": Text("主机拒绝连接", "The host refused the connection"),
    "unreachable": Text("网络不可达", "The network is unreachable"),
    "name-not-found": Text("域名无法解析", "The host name cannot be resolved"),
    "timeout": Text("连接超时", "Connecting timed out"),
    "reset": Text("连接被重置", "The connection was reset"),
    "no-line": Text("线路不通，请检查信号、SIM 卡与 APN", "No line: check signal, SIM card and access point"),
    "tls-unknown-ca": Text("主机证书不可信（CA 未知）", "The host's certificate is not trusted (unknown CA)"),
    "tls-expired": Text("主机证书已过期", "The host's certificate has expired"),
    "tls-not-yet-valid": Text(
        "主机证书尚未生效，请检查终端时钟", "The host's certificate is not valid yet; check the terminal's clock"
    ),
    "tls-wrong-name": Text("主机证书与主机名不符", "The host's certificate is for another name"),
    "tls-not-tls": Text("主机未使用 TLS", "The host speaks no TLS"),
    "tls-handshake": Text(
        "TLS 握手失败，主机可能要求终端证书", "TLS handshake failed; the host may want the terminal's certificate"
    ),
    "eof": Text("主机关闭了连接", "The host closed the connection"),
    "gone": Text("线路已断开", "The line is gone"),
    "local": Text("本机关闭了连接", "This side closed the connection"),
}

REFUND_UNRESOLVED = Text("退货结果未知，请与收单行核对", "Outcome of the refund unknown, clarify with the acquirer")
WITH_PEOPLE = Text("结果未知，已转人工处理", "Outcome unknown, handed to people")
