"""The catalogue a new installation starts with: M2's services, kinds, waiting reasons, outcomes, the matrix."""

from django.db import migrations

from tickets.priority import Impact, Urgency, default_priority

KINDS = [
    ("incident", "故障", "Incident"),
    ("request", "服务请求", "Service request"),
    ("question", "咨询", "Question"),
    ("security", "信息安全", "Security"),
]
WAITING = [
    ("user", "等待用户", "Waiting for user", "user"),
    ("vendor", "等待厂商", "With vendor", "vendor"),
    ("approval", "等待审批", "Waiting for approval", "approval"),
    ("parts", "等待备件", "Waiting for parts", "parts"),
    ("scheduled", "已约定时间", "Scheduled", "scheduled"),
]
OUTCOMES = [
    ("solved", "已解决", "Solved", False),
    ("workaround", "提供替代办法", "Workaround provided", True),
    ("request_fulfilled", "已办理", "Request fulfilled", False),
    ("answered", "已答复", "Question answered", False),
    ("not_reproducible", "无法重现", "Could not be reproduced", False),
    ("declined", "不予办理", "Declined", False),
    ("duplicate", "重复工单", "Duplicate", False),
]
# code, parent, zh, en, hint zh, hint en, icon
CATEGORIES = [
    ("desktop", None, "电脑与外设", "Computers and devices", "开不了机、变慢、显示器、键鼠", "Will not start, slow, screen, mouse", "laptop"),
    ("desktop_pc", "desktop", "台式机", "Desktop PC", "", "", ""),
    ("desktop_laptop", "desktop", "笔记本电脑", "Laptop", "", "", ""),
    ("desktop_peripheral", "desktop", "显示器与外设", "Screens and peripherals", "", "", ""),
    ("printing", None, "打印与扫描", "Printing and scanning", "卡纸、驱动、加碳粉", "Jams, drivers, toner", "print"),
    ("software", None, "操作系统与办公软件", "Operating system and office software", "安装、设置、报错", "Install, set up, errors", "grid"),
    ("software_os", "software", "操作系统", "Operating system", "", "", ""),
    ("software_office", "software", "办公软件", "Office software", "", "", ""),
    ("network", None, "网络与无线", "Network and Wi-Fi", "连不上网、VPN、会议室网络", "No connection, VPN, meeting rooms", "wifi"),
    ("network_wired", "network", "有线网络", "Wired network", "", "", ""),
    ("network_wifi", "network", "无线网络", "Wi-Fi", "", "", ""),
    ("network_vpn", "network", "VPN 与远程接入", "VPN and remote access", "", "", ""),
    ("email", None, "电子邮件", "E-mail", "收发邮件、日历、邮箱空间", "Sending, calendar, mailbox size", "mail"),
    ("business_apps", None, "业务系统", "Business applications", "财务、人事、采购等系统", "Finance, HR, purchasing", "board"),
    ("business_finance", "business_apps", "财务系统", "Finance system", "", "", ""),
    ("business_hr", "business_apps", "人事系统", "HR system", "", "", ""),
    ("accounts", None, "账号与密码", "Accounts and passwords", "忘记密码、权限申请、被锁定", "Forgot it, need access, locked out", "key"),
    ("assets", None, "软硬件资产", "Hardware and software assets", "领用、归还、登记", "Hand-out, return, registration", "flag"),
    ("security", None, "信息安全", "Information security", "可疑邮件、病毒、数据泄露", "Suspicious mail, malware, data leak", "shield"),
    ("consulting", None, "IT 咨询", "IT consulting", "选型、方案、使用建议", "Advice on products and usage", "book"),
]


def fill(apps, schema_editor):
    def put(model, rows):
        apps.get_model("tickets", model).objects.bulk_create(rows)

    models = {name: apps.get_model("tickets", name) for name in ("RequestKind", "WaitingReason", "Outcome", "Category", "PriorityCell", "NumberCounter")}
    put("RequestKind", [models["RequestKind"](code=c, name_zh=zh, name_en=en, position=10 * i) for i, (c, zh, en) in enumerate(KINDS, 1)])
    put("WaitingReason", [models["WaitingReason"](code=c, name_zh=zh, name_en=en, waits_for=w, position=10 * i) for i, (c, zh, en, w) in enumerate(WAITING, 1)])
    put("Outcome", [models["Outcome"](code=c, name_zh=zh, name_en=en, is_workaround=w, position=10 * i) for i, (c, zh, en, w) in enumerate(OUTCOMES, 1)])
    put("PriorityCell", [models["PriorityCell"](impact=i, urgency=u, priority=default_priority(i, u)) for i in Impact for u in Urgency])
    put("NumberCounter", [models["NumberCounter"](name="ticket", value=0)])
    by_code = {}
    for position, (code, parent, zh, en, hint_zh, hint_en, icon) in enumerate(CATEGORIES, 1):
        above = by_code.get(parent)
        node = models["Category"].objects.create(
            code=code, parent=above, name_zh=zh, name_en=en, hint_zh=hint_zh, hint_en=hint_en, icon=icon, position=10 * position
        )
        node.path = f"{above.path if above else '/'}{node.pk:06d}/"
        node.save(update_fields=["path"])
        by_code[code] = node


class Migration(migrations.Migration):
    dependencies = [("tickets", "0002_append_only")]
    # Nothing to undo: going back removes the tables themselves.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
