"""The words by which mail programs begin what they quote, forward and add, language by language. Pure."""

from __future__ import annotations

import re


def _listed(words: str) -> list[str]:
    """Words that are written down with bars between them."""
    return words.split("|")


SEPARATORS = frozenset(
    word.replace(" ", "")
    for word in _listed(
        "原始邮件|原邮件|回复的原邮件|回复的邮件|邮件原件|邮件原文|原文|原始信件|原始消息|转发邮件|转发的邮件|转发邮件信息|转发的邮件信息|"
        "已转发邮件|转发信息|原始郵件|原始訊息|原始信件|轉寄郵件|轉寄的郵件|轉寄訊息|转发的消息|"
        "original|original message|original mail|original email|original appointment|forwarded message|"
        "forwarded mail|forward message|forwarded|replied message|reply message|"
        "ursprüngliche nachricht|originalnachricht|original-nachricht|weitergeleitete nachricht|"
        "message d'origine|message d’origine|message original|message initial|message transféré|"
        "messaggio originale|messaggio inoltrato|mensaje original|mensaje reenviado|"
        "mensagem original|mensagem encaminhada|oorspronkelijk bericht|origineel bericht|doorgestuurd bericht|"
        "oprindelig meddelelse|videresendt meddelelse|opprinnelig melding|videresendt melding|"
        "ursprungligt meddelande|originalmeddelande|vidarebefordrat meddelande|alkuperäinen viesti|"
        "oryginalna wiadomość|wiadomość oryginalna|wiadomość przekazana|původní zpráva|původní e-mail|"
        "исходное сообщение|пересланное сообщение|пересылаемое сообщение|оригінальне повідомлення|"
        "переслане повідомлення|orijinal mesaj|iletilmiş mesaj|元のメッセージ|転送されたメッセージ|원본 메시지|원본 메일|"
        "eredeti üzenet|mesaj original|opprinnelig melding"
    )
)
BARE_SEPARATORS = frozenset(
    word.replace(" ", "")
    for word in _listed(
        "begin forwarded message|开始转发的邮件|发起转发的邮件|以下是转发的邮件|開始轉寄郵件|開始轉寄的郵件|"
        "anfang der weitergeleiteten nachricht|début du message réexpédié|début du message transféré|"
        "inizio messaggio inoltrato|inicio del mensaje reenviado|início da mensagem encaminhada|"
        "begin doorgestuurd bericht|videresendt besked|vidarebefordrat brev|początek przekazywanej wiadomości|"
        "начало переадресованного сообщения|転送されたメッセージ"
    )
)

LABELS: dict[str, str] = {
    label.replace(" ", ""): kind
    for kind, labels in {
        "from": "发件人|寄件人|寄件者|發件人|发信人|寄信人|from|von|de|da|van|från|fra|od|от|від|lähettäjä|kimden|"
        "差出人|보낸사람|feladó|expeditor|odesílatel",
        "date": "发送时间|发送日期|日期|发件时间|寄件日期|傳送時間|傳送日期|發送時間|發送日期|寄送時間|"
        "sent|sent at|date|datum|gesendet|gesendet am|envoyé|envoyé le|message du|inviato|inviato il|data|enviado|"
        "enviada em|enviado el|enviado em|fecha|verzonden|verzonden op|skickat|sendt|dato|wysłano|data wysłania|"
        "odesláno|дата|отправлено|надіслано|lähetetty|päivämäärä|gönderilen|gönderildi|tarih|送信日時|日時|보낸날짜|"
        "elküldve|dátum|trimis",
        "to": "收件人|收件者|收信人|to|an|à|a|para|aan|till|til|do|dla|komu|кому|vastaanottaja|kime|宛先|받는사람|címzett|către",
        "cc": "抄送|抄送人|副本|副本抄送|密送|密件副本|cc|bcc|copie|copie à|copia|kopie|kopi|kopia|dw|udw|копия|копія|kopio|bilgi",
        "time": "时间|時間",
        "reply": "回复|回复地址|回覆給|reply-to|replyto|antwort an|répondre à|responder a|responder para|rispondi a",
        "subject": "主题|主旨|主題|subject|betreff|objet|sujet|oggetto|asunto|assunto|onderwerp|ämne|emne|"
        "temat|předmět|тема|aihe|konu|件名|제목|tárgy|subiect",
        "other": "附件|重要性|优先级|attachments|attachment|importance|priority|anlagen|wichtigkeit|anhang",
    }.items()
    for label in _listed(labels)
}
CHINESE_LABEL = re.compile(
    r"(发件人|寄件人|寄件者|發件人|发送时间|发送日期|日期|寄件日期|傳送時間|收件人|收件者|抄送|副本|主题|主旨|主題) ?[:：]"
)

