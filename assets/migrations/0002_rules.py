"""What the database itself sees to for assets, and the types that a new installation starts with."""

from django.db import migrations

from assets.search import TOKENS
from helpdesk.common.append_only import append_only

# code, Chinese, English, is it software, its attributes (code, kind, Chinese, English, choices)
_COMPUTER = (
    ("cpu", "text", "处理器", "Processor", ""),
    ("memory_gb", "number", "内存（GB）", "Memory (GB)", ""),
    ("disk_gb", "number", "硬盘（GB）", "Disk (GB)", ""),
    ("system", "choice", "操作系统", "Operating system", "windows | Windows | Windows\nmacos | macOS | macOS\nlinux | Linux | Linux\nother | 其他 | Other"),
)
TYPES = (
    ("laptop", "笔记本电脑", "Laptop", False, _COMPUTER),
    ("desktop", "台式电脑", "Desktop computer", False, _COMPUTER),
    ("monitor", "显示器", "Monitor", False, (("inches", "number", "尺寸（英寸）", "Size (inches)", ""),)),
    ("printer", "打印机", "Printer", False, (("colour", "yes_no", "彩色打印", "Prints in colour", ""),)),
    ("phone", "手机", "Mobile phone", False, (("imei", "text", "IMEI", "IMEI", ""),)),
    ("network", "网络设备", "Network device", False, (("ports", "number", "端口数", "Ports", ""),)),
    ("server", "服务器", "Server", False, _COMPUTER),
    ("accessory", "配件", "Accessory", False, ()),
    ("software", "软件", "Software", True, (("edition", "text", "版本", "Edition", ""),)),
)


def add_types(apps, schema_editor):
    """What most organisations have; administrators add, change and retire."""
    kinds, attributes = apps.get_model("assets", "AssetType"), apps.get_model("assets", "AssetAttribute")
    for position, (code, zh, en, is_software, fields) in enumerate(TYPES):
        kind = kinds.objects.create(code=code, name_zh=zh, name_en=en, is_software=is_software, position=position)
        for place, (name, form, name_zh, name_en, choices) in enumerate(fields):
            attributes.objects.create(
                type=kind, code=name, kind=form, name_zh=name_zh, name_en=name_en, choices=choices, position=place
            )


# What was answered stays so; words that somebody wrote may still have to be erased.
_CHANGED = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in ("state", "kind", "person_id", "asset_id", "answered_at"))
_WHEN = f"OLD.state <> 'offered' AND ({_CHANGED})"
CUSTODY_POSTGRES = f"""
CREATE TRIGGER assets_custodyact_final BEFORE UPDATE ON assets_custodyact
  FOR EACH ROW WHEN ({_WHEN}) EXECUTE FUNCTION refuse_audit_change();
"""
CUSTODY_SQLITE = f"""
CREATE TRIGGER assets_custodyact_final BEFORE UPDATE ON assets_custodyact WHEN {_WHEN}
BEGIN SELECT RAISE(ABORT, 'an answered hand-out does not change'); END;
"""


def freeze_custody(apps, schema_editor):
    schema_editor.execute(CUSTODY_POSTGRES if schema_editor.connection.vendor == "postgresql" else CUSTODY_SQLITE)


def thaw_custody(apps, schema_editor):
    where = " ON assets_custodyact" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute("DROP TRIGGER IF EXISTS assets_custodyact_final" + where)


class Migration(migrations.Migration):
    # A database made before has it already.
    replaces = [("assets", "0002_register")]
    dependencies = [("assets", "0001_tables")]
    operations = [
        migrations.RunPython(TOKENS.add_index, TOKENS.remove_index, elidable=False),
        append_only("assets_assetevent"),
        append_only("assets_licenceevent"),
        migrations.RunPython(freeze_custody, thaw_custody, elidable=False),
        migrations.RunPython(add_types, migrations.RunPython.noop, elidable=False),
    ]
