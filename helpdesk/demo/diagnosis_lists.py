"""Lists of usual diagnosis steps that the demo's agents can take over into a ticket."""

from __future__ import annotations

from tickets.consent import Item
from tickets.diagnosis import StepKind
from tickets.models import Category, DiagnosisTemplate, TemplateStep

# Per list: names, category, and its steps as (kind, supposed zh, en, to do zh, en, touches).
_LISTS = (
    (
        ("VPN 连不上或频繁断开", "VPN does not connect or drops"),
        "network_vpn",
        (
            (StepKind.SCREENING, "", "", "请用户换一个网络再试一次", "Ask the user to try another network", ()),
            (StepKind.TEST, "账号被锁定", "The account is locked", "查登录记录", "Look at the sign-in log", ()),
            (
                StepKind.TEST,
                "客户端版本太旧",
                "The client is too old",
                "远程查看客户端版本",
                "Look at the client's version remotely",
                (Item.VIEW_SCREEN,),
            ),
            (
                StepKind.CHANGE,
                "配置文件损坏",
                "The profile is broken",
                "重新导入配置文件",
                "Import the profile again",
                (Item.CONTROL, Item.CHANGE_DATA),
            ),
        ),
    ),
    (
        ("业务系统页面打不开", "A page of a business application does not open"),
        "business_apps",
        (
            (StepKind.SCREENING, "", "", "请用户换一个浏览器登录", "Ask the user to sign in with another browser", ()),
            (StepKind.TEST, "服务端故障", "The server fails", "用测试账号登录", "Sign in with the test account", ()),
            (
                StepKind.TEST,
                "浏览器缓存",
                "The browser's cache",
                "远程查看控制台报错",
                "Look at the console's errors remotely",
                (Item.VIEW_SCREEN,),
            ),
        ),
    ),
)


def establish() -> None:
    for (name_zh, name_en), code, steps in _LISTS:
        category = Category.objects.get(code=code)
        template = DiagnosisTemplate.objects.create(name_zh=name_zh, name_en=name_en, category=category)
        for position, (kind, supposed_zh, supposed_en, action_zh, action_en, touches) in enumerate(steps, 1):
            TemplateStep.objects.create(
                template=template,
                position=position,
                kind=kind,
                hypothesis_zh=supposed_zh,
                hypothesis_en=supposed_en,
                action_zh=action_zh,
                action_en=action_en,
                touches=[item.value for item in touches],
            )
