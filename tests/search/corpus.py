"""Two thousand texts as they reach a help desk in two languages, made up from our own words, and hard cases by hand."""

from __future__ import annotations

from random import Random

SIZE = 2_000

HARD = [
    "从中央到地方的保障房建设都要用这个系统",
    "中央空调控制电脑开不了机，央视频道也没有信号",
    "ＶＰＮ　连接失败，错误代码　８０９",
    "VPN，断线了；断线 VPN 也一样",
    "VPN断线",
    "Cannot compile the C# project; C++ works, F# too",
    "srv-042 at 10.2.0.4 is up, srv-0421 at 10.2.0.41 is not",
    "SRV_042/10.2.0.4:8080",
    "序列号 5CG0-12X9/77，旧的是 5CG0 12X9",
    "Ｏｕｔｌｏｏｋ客户端搜索不到上个月的邮件",
    "outlook 客户端",
    "profile_error, ERR_TIMED_OUT (0x80070005)",
    "“引号” 'quotes' \"double\" 「角括号」",
    "a AND b OR NOT c NEAR d*",
    "系统。统计",
    "㎏ ① ﬁle ½",
    "𠮷野家的收银机",
    "カメラが映らない、카메라 고장",
    "The dock 00e04c680001 isn't known, 1e5abc neither; 12e34xyz",
    "C680001 and 1E5, abc, 34xyz, xyz",
    "网",
    "x",
    "",
]
_PLACES = ["深圳办公室", "北门仓库", "实验楼三层", "财务室", "总部大楼", "A座12层", "Shenzhen成都机房", "会议室B5"]
_THINGS = [
    "打印机",
    "笔记本电脑",
    "财务系统",
    "报销系统",
    "考勤系统",
    "无线网络",
    "邮箱",
    "视频会议",
    "门禁",
    "投影仪",
    "扫描仪",
    "VPN",
    "Outlook",
    "Excel宏",
    "SAP客户端",
    "Windows更新",
    "保障房系统",
    "中央空调",
    "数据库",
    "共享盘",
]
_FAULTS = [
    "打不开",
    "连接不上",
    "卡纸",
    "白屏",
    "断线",
    "提示密码错误",
    "速度很慢",
    "无法登录",
    "搜索不到邮件",
    "闪退",
    "没有声音",
    "蓝屏",
    "证书过期",
    "无法打印",
    "timed_out",
    "报错0x80070005",
    "ERR_CONNECTION_RESET",
    "提示“许可证”无效",
]
_MORE = [
    "，重启以后还是一样",
    "，昨天下午开始的",
    "。同事的也不行",
    "；急用，下班前要交报表",
    "（只有我这台）",
    "，更新之后才出现",
    "，从中央仓库到地方分公司都这样",
    "。已经换过网线",
]
_ENGLISH = [
    "printer",
    "prints",
    "printing",
    "jam",
    "queue",
    "toner",
    "driver",
    "network",
    "cable",
    "slow",
    "slowly",
    "password",
    "reset",
    "expired",
    "certificate",
    "outlook",
    "search",
    "mailbox",
    "full",
    "laptop",
    "screen",
    "flickers",
    "docking",
    "station",
    "vpn",
    "drops",
    "every",
    "ten",
    "minutes",
    "cannot",
    "sign",
    "in",
    "after",
    "the",
    "update",
    "server",
    "does",
    "not",
    "answer",
    "backup",
    "failed",
    "disk",
    "space",
    "low",
    "export",
    "report",
    "invoice",
    "customs",
    "declaration",
    "c#",
    "build",
]


def texts(seed: int = 20417) -> list[str]:
    """The corpus, the same at every call."""
    random = Random(seed)
    found = list(HARD)
    while len(found) < SIZE:
        maker = random.choice((_chinese, _chinese, _english, _mixed))
        text = maker(random)
        found.append(_full_width(text) if random.random() < 0.05 else text)
    return found


def _device(random: Random) -> str:
    number = random.randrange(100, 1000)
    return random.choice(
        (
            f"PC-{number}",
            f"srv-{number:04}",
            f"10.{number % 7}.{number % 5}.{number % 250}",
            f"SN5CG{number}X{number % 9}",
        )
    )


def _chinese(random: Random) -> str:
    parts = [random.choice(_PLACES), "的", random.choice(_THINGS), random.choice(_FAULTS), random.choice(_MORE)]
    if random.random() < 0.4:
        parts.insert(3, _device(random))
    return "".join(parts)


def _english(random: Random) -> str:
    words = random.sample(_ENGLISH, random.randrange(4, 12))
    return " ".join(words) + random.choice((".", "!", f" ({_device(random)})", ", again"))


def _mixed(random: Random) -> str:
    return f"{_english(random)}：{_chinese(random)} {_device(random)}"


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
