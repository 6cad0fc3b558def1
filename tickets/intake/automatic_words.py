"""What machines write in subjects and bodies, language by language. Pure.

Every pattern is searched in a bounded text and repeats only within bounds, so that the time stays linear.
"""

from __future__ import annotations

import re


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# A subject that begins with one of these is about another mail, and a person sent it on.
PASSED_ON = _any_of(
    r"^\s*(?:re|aw|fwd?|wg|tr|rv|enc|i|vs|vb|doorst|pd|答复|回复|转发|轉寄|轉發|回覆|返信|転送)\s*(?:\[\d+\])?\s*[:：]"
)

# Behind a Chinese phrase there is no blank to end it: “自动回复：…” is a machine's, “自动回复怎么设置” a person's question.
ENDS = r"(?=\W|$)"

# Vacation subjects stand at the beginning: "What do I write into my out of office?" is a question of a person.
VACATION_SUBJECT = _any_of(
    r"^\W*(?:"
    + "|".join(
        (
            # Chinese
            r"自[动動]\s?(?:回[复復覆]|答[复復覆]|[应應]答)" + ENDS,
            r"(?:系[统統])?自[动動](?:邮件)?回[复復覆]" + ENDS,
            r"不在(?:办公室|辦公室)" + ENDS,
            r"外出(?:自[动動]|时|時)?(?:回[复復覆]|通知)" + ENDS,
            r"(?:休假|度假|假期)(?:中|通知|自[动動]|(?:自[动動])?回[复復覆]|[:：])" + ENDS,
            r"休假\s*$",
            # English
            r"out[\s-]of[\s-](?:the[\s-])?office\s*(?:$|[:\-–—(!]|(?:auto|reply|message|notification|until|from|re\b))",
            r"automatic(?:ally)?[\s-](?:generated[\s-])?(?:reply|response|answer)",
            r"auto(?:mated)?[\s-]?(?:reply|response|answer|responder)\b",
            r"(?:on|away on) (?:vacation|holiday|leave)\s*(?:$|[:\-–(]|until|from)",
            r"vacation (?:reply|message|notice|response)",
            r"i(?:'m| am) (?:currently )?(?:out of (?:the )?office|on vacation|on (?:annual )?leave|away from)",
            # German, Dutch, Scandinavian
            r"abwesenheits(?:notiz|nachricht|meldung|agent|assistent)",
            r"abwesend\s*[:(\-]",
            r"automatisch(?:e[rs]?)? (?:antwort|antwoord|r[üu]ckmeldung)",
            r"nicht im (?:b[üu]ro|haus)",
            r"afwezig(?:heidsbericht|heidsassistent)?\s*(?:$|[:(\-])",
            r"niet op kantoor",
            r"auto(?:matiskt?|matisk)[\s-](?:svar|svarsbesked)",
            r"autosvar",
            r"fr[åa]nvarande\s*(?:$|[:(\-])",
            r"frav[æa]r(?:smelding|ende)?\s*(?:$|[:(\-])",
            r"ikke p[åa] kontoret",
            r"poissaolo(?:ilmoitus)?",
            r"automaattinen vastaus",
            # French, Spanish, Italian, Portuguese, Romanian
            r"r[ée]ponse automatique",
            r"absen(?:t|ce) du bureau",
            r"message d[’']absence",
            r"respuesta autom[áa]tica",
            r"fuera de (?:la )?oficina",
            r"risposta automatica",
            r"fuori (?:sede|ufficio)",
            r"resposta autom[áa]tica",
            r"fora do escrit[óo]rio",
            r"r[ăa]spuns automat",
            # Slavic and others
            r"autoodpowied[źz]",
            r"automatyczna odpowied[źz]",
            r"poza biurem",
            r"automatick[áa] odpov[ěe][ďd]",
            r"mimo kancel[áa][řr]",
            r"automatski odgovor",
            r"автоматический ответ",
            r"автоответ",
            r"вне офиса",
            r"автоматична відповідь",
            r"automatikus v[áa]lasz",
            r"otomatik yan[ıi]t",
            r"αυτόματη απάντηση",
            # Japanese, Korean, Vietnamese
            r"自動(?:応答|返信)",
            r"不在(?:通知|のお知らせ)",
            r"부재\s?중",
            r"자동\s?(?:회신|응답)",
            r"trả lời tự động",
        )
    )
    + r")"
)

