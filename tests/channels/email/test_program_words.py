"""The words of mail programs in many languages: what they put around a quoted mail and under one's own."""

import pytest

from mim_desk.channels.email.quoting import parted

HEADERS = [
    ("Fra", "Sendt", "Til", "Emne"),
    ("Från", "Skickat", "Till", "Ämne"),
    ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    ("Od", "Wysłano", "Do", "Temat"),
    ("Od", "Odesláno", "Komu", "Předmět"),
    ("Feladó", "Elküldve", "Címzett", "Tárgy"),
    ("Gönderen", "Gönderildi", "Kime", "Konu"),
    ("Від", "Надіслано", "Кому", "Тема"),
    ("Από", "Στάλθηκε", "Προς", "Θέμα"),
    ("De la", "Trimis", "Către", "Subiect"),
    ("من", "تم الإرسال", "إلى", "الموضوع"),
    ("מאת", "נשלח", "אל", "נושא"),
    ("Từ", "Đã gửi", "Đến", "Chủ đề"),
    ("จาก", "ส่ง", "ถึง", "เรื่อง"),
    ("Dari", "Dikirim", "Kepada", "Subjek"),
    ("寄件者", "已傳送", "收件者", "主旨"),
    ("发件人", "已发送", "收件人", "主题"),
    ("从", "发送时间", "收件人", "主题"),
    ("发件人", "时间", "收件人", "主题"),
    ("보낸 사람", "보낸 시간", "받는 사람", "제목"),
]


@pytest.mark.parametrize("words", HEADERS, ids=["-".join(words[:2]) for words in HEADERS])
def test_the_header_of_a_quoted_mail_is_known_in_each_language(words: tuple[str, ...]):
    by, sent, to, subject = words
    quoted = f"{by}: Shop <a@b.example>\n{sent}: 22.11.2026 15:04\n{to}: Mia\n{subject}: Order"

    told = parted(f"Yes\n\n{quoted}\n\nHi")

    assert told.new == "Yes"
    assert told.quoted == f"{quoted}\n\nHi"


def test_a_header_in_bold_is_one_too():
    quoted = "**From:** Shop <a@b.example>\n**Sent:** 22.11.2026 15:04\n**To:** Mia\n**Subject:** Order\n\nHi"

    assert parted(f"Yes\n\n{quoted}") == ("Yes", quoted)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "-----Oprindelig meddelelse-----",
            "-------- Oprindelig besked --------",
            "-----Ursprungligt meddelande-----",
            "-----Opprinnelig melding-----",
        ),
        *("-----Alkuperäinen viesti-----", "-----Wiadomość oryginalna-----", "----- Mail original -----"),
        *("----邮件原文----", "----- 原文 -----", "-----Reply Message-----", "-----Eredeti üzenet-----"),
        "------On 11/22/2026 15:04 PM, Shop wrote-----",
        "---- On Sun, 22 Nov 2026 15:04:50 +0200 shop@b.example wrote ----",
        "---------- Původní e-mail ----------",
        "##- Please write your answer above this line -##",
    ],
)
def test_a_line_that_begins_the_quoted_mail_is_known_in_each_language(line: str):
    assert parted(f"Yes\n\n{line}\n\nHi") == ("Yes", f"{line}\n\nHi")


INTRODUCTIONS = [
    "Den 22 november, 2026 15:04:05, Shop (shop@b.example) skrev:\n\nHi",
    "W dniu 22 listopada 2026 15:04 użytkownik Shop <shop@b.example>\nnapisał:\n\nHi",
    "Le 22 nov. 2026 à 15:04, Shop\n<shop@b.example> a écrit :\n\nHi",
    "On Nov 22, 2026, at 3:04 PM, Shop <\na-very-long-address@b.example>\nwrote:\n\nHi",
    "On November 22, 2026, 3:04 PM GMT+1 shop@b.example wrote:\n\nHi",
    "\u202bבתאריך יום א׳, 22 בנוב׳ 2026 ב-15:04 מאת \u202aShop\u202c\u200f <\u202ashop@b.example\u202c\u200f>:\u202c\n\n> Hi",
    '----------------\nКому: mia@x.example;\nТема: Order;\n22.11.2026, 15:04, "Shop" <shop@b.example>:\n\nHi',
    "Shop <shop@b.example> writes:\n\n> Hi",
    "Zitat von Shop <shop@b.example>:\n\n> Hi",
    "Quoting Shop <shop@b.example>:\n\n> Hi",
    '----------------\nКому: mia@x.example;\nТема: Order;\n22.11.2026, 15:04, "Shop" <shop@b.example>:\n\n> Hi',
    "su 22. marraskuuta 2026 klo 15.04 Shop\n<shop@b.example> kirjoitti:\n\nHi",
    "原始邮件\n \n发件人：Shop <a@b.example>\n发件时间：2026年11月22日 15:04\n主题：Order\n\nHi",
]


