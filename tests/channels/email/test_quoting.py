"""What of a mail is new and what is quoted: a case for each mail program and language of the sheet, and where one must not cut."""

import pytest

from mim_desk.channels.email.html_text import text_of
from mim_desk.channels.email.quoting import parted

FOLDED = [
    ("gmail-en", "Yes\n\nOn Mon, Nov 2, 2026 at 3:04 PM Mia <mia@x.y> wrote:\n\n> Hi\n> there"),
    ("gmail-wrapped", "Yes\n\nOn Mon, Nov 2, 2026 at 3:04 PM A Very Long Name\n<mia@x.y> wrote:\n> Hi"),
    ("gmail-ko", "Yes\n\n2026년 11월 22일 (일) 오후 3:04, Mia <mia@example.org>님이 작성:\n\n> Hi"),
    ("gmail-zh", "Yes\n\nMia <m@x.y> 于2026年11月22日周日 15:04写道：\n\n> Hi"),
    ("gmail-ja", "Yes\n\n2026年11月22日(日) 15:04 Mia <mia@x.y>:\n\n> Hi"),
    ("gmail-de", "Yes\n\nAm Mo., 2. Nov. 2026 um 15:04 Uhr schrieb Mia <mia@x.y>:\n\n> Hi"),
    ("gmail-fr", "Yes\n\nLe lun. 2 nov. 2026 à 15:04, Mia <mia@x.y> a écrit :\n\n> Hi"),
    ("outlook-en", "Yes\n\n-----Original Message-----\nFrom: Shop\nSent: Monday\nTo: Mia\nSubject: Order\n\nHi"),
    (
        "outlook-de",
        "Yes\n\n________________________________\nVon: Shop <a@b.c>\nGesendet: Montag\nAn: Mia\nBetreff: Order\n\nHi",
    ),
    ("outlook-zh", "Yes\n\n发件人: Shop <a@b.c>\n发送时间: 2026年11月22日\n收件人: Mia\n主题: Order\n\nHi"),
    ("outlook-ko", "Yes\n\n보낸 사람: Shop\n보낸 날짜: 2026\n받는 사람: Mia\n제목: Order\n\nHi"),
    (
        "yahoo-en",
        "Yes\n\n    On Monday, November 2, 2026 at 03:04:05 PM GMT+1, Shop <a@b.c> wrote:  \n \n Hi\n there\n",
    ),
    (
        "yahoo-de",
        "Yes\n    Am Montag, 2. November 2026 um 15:04:05 MEZ hat Shop <a@b.c> Folgendes geschrieben: \n \n Hi",
    ),
    ("yahoo-fr", "Yes\n\n    Le lundi 2 novembre 2026 à 15:04:05 UTC+1, Shop <a@b.c> a écrit : \n \n Hi"),
    ("signature", "Yes\n\n-- \nMia\nDirector"),
    ("bare-signature", "Yes\n\n--\nMia"),
    ("phone", "Yes\n\nSent from my iPhone"),
    ("signature-above-the-phone's", "Yes\n\n--\nMia\nSent from my iPhone"),
    ("phone-de", "Yes\n\nVon meinem iPhone gesendet"),
    ("quote-and-signature", "Yes\n\nOn 2 Nov 2026 at 15:04, Mia <m@x.y> wrote:\n> Hi\n\n-- \nMia"),
    ("below", "> Hi\n> there\n\nYes"),
    (
        "outlook-mobile",
        "Yes\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Shop <a@b.c>\nSent: Sunday, November 22, 2026 3:04:05 PM\nTo: Mia <m@x.y>\nSubject: Order\n\nHi",
    ),
    (
        "outlook-mobile-de",
        "Yes\n\nOutlook für iOS beziehen<https://aka.ms/o0ukef>\n________________________________\nVon: Shop <a@b.c>\nGesendet: Sonntag, 22. November 2026 15:04:05\nAn: Mia <m@x.y>\nBetreff: Order\n\nHi",
    ),
    (
        "outlook-mobile-de2",
        "Yes\n\nHolen Sie sich Outlook für Android<https://aka.ms/o0ukef>\n________________________________\nVon: Shop <a@b.c>\nGesendet: Sonntag, 22. November 2026 15:04:05\nAn: Mia <m@x.y>\nBetreff: Order\n\nHi",
    ),
    (
        "outlook-mobile-fr",
        "Yes\n\nObtenez Outlook pour iOS<https://aka.ms/o0ukef>\n________________________________\nDe : Shop <a@b.c>\nEnvoyé : dimanche 22 novembre 2026 15:04:05\nÀ : Mia <m@x.y>\nObjet : Order\n\nHi",
    ),
    (
        "outlook-mobile-zh",
        "Yes\n\n获取 Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n发件人: Shop <a@b.c>\n发送时间: 2026年11月22日 15:04\n收件人: Mia <m@x.y>\n主题: Order\n\nHi",
    ),
    (
        "outlook-mobile-ja",
        "Yes\n\nOutlook for iOS を入手<https://aka.ms/o0ukef>\n________________________________\n差出人: Shop <a@b.c>\n送信日時: 2026年11月22日 15:04\n宛先: Mia <m@x.y>\n件名: Order\n\nHi",
    ),
    ("outlook-fr-curly", "Yes\n\n-----Message d’origine-----\nHi"),
    (
        "gmx",
        'Yes\n\nGesendet: Sonntag, 22. November 2026 um 15:04 Uhr\nVon: "Shop" <a@b.c>\nAn: m@x.y\nBetreff: Order\n\nHi',
    ),
    (
        "gmx-new",
        'Yes\n\nAm 22.11.26 um 15:04 schrieb Shop\n\n> Von: "Shop" <a@b.c>\n> Datum: 22. November 2026\n> An: m@x.y\n> Betreff: Order\n> \n> Hi',
    ),
    (
        "t-online",
        'Yes\n\n-----Original-Nachricht-----\nBetreff: Order\nDatum: 2026-11-22T15:04:05+0100\nVon: "Shop" <a@b.c>\nAn: "m@x.y" <m@x.y>\n\nHi',
    ),
    ("orange-new", "Yes\n\nenvoyé : 22 novembre 2026 à 15:04\nde : Shop <a@b.c>\nà : Mia <m@x.y>\nobjet : Order\n\nHi"),
    ("zoho", "Yes\n\n---- On Sun, 22 Nov 2026 15:04:05 +0100 Shop <a@b.c> wrote ----\n\nHi"),
    ("zoho2", "Yes\n\n---- On Sun, 22 Nov 2026 15:04:05 +0100 Shop <a@b.c> wrote ---\n\nHi"),
    (
        "163-master",
        "Yes\n\n---- 回复的原邮件 ----\n| 发件人 | Shop<a@b.c> |\n| 日期 | 2026年11月22日 15:04 |\n| 收件人 | m@x.y |\n| 主题 | Order |\nHi",
    ),
    (
        "163-master-en",
        "Yes\n\n---- Replied Message ----\n| From | Shop<a@b.c> |\n| Date | 11/22/2026 15:04 |\n| To | m@x.y |\n| Subject | Order |\nHi",
    ),
    ("qq-nb", 'Yes\n\n\n\n------------------&nbsp;原始邮件&nbsp;------------------\n发件人: "Shop" <a@b.c>;\n\nHi'),
    (
        "qq-en",
        'Yes\n\n------------------ Original ------------------\nFrom:  "Shop";<a@b.c>;\nDate:  Sun, Nov 22, 2026 03:04 PM\nTo:  "Mia"<m@x.y>;\nSubject:  Order\n\nHi',
    ),
    (
        "aliyun",
        "Yes\n\n------------------------------------------------------------------\n发件人：Shop <a@b.c>\n发送时间：2026年11月22日(星期日) 15:04\n收件人：Mia <m@x.y>\n主\u3000题：Order\n\nHi",
    ),
    (
        "aliyun-sender",
        "Yes\n\n------------------------------------------------------------------\n发件人：Shop <a@b.c>\n日\u3000期：2026年11月22日 15:04:05\n收件人：Mia <m@x.y>\n主\u3000题：Order\n\nHi",
    ),
    (
        "yahoo-mobile",
        "Yes\n\nSent from Yahoo Mail on Android \n \n  On Sun, 22 Nov 2026 at 15:04, Shop<a@b.c> wrote:   Hi\n there",
    ),
    (
        "yahoo-mobile2",
        "Yes\n\nSent from Yahoo Mail for iPhone\n\n\nOn Sunday, November 22, 2026, 3:04 PM, Shop <a@b.c> wrote:\n\nHi",
    ),
    ("sig-yahoo", "Yes\n\nSent from Yahoo Mail for iPhone"),
    ("sig-yahoo-and", "Yes\n\nSent from Yahoo Mail on Android"),
    ("sig-outlook-url2", "Yes\n\nGet Outlook for Android <https://aka.ms/AAb9ysg>"),
    ("sig-outlook-fr", "Yes\n\nObtenir Outlook pour iOS<https://aka.ms/o0ukef>"),
    ("sig-fr-tel", "Yes\n\nEnvoyé à partir de mon téléphone"),
    ("sig-fr-outlook", "Yes\n\nEnvoyé à partir d’Outlook pour iOS"),
    ("sig-de-outlook", "Yes\n\nGesendet mit der GMX iPhone App"),
    ("pt-outlook", "Yes\n\nDe: Shop <a@b.c>\nEnviada em: domingo\nPara: Mia\nAssunto: Order\n\nHi"),
    ("iphone-zh", "Yes\n\n发自我的 iPhone\n\n> 在 2026年11月22日，15:04，Shop <a@b.c> 写道：\n> \n> Hi"),
    ("iphone-ja", "Yes\n\niPhoneから送信\n\n> 2026/11/22 15:04、Shop <a@b.c>のメール:\n> \n> Hi"),
    ("iphone-tw", "Yes\n\n從我的iPhone傳送\n\n> Shop <a@b.c> 於 2026年11月22日 下午3:04 寫道：\n> \n> Hi"),
]