BOUNCE_SUBJECT = _any_of(
    r"undeliver(?:ed|able)",
    r"(?:mail|message|e-?mail)?\s?delivery (?:has )?(?:fail|problem|error|delay|status|report|incomplete|impossible)",
    r"(?:mail|message|delivery|non-?delivery) (?:status|failure|error|delay)\s?(?:notif|notice|report|[:(]|$)",
    r"mail (?:system )?(?:error|failure)\b",
    r"fail(?:ed|ure) (?:notice|notification|delivery|mail|to deliver)",
    r"return(?:ed|ing) (?:to sender|mail|message|e-?mail)",
    r"(?:could|can)\s?not (?:be )?(?:deliver|send)",
    r"unable to deliver",
    r"non[\s-]?(?:deliver|remis|recapit)",
    r"(?:message|mail) (?:rejected|bounced|delayed|not delivered)",
    r"\b(?:ndr|ndn)\b",
    r"error sending your mail",
    r"user unknown",
    r"warning: (?:message|could not send)",
    r"[üu]bermittlungsstatus|zustellstatus|unzustellbar|nicht zugestellt|r[üu]cksendung|zustellung(?:sfehler| fehlgeschlagen)",
    r"non remis|[ée]chec de (?:la )?(?:remise|distribution)",
    r"no se (?:puede|ha podido|pudo) entregar|no entregado|devuelto",
    r"mancata consegna|impossibile recapitare",
    r"n[ãa]o (?:foi )?(?:entregue|entreg[áa]vel)|falha na entrega",
    r"onbestelbaar|niet bezorgd",
    r"недоставлен|не доставлен|невозможно доставить",
    r"退信|退回|退件",
    r"(?:投[递遞]|[发發]送|送[达達]|[传傳][递遞送送])(?:失[败敗]|[状狀][态態])",
    r"(?:无法|無法|未能?|没有|不能)(?:成功)?(?:投[递遞]|送[达達]|[传傳][递遞送]|[发發]送|寄[达達送])",
    r"未[传傳][递遞]的[邮郵]件",
    r"配(?:信|送)(?:失敗|不能|エラー)|送信(?:失敗|エラー)|不達|宛先不明|配信できません",
    r"배달(?:되지|할 수 없)|전송\s?실패|반송",
)

BOUNCE_TEXT = _any_of(
    # Postfix, Exim, qmail, Sendmail, Courier, OpenSMTPD, DragonFly
    r"could\s+not\s+be\s+(?:delivered|sent)",
    r"(?:couldn['’]t|could\s+not|cannot|can['’]t|(?:was|were|are|is|been)\s+(?:un|not\s+)able\s+to)\s+(?:be\s+)?deliver",
    r"(?:was|were|has|have)\s+not\s+(?:been\s+)?(?:successfully\s+)?delivered",
    r"delivery\s+(?:has\s+)?(?:to\s+.{1,80}\s+)?(?:has\s+)?(?:failed|been\s+delayed|was\s+aborted)",
    r"(?:an|was\s+an)\s+error\s+(?:has\s+)?(?:occurred\s+while\s+(?:trying|attempting)\s+to\s+deliver|delivering\s+your)",
    r"this\s+message\s+was\s+created\s+automatically\s+by\s+(?:the\s+)?(?:mail|smtp)",
    r"this\s+is\s+(?:a\s+permanent\s+error|the\s+postfix\s+program|the\s+mailer-daemon)",
    r"i['’]m\s+sorry\s+to\s+have\s+to\s+inform\s+you",
    r"transcript\s+of\s+session\s+follows",
    r"addresses?\s+had\s+(?:permanent\s+|fatal\s+|transient\s+|non-fatal\s+|delivery\s+)*(?:fatal\s+|delivery\s+)?(?:errors|problems)",
    r"(?:unsent|returned|undelivered|bounced)\s+message\s+(?:follows|below|-)",
    r"recipient\s+addresses\s+that\s+were\s+incorrectly\s+constructed",
    # Exchange, Notes, GroupWise, Gmail, Yahoo, gateways
    r"did\s+not\s+reach\s+(?:some|the|all|one)",
    r"recipients?(?:\(s\))?\s+(?:could\s+not\s+be\s+(?:reached|found)|was\s+rejected|were\s+rejected|returned\s+permanent)",
    r"recipients?\s+(?:was|were)\s+rejected",
    r"failure\s+reasons",
    r"(?:wasn['’]t|weren['’]t)\s+delivered",
    r"trouble\s+delivering\s+your\s+(?:message|mail)",
    r"error\s+delivering\s+your\s+(?:message|mail)",
    r"(?:address|recipient|mailbox|user|account)\s+(?:address\s+)?(?:is\s+)?(?:unknown|rejected|not\s+found|does\s+not\s+exist|doesn['’]t\s+exist|unavailable|disabled)",
    r"(?:no\s+such|unknown|invalid)\s+(?:user|recipient|mailbox|address)",
    r"(?:mailbox|mail\s?box|inbox)\s+(?:is\s+)?(?:full|over\s?quota|exceeded)|(?:over|exceeded)\s+(?:its\s+|their\s+)?(?:storage\s+)?quota",
    r"(?:^|\s)(?:smtp;\s*)?[45]\d\d[\s-](?:#)?[45]\.\d{1,3}\.\d{1,3}\b",
    r"diagnostic-code\s*:|final-recipient\s*:",
    # Chinese services: QQ, 163, Aliyun, Exchange and others
    r"(?:无法|無法|未能?|没有|不能|沒有)(?:被)?(?:成功)?(?:地)?(?:投[递遞]|送[达達]|[传傳][递遞送]|[发發]送|寄[达達送出])",
    r"(?:投[递遞]|[发發]送|送[达達]|[传傳][递遞送])(?:失[败敗])",
    r"(?:邮件|郵件|信件|来信|來信).{0,20}(?:被)?(?:系[统統])?(?:退回|退信|拒[绝絕])",
    r"退信(?:原因|代[码碼]|[说說]明|通知)",
    r"(?:收件人|用[户戶]|[邮郵]箱|地址).{0,10}(?:不存在|已[满滿]|被禁用|已停用|不可用)",
    # Japanese
    r"(?:送信|配信|配送|お届け)(?:に失敗|でき(?:ません|なかった))",
)

