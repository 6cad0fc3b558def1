"""The columns of a table of assets, the names that people give them, and which heading is probably which."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import get_language, override

from assets.attributes import PREFIX
from assets.models import Asset, AssetAttribute
from helpdesk.common.bilingual import in_language

# In the order of the template. The words beside each are those of lists as people keep them.
FIELDS: dict[str, tuple[str, ...]] = {
    "tag": (
        "资产编号",
        "资产编码",
        "固定资产编号",
        "标签",
        "标签号",
        "编号",
        "tag",
        "asset",
        "asset id",
        "asset no",
        "asset number",
    ),
    "type": ("类型", "资产类型", "资产类别", "类别", "设备类型", "分类", "kind", "category", "asset type"),
    "name": ("名称", "资产名称", "设备名称", "asset name", "description"),
    "manufacturer": ("制造商", "厂商", "厂家", "生产厂家", "品牌", "brand", "maker", "make"),
    "model": ("型号", "规格型号", "设备型号", "规格", "model name", "model number"),
    "serial": ("序列号", "设备序列号", "出厂编号", "sn", "s n", "s/n", "serial", "serial no", "service tag"),
    "hostname": (
        "计算机名",
        "主机名",
        "电脑名",
        "计算机名称",
        "host name",
        "hostname",
        "host",
        "computer",
        "device name",
    ),
    "ip": ("ip", "ip地址", "ip 地址", "ip address"),
    "mac": ("mac", "mac地址", "mac 地址", "物理地址", "mac address"),
    "location": (
        "位置",
        "地点",
        "存放地点",
        "存放位置",
        "放置地点",
        "工位",
        "房间",
        "place",
        "location",
        "room",
        "seat",
        "site",
    ),
    "department": ("部门", "使用部门", "所属部门", "领用部门", "department", "dept", "cost centre"),
    "holder": (
        "使用人",
        "领用人",
        "使用者",
        "保管人",
        "责任人",
        "持有人",
        "user",
        "owner",
        "holder",
        "assigned to",
        "used by",
    ),
    "state": ("状态", "资产状态", "使用状态", "state", "status"),
    "lent_until_on": ("借用至", "归还日期", "借用到期", "应还日期", "lent until", "due back"),
    "vendor": ("供应商", "供货商", "经销商", "vendor", "supplier"),
    "contract": ("合同", "合同号", "合同编号", "contract", "contract number"),
    "warranty_until_on": (
        "保修到期",
        "保修到期日",
        "保修截止",
        "质保到期",
        "保修期至",
        "维保到期",
        "warranty",
        "warranty until",
        "warranty end",
    ),
    "purchased_on": (
        "采购日期",
        "购买日期",
        "购置日期",
        "入库日期",
        "purchased",
        "purchased on",
        "purchase date",
        "date of purchase",
    ),
    "order_number": ("订单号", "采购单号", "采购订单", "order", "order number", "po", "po number"),
    "price": ("价格", "单价", "金额", "原值", "采购价格", "price", "cost", "amount"),
    "notes": ("备注", "说明", "notes", "note", "remarks", "comment", "comments"),
}
_NOISE = re.compile(r"[\s_\-.:：/()（）*#]+")
Headings = dict[str, str]


@dataclass(frozen=True)
class Column:
    """`key` is a field of the asset, or `attributes.<code>`; `names` are all by which it is recognised."""

    key: str
    label: str
    names: frozenset[str]

    @property
    def attribute(self) -> str:
        """The code of the attribute; empty for a field."""
        return self.key.removeprefix(PREFIX) if self.key.startswith(PREFIX) else ""


def all_columns(attributes: Iterable[AssetAttribute]) -> dict[str, Column]:
    """Every column there can be, by key, the labels in the active language and each of them once."""
    found = {key: Column(key, _field_label(key), _field_names(key)) for key in FIELDS}
    by_code: dict[str, list[AssetAttribute]] = {}
    for attribute in attributes:
        by_code.setdefault(attribute.code, []).append(attribute)
    labels = {code: in_language(rows[0].name_zh, rows[0].name_en, get_language()) for code, rows in by_code.items()}
    taken = Counter([*(column.label for column in found.values()), *labels.values()])
    for code, rows in by_code.items():
        label = labels[code] if taken[labels[code]] == 1 else f"{labels[code]} ({code})"
        names = {label, code, *(row.name_zh for row in rows), *(row.name_en for row in rows)}
        found[PREFIX + code] = Column(PREFIX + code, label, frozenset(map(plain, filter(None, names))))
    return found


def guess_mapping(headings: Iterable[str], columns: Mapping[str, Column]) -> Headings:
    """Heading → key for the headings that are recognised, each key once: the first heading gets it."""
    keys: dict[str, str] = {}
    for column in columns.values():
        for name in column.names:
            keys.setdefault(name, column.key)
    by_label = {column.label: column.key for column in columns.values()}
    found: Headings = {}
    for heading in headings:
        key = by_label.get(heading) or keys.get(plain(heading), "")
        if key and key not in found.values():
            found[heading] = key
    return found


def plain(text: str) -> str:
    """A heading without what people write differently each time: width, case, blanks and joints."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())


def _field_label(key: str) -> str:
    field = Asset._meta.get_field(key)
    return capfirst(str(field.verbose_name))  # type: ignore[union-attr]  # none of them is a relation from elsewhere


def _field_names(key: str) -> frozenset[str]:
    names = {key, *FIELDS[key]}
    for language in ("zh-hans", "en"):
        with override(language):
            names.add(_field_label(key))
    return frozenset(map(plain, names))
