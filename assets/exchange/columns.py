"""The columns of a table of assets, the names that people give them, and which heading is probably which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import get_language, override

from assets.attributes import PREFIX
from assets.models import Asset, AssetAttribute
from helpdesk.common.bilingual import in_language
from helpdesk.common.unicode_forms import normal_form

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
    "manufacturer": ("制造商", "生产商", "生产厂商", "生产厂家", "厂家", "品牌", "brand", "maker", "make"),
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
    "vendor": ("厂商", "供应商", "供货商", "经销商", "vendor", "supplier"),
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
LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True)
class Column:
    """`key` is a field of the asset, or `attributes.<code>`; `names` are all by which it is recognised, and no other is."""

    key: str
    label: str
    names: frozenset[str]

    @property
    def attribute(self) -> str:
        """The code of the attribute; empty for a field."""
        return self.key.removeprefix(PREFIX) if self.key.startswith(PREFIX) else ""


def all_columns(attributes: Sequence[AssetAttribute]) -> dict[str, Column]:
    """Every column there can be, by key, the labels in the active language. No name stands at two of them.

    A name belongs to the column that has it as its label in any language, else to the field that knows it, else to the
    attribute that alone is called so: which heading means what doesn't depend on who reads it.
    """
    labels = {key: _field_labels(key) for key in FIELDS}
    labels |= _attribute_labels(attributes, beside=labels.values())
    owners = {plain(label): key for key, found in labels.items() for label in found.values()}
    for key, words in FIELDS.items():
        for name in (key, *words):
            owners.setdefault(plain(name), key)
    for name, keys in _attribute_names(attributes).items():
        if len(keys) == 1:
            owners.setdefault(name, *keys)
    names: dict[str, set[str]] = {key: set() for key in labels}
    for name, key in owners.items():
        names[key].add(name)
    language = _language()
    return {key: Column(key, found[language], frozenset(names[key])) for key, found in labels.items()}


def guess_mapping(headings: Iterable[str], columns: Mapping[str, Column]) -> Headings:
    """Heading → key for the headings that are recognised, each key once: the first heading gets it."""
    keys = {name: column.key for column in columns.values() for name in column.names}
    found: Headings = {}
    for heading in headings:
        key = keys.get(plain(heading), "")
        if key and key not in found.values():
            found[heading] = key
    return found


def plain(text: str) -> str:
    """A heading without what people write differently each time: width, case, blanks and joints."""
    return _NOISE.sub("", normal_form("NFKC", text).casefold())


def _language() -> str:
    return "zh-hans" if (get_language() or "zh").startswith("zh") else "en"


def _field_labels(key: str) -> dict[str, str]:
    """What pages call the field, by language."""
    field = Asset._meta.get_field(key)
    found = {}
    for language in LANGUAGES:
        with override(language):
            found[language] = capfirst(str(field.verbose_name))  # type: ignore[union-attr]  # none comes from elsewhere
    return found


def _attribute_labels(
    attributes: Sequence[AssetAttribute], *, beside: Iterable[dict[str, str]]
) -> dict[str, dict[str, str]]:
    """The name of each attribute by language, with its code where something else is called so in some language."""
    first: dict[str, AssetAttribute] = {}
    for row in attributes:
        first.setdefault(row.code, row)
    labels = {
        code: {language: in_language(row.name_zh, row.name_en, language) for language in LANGUAGES}
        for code, row in first.items()
    }
    taken: Counter[str] = Counter()
    for found in (*beside, *labels.values()):
        taken.update({plain(label) for label in found.values()})
    return {
        PREFIX + code: {
            language: label if taken[plain(label)] == 1 else f"{label} ({code})" for language, label in found.items()
        }
        for code, found in labels.items()
    }


def _attribute_names(attributes: Sequence[AssetAttribute]) -> dict[str, set[str]]:
    """By name, the keys of all attributes that are called so, in whichever type."""
    found: dict[str, set[str]] = {}
    for row in attributes:
        for name in filter(None, (row.code, row.name_zh, row.name_en)):
            found.setdefault(plain(name), set()).add(PREFIX + row.code)
    return found
