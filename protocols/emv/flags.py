"""AIP, TVR, TSI, AUC, terminal capabilities, TTQ and CTQ bit by bit.

EMV Book 3 Annex C (AIP, AUC, TVR, TSI), Book 4 Annex A (terminal capabilities), in version 4.4 with what earlier ones
called RFU; Visa's contactless specification and PBOC 3.0 (JR/T 0025) part 12 for TTQ and CTQ.  Issuer and terminal
action codes (9F0D to 9F0F, TAC) have the bits of the TVR.
"""

from __future__ import annotations

from .bits import Bits


class Aip(Bits, octets=2):
    """Application interchange profile, tag 82: what the card can do."""

    SDA = 1, 0x40, "支持静态数据认证 SDA", "Static Data Authentication (SDA) is supported"
    DDA = 1, 0x20, "支持动态数据认证 DDA", "Dynamic Data Authentication (DDA) is supported"
    CARDHOLDER_VERIFICATION = 1, 0x10, "支持持卡人验证", "Cardholder verification is supported"
    TERMINAL_RISK_MANAGEMENT = 1, 0x08, "须执行终端风险管理", "Terminal risk management is to be performed"
    ISSUER_AUTHENTICATION = 1, 0x04, "支持发卡行认证", "Issuer authentication is supported"
    ON_DEVICE_VERIFICATION = 1, 0x02, "支持设备上的持卡人验证", "On device cardholder verification is supported"
    CDA = (
        1,
        0x01,
        "支持复合动态数据认证 CDA",
        "Combined DDA/Application Cryptogram Generation (CDA) is supported",
    )
    CONTACTLESS_EMV = 2, 0x80, "支持非接触 EMV 模式", "Contactless EMV mode is supported"


