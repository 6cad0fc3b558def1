"""What makes each copied demo ticket its own: names, places, sentences, devices. Deterministic by the given random."""

from __future__ import annotations

from random import Random

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
_GIVEN = "伟芳娜敏静秀丽强磊洋艳勇军杰娟涛明超霞平刚桂英华玉萍红玲辉鹏飞宇浩欣怡梓涵雨晨思远嘉佳俊文博子轩"
_FIRST = [
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Elena",
    "Felix",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Karim",
    "Laura",
    "Marco",
    "Nina",
    "Omar",
    "Paula",
    "Quentin",
    "Rosa",
    "Samir",
    "Tara",
]
_LAST = [
    "Adler",
    "Brown",
    "Costa",
    "Duarte",
    "Evans",
    "Fischer",
    "Garcia",
    "Hansen",
    "Ivanov",
    "Jensen",
    "Kaur",
    "Lopez",
    "Meyer",
    "Novak",
    "Okafor",
    "Petit",
    "Rossi",
]

_PLACES_ZH = (
    "A 座 3 层",
    "A 座 9 层",
    "A 座 12 层",
    "B 座 2 层",
    "B 座 5 层",
    "C 座 4 层",
    "深圳办公室",
    "成都办公室",
    "北门仓库",
    "实验楼",
)
_PLACES_EN = (
    "A block",
    "B block, floor 5",
    "C block",
    "Shenzhen office",
    "Chengdu office",
    "north warehouse",
    "lab building",
)
_DETAILS_ZH = (
    "设备编号 {asset}，昨天还是好的。",
    "旁边同事的电脑没有这个问题，我的编号是 {asset}。",
    "重启过两次，没有变化。设备 {asset}。",
    "今天下午 {hour} 点以后我都在座位上，可以随时联系。",
    "如果需要远程，请先打电话，我的电脑是 {asset}。",
    "这个月已经是第 {count} 次了，希望能彻底解决。",
    "影响了 {count} 位同事的工作，请尽快处理。",
    "附近 {count} 个工位都试过，情况一样。",
    "不着急，本周内处理就可以。设备 {asset}。",
    "上次处理的同事让我直接报编号：{asset}。",
)
_DETAILS_EN = (
    "The asset number is {asset}; it worked yesterday.",
    "My colleague next to me does not have this. Mine is {asset}.",
    "I restarted {asset} twice, nothing changed.",
    "I am at my desk after {hour}:00 today.",
    "This is the {count}. time this month.",
    "About {count} people are affected.",
    "It can wait until the end of the week. Asset {asset}.",
)


def person_name(random: Random) -> tuple[str, str]:
    """(name, language setting): mostly Chinese names, some of international staff."""
    if random.random() < 0.12:
        return f"{random.choice(_FIRST)} {random.choice(_LAST)}", "en"
    given = "".join(random.choice(_GIVEN) for _letter in range(random.choice((1, 2, 2))))
    return f"{random.choice(_SURNAMES)}{given}", ""


def asset(number: int) -> str:
    """The computer name that belongs to the ticket with this running number."""
    return f"PC-{number % 900_000 + 100_000}"


def vary(random: Random, subject: str, description: str, *, number: int) -> tuple[str, str]:
    """A subject with a place and a description with one sentence more, in the language of the original."""
    facts = {"asset": asset(number), "hour": random.randint(13, 17), "count": random.randint(2, 9)}
    if subject.isascii():
        return f"{subject} ({random.choice(_PLACES_EN)})", f"{description} {random.choice(_DETAILS_EN).format(**facts)}"
    return f"{subject}（{random.choice(_PLACES_ZH)}）", f"{description}{random.choice(_DETAILS_ZH).format(**facts)}"
