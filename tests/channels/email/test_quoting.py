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
    ("forwarded", "Look\n\n---------- Forwarded message ---------\nFrom: a@b.c\nDate: x\nSubject: y\n\nThe forward"),
]


@pytest.mark.parametrize("text", [text for _, text in WHOLE], ids=[name for name, _ in WHOLE])
def test_where_it_is_not_sure_all_is_new(text: str):
    assert parted(text).new.split() == text.split()


def test_a_forward_by_its_subject_is_the_message():
    text = "FYI\n\nFrom: Shop\nSent: Monday\nTo: Mia\nSubject: Order\n\nThe forward"

    assert parted(text, "Fwd: Order").new == text
    assert parted(text, "Re: Order").new == "FYI"


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