class Tvr(Bits, octets=5):
    """Terminal verification results, tag 95: what the terminal found wrong."""

    ODA_NOT_PERFORMED = 1, 0x80, "未进行脱机数据认证", "Offline data authentication was not performed"
    SDA_FAILED = 1, 0x40, "静态数据认证 SDA 失败", "Static Data Authentication (SDA) failed"
    ICC_DATA_MISSING = 1, 0x20, "IC 卡数据缺失", "Integrated circuit card (ICC) data missing"
    ON_EXCEPTION_FILE = 1, 0x10, "卡片在终端异常文件（黑名单）中", "Card appears on terminal exception file"
    DDA_FAILED = 1, 0x08, "动态数据认证 DDA 失败", "Dynamic Data Authentication (DDA) failed"
    CDA_FAILED = 1, 0x04, "复合动态数据认证 CDA 失败", "Combined DDA/Application Cryptogram Generation (CDA) failed"
    SDA_SELECTED = 1, 0x02, "已选用 SDA", "Static Data Authentication (SDA) selected"
    XDA_SELECTED = 1, 0x01, "已选用 XDA", "Extended Data Authentication (XDA) selected"

    DIFFERENT_VERSIONS = 2, 0x80, "IC 卡和终端应用版本不一致", "ICC and terminal have different application versions"
    EXPIRED_APPLICATION = 2, 0x40, "应用已过期", "Expired application"
    NOT_YET_EFFECTIVE = 2, 0x20, "应用尚未生效", "Application not yet effective"
    SERVICE_NOT_ALLOWED = 2, 0x10, "卡片产品不允许所请求的服务", "Requested service not allowed for card product"
    NEW_CARD = 2, 0x08, "新卡", "New card"
    BIOMETRIC_SUCCESSFUL = 2, 0x02, "生物特征验证成功", "Biometric performed and successful"
    BIOMETRIC_TEMPLATE_UNSUPPORTED = 2, 0x01, "不支持生物特征模板格式", "Biometric template format not supported"

    CVM_FAILED = 3, 0x80, "持卡人验证失败", "Cardholder verification was not successful"
    UNKNOWN_CVM = 3, 0x40, "未知的 CVM", "Unrecognised CVM"
    PIN_TRIES_EXCEEDED = 3, 0x20, "PIN 尝试次数超限", "PIN Try Limit exceeded"
    PIN_PAD_MISSING = (
        3,
        0x10,
        "要求输入 PIN，但没有密码键盘或其工作不正常",
        "PIN entry required and PIN pad not present or not working",
    )
    PIN_NOT_ENTERED = (
        3,
        0x08,
        "要求输入 PIN，有密码键盘，但未输入 PIN",
        "PIN entry required, PIN pad present, but PIN was not entered",
    )
    ONLINE_CVM = 3, 0x04, "已输入联机 PIN", "Online CVM captured"
    BIOMETRIC_DEVICE_MISSING = (
        3,
        0x02,
        "要求生物特征，但采集设备不工作",
        "Biometric required but Biometric capture device not working",
    )
    BIOMETRIC_BYPASSED = (
        3,
        0x01,
        "要求生物特征，有采集设备，但被跳过",
        "Biometric required, Biometric capture device present, but Biometric Subtype entry was bypassed",
    )

    FLOOR_LIMIT_EXCEEDED = 4, 0x80, "交易超过最低限额", "Transaction exceeds floor limit"
    LOWER_LIMIT_EXCEEDED = 4, 0x40, "超过连续脱机交易下限", "Lower consecutive offline limit exceeded"
    UPPER_LIMIT_EXCEEDED = 4, 0x20, "超过连续脱机交易上限", "Upper consecutive offline limit exceeded"
    SELECTED_RANDOMLY = 4, 0x10, "交易被随机选择联机处理", "Transaction selected randomly for online processing"
    MERCHANT_FORCED_ONLINE = 4, 0x08, "商户要求联机交易", "Merchant forced transaction online"
    BIOMETRIC_TRIES_EXCEEDED = 4, 0x04, "生物特征尝试次数超限", "Biometric Try Limit exceeded"
    BIOMETRIC_TYPE_UNSUPPORTED = 4, 0x02, "不支持所选的生物特征类型", "A selected Biometric Type not supported"
    XDA_FAILED = 4, 0x01, "XDA 签名验证失败", "XDA signature verification failed"

    DEFAULT_TDOL_USED = 5, 0x80, "使用缺省 TDOL", "Default TDOL used"
    ISSUER_AUTHENTICATION_FAILED = 5, 0x40, "发卡行认证失败", "Issuer authentication failed"
    SCRIPT_FAILED_BEFORE_FINAL_AC = (
        5,
        0x20,
        "最后一次 GENERATE AC 之前脚本处理失败",
        "Script processing failed before final GENERATE AC",
    )
    SCRIPT_FAILED_AFTER_FINAL_AC = (
        5,
        0x10,
        "最后一次 GENERATE AC 之后脚本处理失败",
        "Script processing failed after final GENERATE AC",
    )
    CA_ECC_KEY_MISSING = 5, 0x08, "缺少 CA 的 ECC 公钥", "CA ECC key missing"
    ECC_KEY_RECOVERY_FAILED = 5, 0x04, "ECC 公钥恢复失败", "ECC key recovery failed"
    CONTACTLESS_RESERVED = (
        5,
        0x02,
        "为 EMV 非接触规范保留",
        "Reserved for use by the EMV Contactless Specifications",
    )


class Tsi(Bits, octets=2):
    """Transaction status information, tag 9B: what the terminal has done."""

    ODA = 1, 0x80, "已进行脱机数据认证", "Offline data authentication was performed"
    CARDHOLDER_VERIFICATION = 1, 0x40, "已进行持卡人验证", "Cardholder verification was performed"
    CARD_RISK_MANAGEMENT = 1, 0x20, "已进行卡片风险管理", "Card risk management was performed"
    ISSUER_AUTHENTICATION = 1, 0x10, "已进行发卡行认证", "Issuer authentication was performed"
    TERMINAL_RISK_MANAGEMENT = 1, 0x08, "已进行终端风险管理", "Terminal risk management was performed"
    SCRIPT_PROCESSING = 1, 0x04, "已进行脚本处理", "Script processing was performed"


