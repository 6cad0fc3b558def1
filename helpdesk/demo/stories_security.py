"""A demo ticket on which a security incident is going on."""

from __future__ import annotations

from helpdesk.demo.story import Story, accept, alarm, classify, note, pass_on, say, secure, tick

SECURITY = (
    Story(
        0,
        "ago 1:20",
        "fangwei",
        "点开“工资补贴”邮件里的链接后，电脑一直弹窗",
        "刚才收到一封“工资补贴申领”的邮件，点开链接填了账号和密码，之后电脑不停弹窗，鼠标自己会动。",
        "security",
        "person",
        "stopped",
        "incident",
        host="LT-20611",
        files=("mail.eml",),
        acts=(
            classify("ago 1:16", "agent", team="applications"),
            accept("ago 1:14", "agent2"),
            alarm("ago 0:50", "agent2", "账号和密码被钓鱼邮件骗走，电脑可能被远程控制。"),
            say("ago 0:48", "agent2", "方蔚您好，请不要关机，也不要再操作这台电脑，我马上到您座位。"),
            tick("ago 0:40", "agent2", "isolate", "拔掉网线，关闭无线；网络组在交换机上封了端口。"),
            tick("ago 0:39", "agent2", "keep_running", "电脑保持开机，贴了“请勿操作”。"),
            secure("ago 0:20", "agent2", "mail.eml", "钓鱼邮件原文", "方蔚的邮箱，收件箱"),
            pass_on("ago 0:12", "agent2", "赵磊（信息技术部）", "分析邮件头和链接"),
            note("ago 0:10", "lead", "邮件网关里还有三个人收到同样的邮件，已经隔离，没有人点开。"),
        ),
    ),
)
