"""The demo's imports of assets: one that was written, and one whose errors somebody still has to mend."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import translation

from assets.models import ImportJob
from assets.services.importing.jobs import bring_table, write_import
from helpdesk.accounts.models import User
from helpdesk.demo.cast import Cast

WRITTEN = """资产编号,采购单号,价格,财务编码
PC-20417,PO-2025-0117,12800,F-1001
PC-20421,PO-2025-0117,12800,F-1002
MO-40101,PO-2025-0212,3299,F-1003
MO-40102,PO-2025-0212,3299,F-1004
PRJ-0003,PO-2024-0088,4650,F-1005
"""
REFUSED = """资产编号,类型,品牌,型号,序列号,使用人,采购日期,状态
LT-21201,笔记本电脑,联想,ThinkPad T14 Gen 5,PF5A1B2C,wufan,2026/10/12,在用
LT-21202,笔记本电脑,联想,ThinkPad T14 Gen 5,PF5A1B2D,张三丰,2026/10/12,在用
LT-21203,平板,联想,Tab P12,HA1X9K2M,,10/11/2026,在库
LT-21201,笔记本电脑,联想,ThinkPad T14 Gen 5,PF5A1B2E,,2026/10/12,闲置中
"""


def establish(*, cast: Cast, at: datetime) -> None:
    """Files as a spreadsheet on Chinese Windows saves them."""
    with translation.override("zh-hans"):
        job = _bring("办公设备采购信息.csv", WRITTEN, cast["agent"], at - timedelta(days=2, hours=3))
        write_import(job_id=job.pk, actor=cast["agent"], at=at - timedelta(days=2, hours=3) + timedelta(minutes=4))
        _bring("新到笔记本.csv", REFUSED, cast["lead"], at - timedelta(hours=5))


def _bring(name: str, text: str, actor: User, at: datetime) -> ImportJob:
    return bring_table(name=name, chunks=[text.encode("gbk")], mapping=None, actor=actor, at=at)