class Auc(Bits, octets=2):
    """Application usage control, tag 9F07: where the card may be used."""

    DOMESTIC_CASH = 1, 0x80, "国内现金交易有效", "Valid for domestic cash transactions"
    INTERNATIONAL_CASH = 1, 0x40, "国际现金交易有效", "Valid for international cash transactions"
    DOMESTIC_GOODS = 1, 0x20, "国内商品有效", "Valid for domestic goods"
    INTERNATIONAL_GOODS = 1, 0x10, "国际商品有效", "Valid for international goods"
    DOMESTIC_SERVICES = 1, 0x08, "国内服务有效", "Valid for domestic services"
    INTERNATIONAL_SERVICES = 1, 0x04, "国际服务有效", "Valid for international services"
    AT_ATM = 1, 0x02, "ATM 有效", "Valid at ATMs"
    NOT_AT_ATM = 1, 0x01, "除 ATM 外的终端有效", "Valid at terminals other than ATMs"
    DOMESTIC_CASHBACK = 2, 0x80, "允许国内返现", "Domestic cashback allowed"
    INTERNATIONAL_CASHBACK = 2, 0x40, "允许国际返现", "International cashback allowed"


class TerminalCapabilities(Bits, octets=3):
    """Terminal capabilities, tag 9F33."""

    MANUAL_ENTRY = 1, 0x80, "手工键盘输入", "Manual key entry"
    MAGNETIC_STRIPE = 1, 0x40, "磁条", "Magnetic stripe"
    IC_WITH_CONTACTS = 1, 0x20, "接触式 IC 卡", "IC with contacts"
    OFFLINE_PLAINTEXT_PIN = 2, 0x80, "IC 卡明文 PIN 验证", "Plaintext PIN for ICC verification"
    ONLINE_PIN = 2, 0x40, "联机加密 PIN 验证", "Enciphered PIN for online verification"
    SIGNATURE = 2, 0x20, "签名（纸）", "Signature"
    OFFLINE_ENCIPHERED_PIN = 2, 0x10, "脱机加密 PIN 验证", "Enciphered PIN for offline verification (RSA ODE)"
    NO_CVM = 2, 0x08, "无需 CVM", "No CVM required"
    ONLINE_BIOMETRIC = 2, 0x04, "联机生物特征", "Online biometric"
    OFFLINE_BIOMETRIC = 2, 0x02, "脱机生物特征", "Offline biometric"
    DOCUMENT_OR_ECC_PIN = (
        2,
        0x01,
        "持卡人证件验证（PBOC）；EMV 4.4 为 ECC 脱机加密 PIN",
        "Cardholder's document (PBOC); EMV 4.4: Enciphered PIN for offline verification (ECC ODE)",
    )
    SDA = 3, 0x80, "静态数据认证 SDA", "Static Data Authentication (SDA)"
    DDA = 3, 0x40, "动态数据认证 DDA", "Dynamic Data Authentication (DDA)"
    CARD_CAPTURE = 3, 0x20, "吞卡", "Card capture"
    CDA = 3, 0x08, "复合动态数据认证 CDA", "Combined DDA/Application Cryptogram Generation (CDA)"
    XDA = 3, 0x04, "扩展数据认证 XDA", "Extended Data Authentication (XDA)"


class AdditionalCapabilities(Bits, octets=5):
    """Additional terminal capabilities, tag 9F40."""

    CASH = 1, 0x80, "现金", "Cash"
    GOODS = 1, 0x40, "商品", "Goods"
    SERVICES = 1, 0x20, "服务", "Services"
    CASHBACK = 1, 0x10, "返现", "Cashback"
    INQUIRY = 1, 0x08, "查询", "Inquiry"
    TRANSFER = 1, 0x04, "转账", "Transfer"
    PAYMENT = 1, 0x02, "付款", "Payment"
    ADMINISTRATIVE = 1, 0x01, "管理", "Administrative"
    CASH_DEPOSIT = 2, 0x80, "存款", "Cash deposit"
    NUMERIC_KEYS = 3, 0x80, "数字键", "Numeric keys"
    ALPHABETIC_KEYS = 3, 0x40, "字母和特殊字符键", "Alphabetic and special characters keys"
    COMMAND_KEYS = 3, 0x20, "命令键", "Command keys"
    FUNCTION_KEYS = 3, 0x10, "功能键", "Function keys"
    PRINT_ATTENDANT = 4, 0x80, "打印（服务员）", "Print or electronic, attendant"
    PRINT_CARDHOLDER = 4, 0x40, "打印（持卡人）", "Print or electronic, cardholder"
    DISPLAY_ATTENDANT = 4, 0x20, "显示（服务员）", "Display, attendant"
    DISPLAY_CARDHOLDER = 4, 0x10, "显示（持卡人）", "Display, cardholder"
    CODE_TABLE_10 = 4, 0x02, "代码表 10", "Code table 10"
    CODE_TABLE_9 = 4, 0x01, "代码表 9", "Code table 9"
    CODE_TABLE_8 = 5, 0x80, "代码表 8", "Code table 8"
    CODE_TABLE_7 = 5, 0x40, "代码表 7", "Code table 7"
    CODE_TABLE_6 = 5, 0x20, "代码表 6", "Code table 6"
    CODE_TABLE_5 = 5, 0x10, "代码表 5", "Code table 5"
    CODE_TABLE_4 = 5, 0x08, "代码表 4", "Code table 4"
    CODE_TABLE_3 = 5, 0x04, "代码表 3", "Code table 3"
    CODE_TABLE_2 = 5, 0x02, "代码表 2", "Code table 2"
    CODE_TABLE_1 = 5, 0x01, "代码表 1", "Code table 1"