@pytest.mark.parametrize("quoted", INTRODUCTIONS, ids=[one.partition("\n")[0][:30] for one in INTRODUCTIONS])
def test_who_wrote_the_quote_is_no_part_of_the_answer(quoted: str):
    assert parted(f"Yes\n\n{quoted}") == ("Yes", quoted)


def test_a_quoted_header_right_under_the_answer_begins_with_its_date():
    quoted = "Gesendet: Sonntag, 22. November 2026 um 15:04\nVon: a@b.example\nAn: mia\nBetreff: Order\nHi"

    assert parted(f"Yes\n{quoted}") == ("Yes", quoted)


def test_an_introduction_right_under_the_answer_is_cut_where_it_begins():
    quoted = ' On Nov 22, 2026 9:59 AM, "Shop" <\na-very-long-address@b.example> wrote:\n\n> Hi'

    assert parted(f"Yes\n{quoted}") == ("Yes", quoted)


SIGNED = [
    *("Enviado do meu iPhone", "Verstuurd vanaf mijn iPhone", "Skickat från min iPhone", "Sendt fra min iPhone"),
    *("Lähetetty iPhonesta", "Wysłane z iPhone'a", "Odesláno z iPhonu", "Отправлено с iPhone", "Надіслано з iPhone"),
    *("Отправлено из мобильной Почты Mail.ru", "Στάλθηκε από το iPhone μου", "iPhone'umdan gönderildi"),
    *("Được gửi từ iPhone của tôi", "ส่งจาก iPhone ของฉัน", "Dikirim dari iPhone saya", "נשלח מה-iPhone שלי"),
    *("\u202bأُرسلت من الـ iPhone", "Trimis de pe iPhone-ul meu", "Elküldve az iPhone-omról", "내 iPhone에서 보냄"),
    *("Galaxyから送信", "発信元: iPhone", "发自网易邮箱大师", "来自我的华为手机", "从 Windows 版邮件发送"),
    *("Sent from Proton Mail for iOS", "Sent with Proton Mail secure email.", "Sent from AOL on Android"),
    *("Von meinem/meiner Galaxy gesendet", "Enviado desde Outlook para Android", "Hämta Outlook för iOS"),
    *("Obtener Outlook para iOS<https://aka.ms/o0ukef>", "Scarica Outlook per iOS<https://aka.ms/o0ukef>"),
    *("Outlook voor iOS downloaden<https://aka.ms/o0ukef>", "Outlook for iOS 다운로드<https://aka.ms/o0ukef>"),
    "Sent via Superhuman iOS ( https://sprh.example )",
]


@pytest.mark.parametrize("line", SIGNED)
def test_what_a_phone_writes_under_a_mail_is_a_signature_in_each_language(line: str):
    assert parted(f"Yes\n\n{line}") == ("Yes", line)


@pytest.mark.parametrize(
    "line",
    [
        *("Outlook for Android does not open", "Outlook cannot download files", "Get my Outlook working please"),
        *("从手机上看不到订单", "从昨天开始手机收不到短信", "从上海发送到北京的包裹没到", "取得 手机 号码"),
        *("Ich habe es per Telefon gesendet", "Sent from Berlin with love", "Sendt fra Bergen i går"),
        "On 12 May 2026 at 10:00 I wrote to care@shop.example:\nNothing came. Please help",
        "Von: Berlin\nDatum: 22.11.2026\nAn: Hamburg\nIch brauche ein Ticket",
    ],
)
def test_what_only_sounds_like_a_program_is_the_customers_own(line: str):
    assert parted(f"Hello\n\n{line}") == (f"Hello\n\n{line}", "")
