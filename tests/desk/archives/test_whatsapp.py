"""WhatsApp's exports in the dates and words of many phones."""

import contextlib
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.desk.archives import whatsapp
from mim_desk.desk.archives.reading import read
from mim_desk.desk.archives.shapes import BadRow, Said, Wanted
from mim_desk.domain.refusal import Refusal
from tests.desk.archives.made import BERLIN, WANTED, ZONE, written, zipped

OURS = Wanted(ZONE, ("Shop",))


def said(text: str, wanted: Wanted = OURS) -> list[Said]:
    found, bad = whatsapp.read(enumerate(text.splitlines(), 1), "WhatsApp Chat with Mia.txt", lambda _: False, wanted)
    assert bad == []
    return found


@pytest.mark.parametrize(
    ("line", "at"),
    [
        pytest.param("22.11.26, 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="German Android"),
        pytest.param("[22.11.26, 14:05:33] Mia: Hi", (2026, 11, 22, 14, 5, 33), id="German iOS"),
        pytest.param("11/22/26, 2:05\u202fPM - Mia: Hi", (2026, 11, 22, 14, 5), id="US Android with a narrow space"),
        pytest.param("\u200e[11/22/26, 12:05:33 AM] Mia: Hi", (2026, 11, 22, 0, 5, 33), id="US iOS with a mark"),
        pytest.param("22/11/2026, 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="UK"),
        pytest.param("22/11/2026 à 14:05 - Mia : Hi", (2026, 11, 22, 14, 5), id="French"),
        pytest.param("22/11/26, 2:05 p. m. - Mia: Hi", (2026, 11, 22, 14, 5), id="Spanish"),
        pytest.param("2026-11-22, 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Swedish"),
        pytest.param("2026/11/22 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Japanese"),
        pytest.param("2026/11/22 下午2:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Chinese"),
        pytest.param("[2026. 11. 22. 오후 2:05:33] Mia: Hi", (2026, 11, 22, 14, 5, 33), id="Korean iOS"),
        pytest.param("2026년 11월 22일 오후 2:05, Mia : Hi", (2026, 11, 22, 14, 5), id="Korean Android"),
        pytest.param("٢٢/١١/٢٠٢٦، ٢:٠٥ م - Mia: Hi", (2026, 11, 22, 14, 5), id="Arabic digits"),
        pytest.param("٢٢\u200f/١١\u200f/٢٠٢٦، ٢:٠٥ م - Mia: Hi", (2026, 11, 22, 14, 5), id="Arabic Android"),
        pytest.param("\u200f[٢٢\u200f/١١\u200f/٢٠٢٦، ٢:٠٥:٣٣ م] Mia: Hi", (2026, 11, 22, 14, 5, 33), id="Arabic iOS"),
        pytest.param("2026/11/22 晚上8:05 - Mia: Hi", (2026, 11, 22, 20, 5), id="Chinese evening"),
        pytest.param("2026/11/22 凌晨12:05 - Mia: Hi", (2026, 11, 22, 0, 5), id="Chinese night"),
        pytest.param("۲۰۲۶/۱۱/۲۲،\u200f ۱۴:۰۵ - Mia: Hi", (2026, 11, 22, 14, 5), id="Persian digits and a mark inside"),
        pytest.param("22.11.2026 klo 14.05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Finnish"),
        pytest.param("22.11.2026 г., 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Bulgarian"),
        pytest.param("22/11/2026, 14:05 น. - Mia: Hi", (2026, 11, 22, 14, 5), id="Thai"),
        pytest.param("22/11/26 2:05 μ.μ. - Mia: Hi", (2026, 11, 22, 14, 5), id="Greek"),
        pytest.param("22/11/26, 2:05 CH - Mia: Hi", (2026, 11, 22, 14, 5), id="Vietnamese"),
        pytest.param("22/11/2026, 2:05 PTG - Mia: Hi", (2026, 11, 22, 14, 5), id="Malay"),
        pytest.param("२२/११/२६, २:०५ अपराह्न - Mia: Hi", (2026, 11, 22, 14, 5), id="Hindi"),
        pytest.param("22. 11. 2026 v 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Slovene"),
        pytest.param("22.11.2026 о 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Ukrainian"),
        pytest.param("22. 11. 2026. u 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Croatian"),
        pytest.param("22-11-2026 om 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Dutch"),
        pytest.param("22.11.26, 14:05 Uhr - Mia: Hi", (2026, 11, 22, 14, 5), id="German with a word"),
        pytest.param("[22.11.26 г., 14:05:33 ч.] Mia: Hi", (2026, 11, 22, 14, 5, 33), id="Bulgarian iOS"),
        pytest.param("22/11/2569 BE, 14:05 - Mia: Hi", (2026, 11, 22, 14, 5), id="Thai in English"),
        pytest.param("22/11/26, 2:05 μμ - Mia: Hi", (2026, 11, 22, 14, 5), id="Greek without dots"),
        pytest.param("22.11.26 14.05.33: Mia: Hi", (2026, 11, 22, 14, 5, 33), id="old iOS"),
        pytest.param("22/11/26 2:05:33 PM: Mia: Hi", (2026, 11, 22, 14, 5, 33), id="old iOS in English"),
        pytest.param("[14:05, 22/11/2026] Mia: Hi", (2026, 11, 22, 14, 5), id="copied in a browser"),
        pytest.param("[2:05 PM, 11/22/2026] Mia: Hi", (2026, 11, 22, 14, 5), id="copied in a US browser"),
        pytest.param("[下午2:05, 2026/11/22] Mia: Hi", (2026, 11, 22, 14, 5), id="copied in a Chinese browser"),
        pytest.param("[오후 2:05, 2026. 11. 22.] Mia: Hi", (2026, 11, 22, 14, 5), id="copied in a Korean browser"),
        pytest.param("14:05, 22/11/2026 - Mia: Hi", (2026, 11, 22, 14, 5), id="Vietnamese Android"),
    ],
)
def test_dates_are_read_as_each_phone_writes_them(line: str, at: tuple[int, ...]) -> None:
    (one,) = said(line)

    assert one.at == datetime(*at, tzinfo=ZONE)
    assert (one.text, one.incoming) == ("Hi", True)


def test_a_text_of_several_lines_is_one_message_and_the_other_side_is_ours() -> None:
    first, second = said(BERLIN)

    assert (first.text, first.incoming, first.chat.name) == ("Ist sie noch da?", True, "Mia")
    assert (second.text, second.incoming) == ("Ja!\nund auch in Blau", False)


def test_lines_of_whatsapps_own_are_no_messages() -> None:
    told = (
        "22.11.26, 14:00 - Nachrichten und Anrufe sind verschlüsselt.\nund dies gehört dazu\n"
        "[22.11.26, 14:01:00] Mia: \u200eMessages and calls are end-to-end encrypted.\n22.11.26, 14:05 - Mia: Hi\n"
    )

    assert [one.text for one in said(told)] == ["Hi"]


def test_what_was_pasted_out_of_a_browser_into_a_message_stays_in_it() -> None:
    pasted = "You wrote:\n[14:05, 20/11/2026] Shop: It is sent"

    (one,) = said(f"[22/11/2026, 14:05:33] Mia: {pasted}")
    copied = said("[14:05, 20/11/2026] Shop: It is sent\n[14:06, 20/11/2026] Mia: Thank\nyou")

    assert one.text == pasted
    assert [(each.text, each.incoming) for each in copied] == [("It is sent", False), ("Thank\nyou", True)]


def test_what_an_iphone_writes_before_a_file_is_its_caption_but_not_the_pages_of_a_document() -> None:
    told = (
        "[22/11/2026, 14:05:33] Mia: So it looks \u200e<attached: 00000003-PHOTO-2026-11-22.jpg>\n"
        "[22/11/2026, 14:06:33] Mia: \u200eInvoice 7.pdf • \u200e2 pages \u200e<attached: 00000004-Invoice 7.pdf>\n"
    )

    assert [(one.text, one.files) for one in said(told)] == [
        ("So it looks", ("00000003-PHOTO-2026-11-22.jpg",)),
        ("", ("00000004-Invoice 7.pdf",)),
    ]


def test_the_order_of_dates_follows_from_the_whole_text_or_is_told() -> None:
    mdy = "03/04/26, 14:05 - Mia: Hi\n03/22/26, 14:05 - Mia: Hi\n"
    either = "03/04/26, 14:05 - Mia: Hi\n"

    assert said(mdy)[0].at.month == 3
    assert said(either, Wanted(ZONE, (), "mdy"))[0].at.month == 3
    assert said(either, Wanted(ZONE, (), "dmy"))[0].at.month == 4


def test_who_is_whom_follows_from_the_name_of_the_file_or_is_asked_for() -> None:
    lines = list(enumerate(BERLIN.splitlines(), 1))
    found, _ = whatsapp.read(lines, "WhatsApp-Chat mit Mia.zip", lambda _: False, WANTED)
    assert [one.incoming for one in found] == [True, False]

    with pytest.raises(Refusal, match="Mia, Shop"):
        whatsapp.read(lines, "_chat.txt", lambda _: False, WANTED)


def test_the_same_word_twice_in_one_minute_is_two_messages_with_lasting_keys() -> None:
    told = "22.11.26, 14:05 - Mia: Hi\n22.11.26, 14:05 - Mia: Hi\n"

    keys = [one.key for one in said(told)]
    assert len(set(keys)) == 2
    assert [one.key for one in said(told + "22.11.26, 14:06 - Mia: Hi\n")][:2] == keys


def test_a_number_without_a_name_is_their_phone() -> None:
    (one,) = said("22.11.26, 14:05 - +49 170 1234567: Hi")

    assert (one.chat.id, one.chat.fields) == ("+491701234567", {"phone": "+491701234567"})


def test_media_are_found_in_the_zip_and_named_where_they_are_not(tmp_path: Path) -> None:
    told = (
        "[22.11.26, 14:05:33] Mia: \u200e<attached: 1-PHOTO.jpg>\n"
        "22.11.26, 14:06 - Mia: IMG-1.jpg (Datei angehängt)\nSo sieht es aus\n"
        "22.11.26, 14:07 - Mia: <Medien ausgeschlossen>\n"
    )
    files = {"1-PHOTO.jpg": b"one", "IMG-1.jpg": b"two", "_chat.txt": told}
    found = read(zipped(tmp_path / "WhatsApp Chat - Mia.zip", **files), WANTED)

    assert [(one.files, one.text) for one in found.said] == [
        (("1-PHOTO.jpg",), ""),
        (("IMG-1.jpg",), "So sieht es aus"),
        (("Medien ausgeschlossen",), ""),
    ]
    assert [found.file(one.files[0]) for one in found.said] == [b"one", b"two", None]


def test_a_date_that_there_never_was_costs_only_its_message(tmp_path: Path) -> None:
    text = BERLIN + "31.02.26, 14:07 - Mia: never\n22.11.26, 14:08 - Mia: after\n"
    found = read(written(tmp_path / "WhatsApp Chat with Mia.txt", text), WANTED)

    assert [one.text for one in found.said][-1] == "after"
    assert found.bad == [BadRow(4, "31.02.26 is no date in the order dmy")]


@given(st.lists(st.text(max_size=80) | st.sampled_from(BERLIN.splitlines()), max_size=20))
def test_any_text_is_read_or_refused_in_words(lines: list[str]) -> None:
    with contextlib.suppress(Refusal):
        whatsapp.read(enumerate(lines, 1), "x.txt", lambda _: False, Wanted(ZONE, ("Shop",)))
