"""Answers as the mail programs of our users send them: HTML and nothing else, in the charset of each."""

from __future__ import annotations

import base64

import pytest

from tickets.intake.quoting import split
from tickets.intake.reading import read

FIRST, SECOND = "您好，重启之后还是连不上三楼的打印机。", "错误代码是 0x00000709，麻烦再看一下，谢谢！"
OLD = "<div>张三，您好：</div><div>我们已经更换了打印服务器的驱动程序，请重新连接后再试。</div><div>IT 服务台</div>"

QQ = """<meta http-equiv="Content-Type" content="text/html; charset=GB18030"><div>{first}</div><div><br></div>
<div>{second}</div><div><!--emptysign--></div><div><br></div>
<div style="font-size: 12px;padding:2px 0 2px 0;">------------------&nbsp;原始邮件&nbsp;------------------</div>
<div style="font-size: 12px;background:#efefef;padding:8px;"><div><b>发件人:</b>&nbsp;"IT 服务台"&nbsp;&lt;it@example.com&gt;;</div>
<div><b>发送时间:</b>&nbsp;2026年11月20日(星期五) 上午10:12</div><div><b>收件人:</b>&nbsp;"张三"&lt;zhangsan@example.com&gt;;</div>
<div></div><div><b>主题:</b>&nbsp;打印机</div></div><div><br></div>{old}"""
QQ_TELEPHONE = """<div>{first}</div><div><br></div><div>{second}</div><div id="QQMailSignature">发自我的iPhone</div><br><br>
<div style="font-size:70%;padding:2px 0;">------------------ 原始邮件 ------------------<br></div>
<div style="font-size:70%;background:#f0f0f0;"><b>发件人:</b> IT 服务台 &lt;it@example.com&gt;<br><b>发送时间:</b> 2026年11月20日 10:12<br>
<b>收件人:</b> 张三 &lt;zhangsan@example.com&gt;<br><b>主题:</b> 打印机<br></div><br>{old}"""
NETEASE = """<div style="line-height:1.7;color:#000000;font-size:14px;font-family:Arial"><div style="margin: 0;">{first}</div>
<div style="margin: 0;"><br></div><div style="margin: 0;">{second}</div><p style="margin: 0;"><br></p>
<div style="position:relative;zoom:1"></div><div id="divNeteaseMailCard"></div><p style="margin: 0;"><br></p>
<pre>在 2026-11-20 10:12:13，"IT 服务台" &lt;it@example.com&gt; 写道：</pre>
<blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; BORDER-LEFT: #ccc 1px solid"><div>{old}</div></blockquote></div>"""
NETEASE_MASTER = """<html><head></head><body><div id="content"><div>{first}</div><div><br></div><div>{second}</div></div>
<div class="J-reply" style="background-color:#f2f2f2;"><div style="padding-top:1px;">---- 回复的原邮件 ----</div><table><tbody>
<tr><td>发件人</td><td><a href="mailto:it@example.com">IT 服务台&lt;it@example.com&gt;</a></td></tr><tr><td>日期</td><td>2026年11月20日 10:12</td></tr>
<tr><td>收件人</td><td>张三</td></tr><tr><td>主题</td><td>打印机</td></tr></tbody></table></div><blockquote>{old}</blockquote></body></html>"""
FOXMAIL = """<html><head><meta http-equiv="content-type" content="text/html; charset=GB2312"><style>body {{ line-height: 1.5; }}</style></head>
<body>\n<div><span></span>{first}</div>\n<div><br></div><div>{second}</div>\n<div><br></div>
<blockquote style="margin-Top: 0px; margin-Bottom: 0px; margin-Left: 0.5em"><div>&nbsp;</div>
<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div style="font-size:12px;background:#efefef;">
<div><b>发件人：</b>&nbsp;<a href="mailto:it@example.com">IT 服务台</a></div><div><b>发送时间：</b>&nbsp;2026-11-20&nbsp;10:12</div>
<div><b>收件人：</b>&nbsp;<a href="mailto:zhangsan@example.com">张三</a></div><div><b>主题：</b>&nbsp;Re: 打印机</div></div></div>{old}</blockquote>
</body></html>"""
OUTLOOK = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Word 15 (filtered medium)">
<style><!-- p.MsoNormal {{font-family:等线;}} --></style></head><body lang=ZH-CN link="#0563C1"><div class=WordSection1>
<p class=MsoNormal>{first}<span lang=EN-US><o:p></o:p></span></p><p class=MsoNormal><span lang=EN-US><o:p>&nbsp;</o:p></span></p>
<p class=MsoNormal>错误代码是<span lang=EN-US> 0x00000709</span>，麻烦再看一下，\n谢谢！<span lang=EN-US><o:p></o:p></span></p>
<p class=MsoNormal><span lang=EN-US><o:p>&nbsp;</o:p></span></p>
<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>发件人<span lang=EN-US>:</span></b>
<span lang=EN-US> IT </span>服务台<span lang=EN-US> &lt;it@example.com&gt; <br></span><b>发送时间<span lang=EN-US>:</span></b>
<span lang=EN-US> 2026</span>年<span lang=EN-US>11</span>月<span lang=EN-US>20</span>日<span lang=EN-US> 10:12<br></span>
<b>收件人<span lang=EN-US>:</span></b> 张三<span lang=EN-US> &lt;zhangsan@example.com&gt;<br></span><b>主题<span lang=EN-US>:</span></b>
<span lang=EN-US> </span>答复<span lang=EN-US>: </span>打印机<span lang=EN-US><o:p></o:p></span></p></div>{old}</div></body></html>"""
OUTLOOK_TELEPHONE = """<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head><body dir="auto">
<div dir="ltr">{first}</div><div dir="ltr"><br></div><div dir="ltr">{second}</div><div dir="ltr"><br></div>
<div id="ms-outlook-mobile-signature">获取<a href="https://aka.ms/o0ukef">Outlook for iOS</a></div><hr style="display:inline-block;width:98%">
<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>发件人:</b> IT 服务台 &lt;it@example.com&gt;<br><b>发送时间:</b> Friday, November 20, 2026 10:12:13 AM<br>
<b>收件人:</b> 张三 &lt;zhangsan@example.com&gt;<br><b>主题:</b> 打印机</font><div>&nbsp;</div></div>{old}</body></html>"""
WECOM = """<div><div>{first}</div><div><br></div><div>{second}</div></div><div><br></div><div><br></div>
<div style="font: Verdana normal 14px;color:#000;"><div>------------------&nbsp;Original&nbsp;------------------</div>
<div style="background:#efefef;padding:8px;"><div id="menu_sender"><b>From:&nbsp;</b>&nbsp;"IT 服务台"&lt;it@example.com&gt;;</div>
<div><b>Date:&nbsp;</b>&nbsp;Fri, Nov 20, 2026 10:12 AM</div><div><b>To:&nbsp;</b>&nbsp;"张三"&lt;zhangsan@example.com&gt;;</div>
<div><b>Subject:&nbsp;</b>&nbsp;Re: 打印机</div></div></div><div>&nbsp;</div>{old}"""
DINGTALK = """<div class="__aliyun_email_body_block"><div style="font-family:Tahoma,Arial;"><div>{first}</div><div><br></div><div>{second}</div></div>
<div><br></div><blockquote style="margin-right:0;margin-top:0;margin-bottom:0;">
<div>------------------------------------------------------------------</div><div>发件人：IT 服务台&lt;it@example.com&gt;</div>
<div>日　期：2026年11月20日 10:12:13</div><div>收件人：张三&lt;zhangsan@example.com&gt;</div><div>主　题：Re: 打印机</div><div><br></div>{old}</blockquote></div>"""
FEISHU = """<div id="editor-version_6" style="word-break:break-word;"><div style="margin-top:4px;"><div dir="auto">{first}</div></div>
<div><br></div><div dir="auto">{second}</div></div><div class="history-quote-wrapper"><div data-html-block="quote"><div class="quote-head-meta-mailto">
<div>发件人：<span>IT 服务台&lt;it@example.com&gt;</span></div><div>时间：2026年11月20日 (周五) 10:12</div><div>主题：打印机</div>
<div>收件人：<span>张三&lt;zhangsan@example.com&gt;</span></div></div>{old}</div></div>"""
GMAIL = """<div dir="ltr"><div>{first}</div><div><br></div><div>{second}</div></div><br><div class="gmail_quote">
<div dir="ltr" class="gmail_attr">IT 服务台 &lt;<a href="mailto:it@example.com">it@example.com</a>&gt; 于2026年11月20日周五 10:12写道：<br></div>
<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">{old}</blockquote></div>"""
APPLE = """<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body dir="auto"><div>{first}</div><div><br></div>
<div>{second}</div><br id="lineBreakAtBeginningOfSignature"><div dir="ltr">发自我的 iPhone</div><div dir="ltr"><br>
<blockquote type="cite">在 2026年11月20日，10:12，IT 服务台 &lt;it@example.com&gt; 写道：<br><br></blockquote></div>
<blockquote type="cite"><div dir="ltr">{old}</div></blockquote></body></html>"""
PROGRAMS = {
    "qq": (QQ, "gb18030"),
    "qq on a telephone": (QQ_TELEPHONE, "utf-8"),
    "163": (NETEASE, "gbk"),
    "163 on a telephone": (NETEASE_MASTER, "utf-8"),
    "foxmail": (FOXMAIL, "gb2312"),
    "outlook": (OUTLOOK, "gb2312"),
    "outlook on a telephone": (OUTLOOK_TELEPHONE, "gb2312"),
    "wecom": (WECOM, "utf-8"),
    "dingtalk": (DINGTALK, "utf-8"),
    "feishu": (FEISHU, "utf-8"),
    "gmail": (GMAIL, "utf-8"),
    "apple mail": (APPLE, "utf-8"),
}


def mail(body: str, charset: str) -> bytes:
    head = f"From: zhangsan@example.com\r\nContent-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64.encodebytes(body.encode("gb18030" if charset.startswith("gb") else charset))


@pytest.mark.parametrize(("page", "charset"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_an_answer_in_html_alone_is_told_from_its_history(page: str, charset: str) -> None:
    letter = read(mail(page.format(first=FIRST, second=SECOND, old=OLD), charset))
    found = split(letter.text)
    assert [line for line in found.new.split("\n") if line] == [FIRST, SECOND]
    assert "驱动程序" in found.rest
    assert "驱动程序" in letter.html


@pytest.mark.parametrize(("page", "charset"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_our_marker_line_begins_what_is_old(page: str, charset: str) -> None:
    marker = "—— 请在此线上方回复 / Reply above this line ——"
    letter = read(mail(page.format(first=FIRST, second=SECOND, old=f"<p>{marker}</p>{OLD}"), charset))
    new = split(letter.text, marker=marker).new
    assert [line for line in new.split("\n") if line] == [FIRST, SECOND]