@pytest.mark.parametrize("text", [text for _, text in FOLDED], ids=[name for name, _ in FOLDED])
def test_what_is_quoted_is_told_from_what_is_new(text: str):
    told = parted(text)

    assert told.new == "Yes"
    assert told.quoted
    assert sorted(f"{told.new} {told.quoted}".split()) == sorted(text.split())


WHOLE = [
    ("prose", "On Monday I wrote a letter at 15:04:\nnobody answered"),
    ("inline", "On 2 Nov 2026 at 15:04, Mia <m@x.y> wrote:\n> One?\nYes.\n> Two?\nNo."),
    ("only-a-quote", "> Hi\n> there"),
    ("a-from-line", "From: the heart\nI thank you"),
    ("a-dash-line", "One\n--\nis not the end\n" + "of a long text\n" * 20),
    ("a-time-in-prose", "Sent: the parcel\nFrom: Berlin\nThanks"),
    ("answers-between-on-a-phone", "On 22 Nov 2026, 15:04, Mia <m@x.y> wrote:\n\n> One?\nYes.\n> Two?\nNo."),
    ("forwarded", "Look\n\n---------- Forwarded message ---------\nFrom: a@b.c\nDate: x\nSubject: y\n\nThe forward"),
]


@pytest.mark.parametrize("text", [text for _, text in WHOLE], ids=[name for name, _ in WHOLE])
def test_where_it_is_not_sure_all_is_new(text: str):
    assert parted(text).new.split() == text.split()