WROTE = (
    "写道|写到|寫道|寫到|wrote|writes|schrieb|schrieb folgendes|geschreven|schreef|a écrit|a ecrit|ha scritto|"
    "ha escrito|escribió|escribio|escreveu|skrev|napisał|napisał(a)|napisała|pisze|napsal|napsal(a)|napsala|написал|"
    "написала|написал(а)|писал|пишет|пише|написав|написала|kirjoitti|yazdı|şunu yazdı|a scris|írta|書きました|のメッセージ|"
    "작성|님이 작성|έγραψε"
)
WROTE_AT_END = tuple(_listed(WROTE))
WROTE_INSIDE = tuple(f" {word} " for word in _listed(WROTE)) + ("写道", "寫道")
# The first words of an attribution, by which a wrapped one is followed upwards.
OPENERS = tuple(
    _listed(
        "on |at |在|於|于 |am |le |il |el |em |op |den |dnia |w dniu |in data |no dia |dne |le:|"
        "mon|tue|wed|thu|fri|sat|sun|周|星期"
    )
)

PRODUCTS = (
    "qq|outlook|foxmail|iphone|ipad|android|windows|163|126|139|网易|網易|新浪|阿里|手机|手機|小米|华为|華為|荣耀|vivo|oppo|"
    "钉钉|釘釘|企业微信|企業微信|微信|飞书|yahoo|samsung|mail"
)
MOBILE = re.compile(
    r"(?:sent|gesendet|sendt|envoyé|enviado|inviato|skickat|verzonden|wysłane|отправлено|надіслано)"
    r" (?:from|von|mit|fra|depuis|de|desde|do|da|från|van|vanaf|met|z|с|со|из|з) "
    r"(?:(?:my|mein\w*|min|mon|ma|mi|meu|minha|mijn|mio|moj\w+|mojego|моего|мого|outlook|yahoo|"
    r"samsung|huawei|proton\w*|foxmail|qq|wechat|wecom|dingtalk|blackberry|gmail|spark)\b|mail for )"
    r"|sent (?:with|using|via) (?:proton|outlook|spark|foxmail)"
    r"|get outlook for |outlook for (?:ios|android)|von mein\w+ \w+ gesendet|lähetetty (?:iphon|ipad|android)"
    rf"|(?:发自|發自|寄自) ?(?:我的|{PRODUCTS})"
    rf"|(?:来自|來自|发送自|傳送自) ?(?:我的 ?)?(?:{PRODUCTS})"
    r"[\w ]{0,8}(?:邮箱|郵箱|大师|手机版|手機版|客户端|用戶端|手机|手機|邮件|应用|應用)?$"
    rf"|(?:从|從|由) ?(?:我的 ?)?(?:{PRODUCTS})[\w ]{{0,12}}(?:发送|發送|傳送|发出|寄出)$"
    rf"|(?:获取|下载|取得|下載) ?(?:适用于 ?\w+ ?的 ?|適用於 ?\w+ ?的 ?)?outlook|iphoneから送信|나의 ?iphone"
)
