"""The words that mail programs put around a quoted mail and under one's own, in the languages they speak."""

import re
from typing import Final

_MORE: Final = r"(?:\s|&nbsp;)*"

_ORIGINALS: Final = (
    *("original message", "original appointment", "original", "reply message", "replied message"),
    *("ursprüngliche nachricht", "original-?nachricht", "antwort nachricht", "oorspronkelijk bericht"),
    *("message d['’]origine", "message original", "mail original", "mensaje original", "mensagem original"),
    *("messaggio originale", "mesaj(ul)? original", "oprindelig (meddelelse|besked)", "opprinnelig melding"),
    *("ursprungligt meddelande", "alkuperäinen viesti", "wiadomość oryginalna", "oryginalna wiadomość"),
    *(
        "původní zpráva",
        "původní e-?mail",
        "pôvodná správa",
        "eredeti üzenet",
        "izvorna poruka",
        "(orijinal|özgün) (ileti|mesaj)",
    ),
    *("αρχικό μήνυμα", "исходное сообщение", "оригінальне повідомлення", "الرسالة الأصلية", "הודעה מקורית"),
    *("thư gốc", "tin nhắn gốc", "ข้อความต้นฉบับ", "pesan asli"),
    *(
        "回复的原邮件",
        "原始邮件",
        "原始郵件",
        "邮件原件",
        "邮件原文",
        "原文",
        "元のメッセージ",
        "원본 메시지",
        "원본 메일",
    ),
)
_FORWARDS: Final = (
    *(
        "forwarded message",
        "weitergeleitete nachricht",
        "message transféré",
        "mensaje reenviado",
        "mensagem encaminhada",
    ),
    *("messaggio inoltrato", "doorgestuurd bericht", "vidarebefordrat meddelande", "videresendt meddelelse"),
    *("videresendt melding", "välitetty viesti", "wiadomość przekazana", "přeposlaná zpráva", "továbbított üzenet"),
    *("yönlendirilmiş ileti", "пересылаемое сообщение", "пересланное сообщение", "переслане повідомлення"),
    *("προωθημένο μήνυμα", "pesan terusan", "转发的邮件", "转发邮件", "轉寄郵件", "전달된 메시지", "転送メッセージ"),
)
_FORWARD_MARKS: Final = (
    *("begin forwarded message", "anfang der weitergeleiteten nachricht", "début du message transféré"),
    *("inicio del mensaje reenviado", "início da mensagem encaminhada", "inizio messaggio inoltrato"),
    *("begin doorgestuurd bericht", "vidarebefordrat brev", "начало переадресованного сообщения"),
    *("下面是被转发的邮件", "転送されたメッセージ", "전달된 메시지"),
)
_FROMS: Final = (
    *("from", "von", "de", "de la", "da", "van", "fra", "från", "lähettäjä", "od", "feladó", "gönderen", "kimden"),
    *("expeditor", "от", "від", "από", "من", "מאת", "từ", "จาก", "dari", "pengirim"),
    *("发件人", "从", "寄件者", "寄件人", "보낸 ?사람", "보낸이", "差出人", "送信者"),
)
_SENTS: Final = (
    *("sent", "date", "gesendet", "datum", "envoyé(e)?", "enviado( el)?", "enviada( em)?", "fecha", "inviato", "data"),
    *("verzonden", "sendt", "dato", "skickat", "lähetetty", "päiväys", "wysłan[eo]", "odesláno", "odoslané", "poslano"),
    *(
        "elküldve",
        "dátum",
        "gönderildi",
        "tarih",
        "trimis",
        "отправлено",
        "дата",
        "надіслано",
        "στάλθηκε",
        "ημερομηνία",
    ),
    *("تم الإرسال", "التاريخ", "תאריך", "נשלח", "đã gửi", "ngày", "ส่ง", "วันที่", "dikirim", "tanggal"),
    *(
        "发送时间",
        "发件时间",
        "已发送",
        "时间",
        r"日\s?期",
        "寄件日期",
        "已傳送",
        "傳送時間",
        "보낸 ?(날짜|시간)",
        "날짜",
    ),
    *("送信日時", "日時", "日付"),
)
_SUBJECTS: Final = (
    *("subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "emne", "ämne", "aihe", "temat"),
    *("předmět", "predmet", "tárgy", "konu", "subiect", "тема", "θέμα", "الموضوع", "נושא", "chủ đề", "tiêu đề"),
    *("เรื่อง", "ชื่อเรื่อง", "subjek", "perihal", r"主\s?题", "标题", "主旨", "제목", "件名", "題名"),
)
_TOS: Final = (
    *("to", "an", "à", "a", "para", "aan", "til", "till", "vastaanottaja", "do", "komu", "címzett", "kime", "către"),
    *("кому", "προς", "إلى", "אל", "đến", "ถึง", "kepada", r"收\s?件\s?人", "收件者", "받는 ?사람", "宛先"),
)
_WROTE: Final = (
    *("wrote", "sent", "writes", "schrieb", "schreibt", "geschrieben", "schreef", "geschreven", "a écrit", "escribió"),
    *("ha scritto", "escreveu", "skrev", "kirjoitti", r"napisał(\(a\)|a)?", r"napsal(\(a\)|a)?", "írta", "a scris"),
    *("yazdı", r"написал(\(а\)|а)?", "пишет", "пише", "έγραψε", "đã viết", "menulis", "写道", "寫道", "작성"),
)
_ON: Final = ("on", "am", "le", "el", "il", "em", "op", "den", "på", "w dniu", "dnia", "dne", "vào", "pada", "la", "le")
_DEVICES: Final = (
    *("iphon", "ipad", "android", "samsung", "galaxy", "xiaomi", "redmi", "huawei", "oppo", "vivo", "smartphone"),
    *("blackberry", "outlook", "yahoo", "proton", "gmail", "aol", "superhuman", "tapatalk", "windows", "mail.ru"),
    *("mail app", "mobiltelefon", "téléphone", "мобильной", "手机", "邮箱", "移动端"),
)
_BEFORE_DEVICE: Final = (
    *(
        "sent (from|via|with|using)",
        "gesendet (von|mit|aus)",
        "envoyé (de|depuis|avec|à partir d[e’'])",
        "provenance :",
    ),
    *("enviado (desde|con|de|do|da|pelo|a partir do)", "(verstuurd|verzonden) (vanaf|vanuit|via|met)", "skickat från"),
    *("sendt? fra", "lähetetty", "wysłan[eo] (z|ze)", "odesláno z", "odoslané z", "trimis de (pe|la)", "elküldve"),
    *("отправлено (с|из)", "надіслано (з|із)", "στάλθηκε από", "được gửi từ", "ส่งจาก", "dikirim dari"),
    *(
        "أ[\u064b-\u0652]?رسلت من",
        "تم الإرسال من",
        "נשלח מ",
        "发自",
        "來自",
        "来自我的",
        "傳送自",
        "寄件自",
        "発信元[:：]",
        "발신[:：]",
    ),
)
_FETCH: Final = (
    *("get", "download", "obtenir", "obtenez", "télécharger", "holen sie sich", "obtener", "descargar", "obter"),
    *("obtenha", "baixar", "scarica", "ottieni", "hämta", "hent", "hanki", "få", "скачать", "завантажити", "pobierz"),
    *("získat", "stáhnout", "获取", "取得"),
)
_FETCHED: Final = (
    "beziehen",
    "herunterladen",
    "downloaden",
    "を入手",
    "を取得",
    "다운로드",
    "다운받기",
    "indir",
    "edinin",
)


def _any(words: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(words)})"