def test_a_forward_by_its_subject_is_the_message():
    text = "FYI\n\nFrom: Shop\nSent: Monday\nTo: Mia\nSubject: Order\n\nThe forward"

    assert parted(text, "Fwd: Order").new == text
    assert parted(text, "Re: Order").new == "FYI"


@pytest.mark.parametrize(
    "page",
    [
        "<div>Yes</div><hr><div><b>差出人:</b> Shop<br><b>送信日時:</b> 2026年<br><b>件名:</b> Order</div><div>Hi</div>",
        "<div>Yes</div><div>Original</div><div>发件人：Shop</div><div>发件时间：2026年</div><div>主题：Order</div>Hi",
    ],
    ids=["outlook-ja", "qq"],
)
def test_what_stands_above_a_quoted_header_belongs_to_it(page: str):
    assert parted(text_of(page)).new == "Yes"


def test_a_page_marks_what_gmx_quotes():
    page = '<div>Yes</div><div name="quote"><b>Gesendet:</b>&nbsp;Sonntag<br/><b>Von:</b> Shop</div><div>Hi</div>'

    assert parted(text_of(page)).new == "Yes"


def test_a_page_marks_what_outlook_and_gmail_quote():
    outlook = '<div>Yes</div><div id="divRplyFwdMsg">From: Shop</div><div>Hi</div>'
    gmail = (
        '<div dir="ltr">Yes</div><div class="gmail_quote"><div class="gmail_attr">On Mon, Nov 2, 2026 at 3:04 PM Mia '
        "&lt;m@x.y&gt; wrote:<br></div><blockquote>Hi</blockquote></div>"
    )

    assert parted(text_of(outlook)).new == "Yes"
    assert parted(text_of(gmail)).new == "Yes"


PAGES = [
    ("<p>One</p><p>Two</p>", "One\n\nTwo"),
    ("One<br>Two<br><br>Three", "One\nTwo\n\nThree"),
    ("<ul><li>a<li>b</ul>", "• a\n• b"),
    ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ("&lt;b&gt; &amp; &nbsp; &#8364; &unknown;", "<b> & € &unknown;"),
    ('<a href="https://x.example/1">here</a>', "here <https://x.example/1>"),
    ('<a href="mailto:a@b.c">a@b.c</a>', "a@b.c"),
    ('<a href="javascript:alert(1)">go</a>', "go"),
    ("<pre>a  b\n c</pre>", "a  b\n c"),
    ("<!-- <p>no</p> -->yes<![CDATA[x]]>", "yes"),
    ("a < b and <unclosed", "a < b and <unclosed"),
    (f'<img src="data:image/png;base64,{"A" * 9000}">Hi', "Hi"),
    (f'<a href="https://x.example/{"y" * 3000}">Hi</a>', f"Hi <https://x.example/{'y' * 3000}>"),
    ('<img alt="Logo" src="https://track.example/x.gif">', "[Logo]"),
]


@pytest.mark.parametrize(("page", "text"), PAGES, ids=[text.replace("\n", "/")[:40] for _, text in PAGES])
def test_each_piece_of_a_page_becomes_text(page: str, text: str):
    assert text_of(page) == text