# Where the returned mail begins; what stands below was written by its author.
ORIGINAL_BELOW = _any_of(
    r"^[\s\-=>]{0,20}(?:original|returned|unsent|undelivered)\s+(?:message|mail)(?!\s+was)",
    r"^[\s\-=]{0,20}below\s+(?:this\s+line\s+)?is\s+a\s+copy",
    r"^[\s\-=]{0,20}this\s+is\s+a\s+copy\s+of",
    r"^[\s\-=]{0,20}(?:message\s+)?headers?\s+follows?",
    r"^[\s\-=]{0,20}(?:原始|原)(?:邮件|郵件|信件)",
    r"^(?:received|return-path)\s*:",
)

# The server goes on trying, or the reason will pass: the address itself is not wrong.
PASSING = _any_of(
    r"(?:mailbox|mail\s?box|inbox)(?:\s+for\s+\S{1,80})?\s+(?:is\s+)?(?:full|over\s?quota|exceeded)",
    r"(?:over|exceed(?:s|ed)?)\s+(?:(?:its|their|the|disk|storage|mailbox)\s+){0,3}(?:quota|size limit)|quota\s+exceeded",
    r"\b5\.2\.2\b|\b552\b",
    r"warning\s+message\s+only|will\s+(?:be\s+)?(?:retr|keep\s+trying|continue\s+(?:to\s+try|trying))|has\s+been\s+delayed",
    r"do\s+not\s+need\s+to\s+resend",
    r"(?:^|\s)4\d\d[\s-]#?4\.\d{1,3}\.\d{1,3}\b|status:\s*4\.\d",
    r"(?:[邮郵]箱|空[间間]|容量).{0,10}(?:已|超)?(?:[满滿]|超出|不足|超限)",
    r"(?:稍后|稍後|继续|繼續|自[动動])(?:再)?(?:[尝嘗][试試]|重[试試]|投[递遞]|重[发發])|延[迟遲]",
)

# The address itself is wrong: it was never there, or is there no more.
UNKNOWN = _any_of(
    r"\b5\.1\.(?:1|2|3|6|10)\b|\b5\.4\.4\b",
    r"(?:user|recipient|mailbox|account|address|host|domain)s?\s+(?:is\s+|was\s+)?(?:unknown|not\s+found|invalid)",
    r"(?:unknown|no\s+such|invalid|nonexistent|non-existent|bad\s+destination)\s+(?:local[\s-]part|user|recipient|mailbox|account|address|host|domain|person)",
    r"(?:doesn['’]?t|does\s+not|do\s+not|did\s+not|not)\s+exist|unrouteable|not\s+listed|couldn['’]t\s+find\s+any\s+host|has\s+moved",
    r"(?:不存在|查无此人|查無此人|无此用户|無此用戶|宛先.{0,20}(?:不明|存在し))",
)

# The server refused the mail for what it is or where it came from, or had troubles of its own.
REFUSED = _any_of(
    r"\b5\.[3567]\.\d{1,3}\b|\b5\.4\.(?!1\b|4\b)\d{1,3}\b|\b5\.1\.[078]\b|\b4\.\d{1,2}\.\d{1,3}\b",
    r"spam|block(?:ed|\s?list)|black\s?list|\brbl\b|dnsbl|reputation|polic(?:y|ies)|\bdenied\b|authenticat|\b(?:spf|dkim|dmarc|ptr)\b",
    r"reverse\s+(?:dns|lookup)|rdns|relay|virus|malware|content|too\s+(?:large|big|long|many)|size\s+(?:limit|exceed)|rate|not\s+allowed|not\s+permitted",
    r"sender\s+(?:address\s+)?(?:is\s+)?(?:rejected|invalid|verify|domain)|timed?[\s-]?out|expired|retry|suspend|inactive|disabled|locked",
    r"connection\s+(?:refused|lost)|loop|too\s+many\s+hops|no\s+valid\s+smtp\s+server|temporar|system\s+error|local\s+error|restricted|refused",
    r"垃圾|黑名单|黑名單|策略|频率|頻率|超时|逾時|拒收|屏蔽|封锁|迷惑メール|拒否",
)
