"""The words of the demo's articles: symptom, cause, solution and advice in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Words:
    """One language of an article."""

    title: str
    symptom: str = ""
    cause: str = ""
    solution: str = ""
    advice: str = ""

    def as_fields(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("title", "symptom", "cause", "solution", "advice")}


@dataclass(frozen=True)
class Told:
    """An article, its topic by English name, and how far it has come: draft, review, published, retired.

    `days` ago it was written; `check_in` days from now it is due. `revised` is a later English solution that leaves the
    Chinese text behind; `redraft` one that is still a draft.
    """

    zh: Words
    topic: str
    en: Words | None = None
    state: str = "published"
    author: str = "agent"
    days: int = 60
    applies_to: tuple[str, ...] = ()
    audience: str = "public"
    check_in: int | None = None
    revised: str = ""
    redraft: str = ""
    helped: tuple[str, ...] = ()
    unhelped: tuple[tuple[str, str, str], ...] = field(default=())


ARTICLES = (
    Told(
        zh=Words(
            "VPN 连不上，提示“证书无效”",
            "在家或出差时打开 VPN 客户端，点“连接”后几秒就断开，提示“证书无效”或“证书已过期”。",
            "VPN 证书每年更换一次。电脑连续几周没有连过公司网络，就没有收到新证书。",
            "1. 退出 VPN 客户端：右键点击任务栏右下角的盾牌图标，选“退出”。\n"
            "2. 打开“软件中心”，找到“公司网络证书”，点“修复”。\n"
            "3. 等待约一分钟，看到“已安装”。\n"
            "4. 重新打开 VPN 客户端并连接。",
            "每月至少连接一次公司网络，证书会自动更新。",
        ),
        en=Words(
            "VPN does not connect: “certificate is not valid”",
            "You open the VPN client at home or on a journey. It disconnects after a few seconds and says that the "
            "certificate is not valid or has expired.",
            "The VPN certificate is renewed once a year. A computer that has not been in the company network for weeks "
            "has not received the new one.",
            "1. Quit the VPN client: right-click the shield in the corner of the task bar, then **Quit**.\n"
            "2. Open **Software Center**, find “Company network certificate”, and choose **Repair**.\n"
            "3. Wait about a minute until it says “Installed”.\n"
            "4. Open the VPN client again and connect.",
            "Connect at least once a month: the certificate then renews itself.",
        ),
        topic="Network and remote access",
        applies_to=("VPN 客户端 5", "Windows 11"),
        helped=("requester", "xulan", "chenxi"),
        check_in=120,
    ),
    Told(
        zh=Words(
            "打印机显示“脱机”，打不出来",
            "点了打印没有反应，打印机图标是灰色的，显示“脱机”。",
            "打印机休眠后，电脑没有重新找到它；或者打印机的网线松了。",
            "1. 看打印机屏幕：如果有红灯或提示缺纸、缺粉，先处理。\n"
            "2. 关闭打印机电源，等十秒再打开。\n"
            "3. 在电脑上打开“设置 → 打印机”，选中这台打印机，取消“脱机使用打印机”。\n"
            "4. 再打印一页试试。",
            "同层的另一台打印机也可以用，打印时选它的名字即可。",
        ),
        en=Words(
            "The printer is “offline” and prints nothing",
            "You choose print and nothing happens. The icon of the printer is grey and says “offline”.",
            "The computer did not find the printer again after it slept, or its network cable is loose.",
            "1. Look at the printer: a red light, no paper or no toner comes first.\n"
            "2. Switch it off, wait ten seconds, switch it on.\n"
            "3. On the computer open **Settings → Printers**, choose the printer, and clear **Use printer offline**.\n"
            "4. Print one page to try it.",
            "You can print on the other printer of your floor, too: choose its name when you print.",
        ),
        topic="Printing and meeting rooms",
        author="songjia",
        applies_to=("HP LaserJet M404", "HP LaserJet M507"),
        helped=("requester", "liujia", "sunyue", "wufan"),
        unhelped=(("guotao", "did_not_work", "第三步没有“脱机使用打印机”这个选项"),),
        check_in=-4,
    ),
    Told(
        zh=Words(
            "忘记开机密码或密码过期",
            "登录电脑时提示密码不正确，或要求更换密码但换不了。",
            "密码每 180 天过期；连续输错五次，账号会锁定 15 分钟。",
            "1. 用手机打开 [自助改密页面](https://password.example)。\n"
            "2. 输入用户名，选择短信验证。\n"
            "3. 设置新密码：至少 12 位，包含字母和数字，不能与最近五次相同。\n"
            "4. 等两分钟，用新密码登录电脑；在家请先连 VPN。",
            "改密码后，手机里的邮箱和 Wi-Fi 也要换成新密码，否则账号会再次锁定。",
        ),
        en=Words(
            "Forgotten or expired password",
            "The computer says that the password is wrong, or wants a new one and does not take it.",
            "Passwords expire after 180 days. After five wrong ones the account is locked for 15 minutes.",
            "1. Open the [password page](https://password.example) on your phone.\n"
            "2. Type your user name and choose the text message.\n"
            "3. Set a new password: at least 12 characters with letters and digits, none of your last five.\n"
            "4. Wait two minutes and sign in; at home connect the VPN first.",
            "Change it in the mail and Wi-Fi of your phone as well, or the account locks again.",
        ),
        topic="Accounts and passwords",
        helped=("requester", "requester2", "hejing", "linke"),
        check_in=60,
    ),
    Told(
        zh=Words(
            "邮箱已满，收不到邮件",
            "Outlook 提示“邮箱已满”，别人发给您的邮件被退回。",
            "每个邮箱 20 GB。带大附件的邮件和“已删除”文件夹也算在内。",
            "1. 在 Outlook 里清空“已删除邮件”。\n"
            "2. 按大小排序，把大附件存到网盘后删除邮件。\n"
            "3. 打开“文件 → 清理工具 → 存档”，把一年前的邮件存档。",
            "大文件请发网盘链接，不要直接发附件。",
        ),
        en=Words(
            "Your mailbox is full",
            "Outlook says that the mailbox is full, and mails to you come back.",
            "A mailbox holds 20 GB. Large attachments and the folder “Deleted items” count, too.",
            "1. Empty **Deleted items** in Outlook.\n"
            "2. Sort by size; save large attachments to your drive and delete the mails.\n"
            "3. Open **File → Tools → Archive** and archive what is older than a year.",
            "Send a link to a file on the drive instead of a large attachment.",
        ),
        topic="E-mail",
        applies_to=("Outlook 2021", "Microsoft 365"),
        helped=("fangwei", "linke"),
        revised="1. Empty **Deleted items** in Outlook.\n"
        "2. Choose **File → Mailbox size** and follow its list; it names the largest folders first.\n"
        "3. Turn on **Online archive**: what is older than a year moves there by itself.",
        check_in=150,
    ),
    Told(
        zh=Words(
            "连接公司 Wi-Fi",
            "新电脑或新手机需要连接公司无线网络。",
            solution="1. 选择网络 **Corp**（不是 Guest）。\n"
            "2. 用户名和密码与登录电脑相同。\n"
            "3. 出现证书提示时，核对名称为 wifi.example，再点“信任”。",
            advice="访客请用 **Guest**，在前台领取当天的密码。",
        ),
        en=Words(
            "Connect to the company Wi-Fi",
            "A new computer or phone is to use the wireless network.",
            solution="1. Choose the network **Corp** (not Guest).\n"
            "2. User name and password are those of your computer.\n"
            "3. When a certificate is shown, check that its name is wifi.example, then trust it.",
            advice="Visitors use **Guest**; reception has the password of the day.",
        ),
        topic="Network and remote access",
        author="tangbo",
        applies_to=("iPhone", "Android", "Windows 11"),
        helped=("akhan",),
        check_in=90,
    ),
    Told(
        zh=Words(
            "会议室投影没有画面",
            "接上 HDMI 线，投影幕布显示“无信号”。",
            "电脑没有切换到外接屏幕，或者投影选错了输入。",
            "1. 按 `Win + P`，选“复制”。\n2. 在墙上的控制面板选“HDMI 1”。\n3. 换一根线，会议桌抽屉里有备用线。",
            "重要会议请提前十分钟到场试一下。",
        ),
        en=Words(
            "The projector in the meeting room shows nothing",
            "The HDMI cable is plugged in, and the projector says “no signal”.",
            "The computer does not use the second screen, or the projector shows another input.",
            "1. Press `Win + P` and choose **Duplicate**.\n"
            "2. Choose **HDMI 1** on the panel at the wall.\n"
            "3. Try another cable; there is a spare one in the drawer of the table.",
            "Come ten minutes early to an important meeting and try it.",
        ),
        topic="Printing and meeting rooms",
        author="priya",
        helped=("liujia",),
        unhelped=(("chenxi", "not_my_problem", ""),),
        check_in=45,
    ),
    Told(
        zh=Words(
            "财务系统打开是白页",
            "登录财务系统后，整个页面是白的，没有菜单。",
            "浏览器里留着旧版本的文件。",
            "1. 在财务系统页面按 `Ctrl + F5`。\n"
            "2. 仍是白页：打开“设置 → 隐私 → 清除浏览数据”，只勾选“缓存的图片和文件”。\n"
            "3. 关闭浏览器再打开，重新登录。",
            "请用公司的 Edge，不要用兼容模式。",
        ),
        en=Words(
            "The finance system shows a white page",
            "After you sign in to the finance system the page is white and has no menu.",
            "The browser kept files of the old version.",
            "1. Press `Ctrl + F5` on the page.\n"
            "2. Still white: open **Settings → Privacy → Clear browsing data** and tick only cached images and files.\n"
            "3. Close the browser, open it again, and sign in.",
            "Use the company's Edge, without compatibility mode.",
        ),
        topic="Business applications",
        author="agent2",
        applies_to=("Edge",),
        helped=("requester", "xulan", "fangwei"),
        redraft="1. Press `Ctrl + F5` on the page.\n2. Still white: use the button **Repair** on the sign-in page.",
        check_in=30,
    ),
    Told(
        zh=Words(
            "收到可疑邮件怎么办",
            "邮件催您点链接、改密码、付款，或者带有奇怪的附件。",
            solution="1. 不要点链接，不要打开附件，不要回复。\n"
            "2. 点 Outlook 上方的“举报钓鱼邮件”。\n"
            "3. 已经点了链接或输入了密码：马上改密码，并打热线电话。",
            advice="举报不会有任何责任，越早越好。",
        ),
        en=Words(
            "You received a suspicious mail",
            "A mail urges you to follow a link, change your password or pay, or has an odd attachment.",
            solution="1. Don't follow the link, open the attachment or answer.\n"
            "2. Choose **Report phishing** at the top of Outlook.\n"
            "3. If you followed the link or typed your password: change it now and call the hotline.",
            advice="Nobody is blamed for reporting. The sooner the better.",
        ),
        topic="Information security",
        author="lead",
        helped=("requester2", "sunyue"),
        check_in=170,
    ),
    Told(
        zh=Words(
            "交换机端口换位：值班检查清单",
            "楼层网络变更后，有工位没有网络。",
            "端口的 VLAN 没有跟着换过去。",
            "1. 在交换机上查看端口的 VLAN。\n2. 与配线表核对。\n3. 改正后让用户拔插一次网线。",
            "改动前先在变更单里写清楚原来的端口号。",
        ),
        topic="Network and remote access",
        author="tangbo",
        audience="team",
        days=30,
        check_in=100,
    ),
    Told(
        zh=Words(
            "远程协助前要做的三件事",
            "需要查看或控制用户的屏幕。",
            solution="1. 在工单里请求授权，写明看什么、改什么。\n2. 请用户关闭无关的窗口。\n3. 结束后在工单里写明做了什么。",
        ),
        en=Words(
            "Three things before a remote session",
            "You need to see or control a user's screen.",
            solution="1. Ask for consent on the ticket; say what you look at and what you change.\n"
            "2. Ask the user to close what is not needed.\n3. Write down on the ticket what was done.",
        ),
        topic="Information security",
        author="songjia",
        audience="staff",
        check_in=80,
    ),
    Told(
        zh=Words(
            "笔记本电脑充不进电",
            "插上电源后不显示充电，或者充到一半停住。",
            "充电器功率不够，或者电池保护限制在 80%。",
            "1. 换原装的 65 W 充电器，直接插墙上的插座。\n2. 打开电源管理程序，看“充电上限”是不是 80%。",
        ),
        en=Words(
            "The laptop does not charge",
            "The laptop does not charge, or stops half way.",
            "The charger is too weak, or the battery is kept at 80% to save it.",
            "1. Use the original charger of 65 W, straight at the wall.\n"
            "2. Open the power program and see whether the limit is 80%.",
        ),
        topic="Computers and devices",
        state="review",
        days=3,
        applies_to=("ThinkPad X1", "ThinkPad T14"),
    ),
    Told(
        zh=Words("Excel 打开很慢", "打开共享盘上的大表格要等一两分钟。", solution="1. 先复制到本机再打开。"),
        topic="Systems and office programs",
        state="draft",
        author="priya",
        days=2,
    ),
    Told(
        zh=Words(
            "旧版 VPN 客户端 4 的设置",
            "客户端 4 的连接设置。",
            solution="1. 打开“设置”。\n2. 服务器填写 vpn.example。",
        ),
        en=Words(
            "Settings of the old VPN client 4",
            "How client 4 is set up.",
            solution="1. Open **Settings**.\n2. Set the server to vpn.example.",
        ),
        topic="Network and remote access",
        state="retired",
        author="luoyi",
        days=400,
        applies_to=("VPN 客户端 4",),
    ),
)