def _field(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\s*+[*|]{{0,2}}\s?{_any(words)}\s*+\*{{0,2}}\s*+[:：|]", re.IGNORECASE)


ORIGINAL: Final = re.compile(
    rf"\s*+[-_]{{3,}}{_MORE}({_any(_ORIGINALS)}"
    r"|on [^<>]{8,60} [^<>]{0,80}<[^<>\s]{3,190}> wrote|on [^<>@]{8,60} [^<>\s@]{1,64}@[^<>\s@]{1,190} wrote|on [\d/.-]{6,10} [^<>]{4,80} wrote)"
    rf"{_MORE}[-_]{{3,}}\s*|\s*+##-[^#]{{3,120}}-##\s*",
    re.IGNORECASE,
)
"""A line that says: here the quoted mail begins."""
FORWARDED: Final = re.compile(rf"\s*+(-{{3,}}\s*{_any(_FORWARDS)}.*|{_any(_FORWARD_MARKS)}\s?[:：])", re.IGNORECASE)
FORWARD_SUBJECT: Final = re.compile(
    r"\s*(fwd?|wg|tr|rv|enc|i|vs|vb|vl|pd|doorst|továbbítás|ilt|пересл|转发|轉寄|轉發|전달|転送)\s*[:：]", re.IGNORECASE
)
FROM: Final = re.compile(rf"{_field(_FROMS).pattern}\s*\S", re.IGNORECASE)
SENT: Final = _field(_SENTS)
SUBJECT: Final = _field(_SUBJECTS)
TO: Final = _field(_TOS)
RULER: Final = re.compile(r"\s*+([_-]{10,}|—{3}|original|原始邮件)\s*", re.IGNORECASE)
"""What may stand above the header of a quoted mail; the second is how the reader of HTML writes a ruler."""
WROTE: Final = re.compile(rf"{_any(_WROTE)}\s?[:：]\s*", re.IGNORECASE)
"""How a sentence ends that introduces a quote."""
BEGINS: Final = re.compile(rf"\s*+{_any(_ON)} .*\d", re.IGNORECASE)
"""How one begins."""
QUOTING: Final = re.compile(
    rf"\s*+((quoting|zitat von|citando|quote from) [^:]{{0,80}}|[^:]{{1,60}}<[^<>\s]{{3,190}}> {_any(_WROTE)}\s?):\s*",
    re.IGNORECASE,
)
"""One that tells no time."""
_SYSTEM: Final = "(ios|android|iphone|ipad|mac|windows)"
PHONE: Final = re.compile(
    r"\s*+[\u202a-\u202e]?(sent from my .{2,40}|von meinem(/meiner)? .{2,40} gesendet|inviato d[ai]l? .{2,40}"
    r"|envoyé (de|depuis|à partir de) mon .{2,40}|envoyé (depuis|à partir) (d['’]|l['’])?appli.{2,40}"
    r"|enviado (desde mi|do meu|de meu) .{2,40}|gesendet (von|mit) .{2,40}|von (yahoo|outlook).{2,30} gesendet"
    r"|发自 ?我的.{1,20}|[从從].{1,24}(发送|傳送|傳送的)|(나의|내) .{1,20}에서 보냄"
    rf"|{_any(_BEFORE_DEVICE)}.{{0,40}}{_any(_DEVICES)}.{{0,25}}"
    rf"|.{{0,4}}{_any(_DEVICES)}.{{0,20}}(から送信|에서 보냄|에서 발송|から発信|d[ae]n gönderildi)"
    rf"|{_any(_FETCH)} ?.{{0,25}}outlook.{{2,16}}{_SYSTEM}.{{0,5}}|outlook.{{2,8}}{_SYSTEM}\s?{_any(_FETCHED)})"
    r"[.!]?\s?([<(]\s?https?://[^<>\s]{1,200}\s?[>)])?\s*",
    re.IGNORECASE,
)
"""A line that a phone or a program writes under a mail."""