class Ttq(Bits, octets=4):
    """Terminal transaction qualifiers, tag 9F66: what a contactless terminal can do and wants."""

    MAGNETIC_STRIPE_MODE = 1, 0x80, "支持非接触磁条（MSD）", "Mag-stripe mode supported"
    CONTACTLESS_PBOC = 1, 0x40, "支持非接触 PBOC", "Contactless PBOC (VSDC) supported"
    QPBOC = 1, 0x20, "支持 qPBOC（EMV 模式）", "EMV mode supported"
    CONTACT_CHIP = 1, 0x10, "支持接触式芯片", "EMV contact chip supported"
    OFFLINE_ONLY = 1, 0x08, "终端仅支持脱机", "Offline-only reader"
    ONLINE_PIN = 1, 0x04, "支持联机 PIN", "Online PIN supported"
    SIGNATURE = 1, 0x02, "支持签名", "Signature supported"
    ODA_FOR_ONLINE = (
        1,
        0x01,
        "联机授权时支持脱机数据认证",
        "Offline Data Authentication for Online Authorizations supported",
    )
    ONLINE_CRYPTOGRAM_REQUIRED = 2, 0x80, "要求联机密文", "Online cryptogram required"
    CVM_REQUIRED = 2, 0x40, "要求 CVM", "CVM required"
    OFFLINE_PIN = 2, 0x20, "支持（接触式芯片）脱机 PIN", "(Contact Chip) Offline PIN supported"
    ISSUER_UPDATE = 3, 0x80, "支持发卡行更新处理", "Issuer Update Processing supported"
    CONSUMER_DEVICE_CVM = 3, 0x40, "支持持卡人设备上的 CVM", "Consumer Device CVM supported"
    FDDA_V1 = 4, 0x80, "支持 fDDA 版本 1", "fDDA v1.0 Supported"


class Ctq(Bits, octets=2):
    """Card transaction qualifiers, tag 9F6C: what a contactless card wants."""

    ONLINE_PIN_REQUIRED = 1, 0x80, "需要联机 PIN", "Online PIN required"
    SIGNATURE_REQUIRED = 1, 0x40, "需要签名", "Signature required"
    ONLINE_IF_ODA_FAILS = (
        1,
        0x20,
        "脱机数据认证失败且终端可联机时联机",
        "Go online if offline data authentication fails and the reader is online capable",
    )
    CONTACT_IF_ODA_FAILS = (
        1,
        0x10,
        "脱机数据认证失败且终端支持接触时改用接触界面",
        "Switch interface if offline data authentication fails and the reader supports contact chip",
    )
    ONLINE_IF_EXPIRED = 1, 0x08, "应用过期时联机", "Go online if the application has expired"
    CONTACT_FOR_CASH = 1, 0x04, "现金交易改用接触界面", "Switch interface for cash transactions"
    CONTACT_FOR_CASHBACK = 1, 0x02, "返现交易改用接触界面", "Switch interface for cashback transactions"
    CONSUMER_DEVICE_CVM_PERFORMED = 2, 0x80, "已在持卡人设备上验证", "Consumer Device CVM performed"
    ISSUER_UPDATE = 2, 0x40, "卡片支持在 POS 进行发卡行更新", "Card supports Issuer Update Processing at the POS"
