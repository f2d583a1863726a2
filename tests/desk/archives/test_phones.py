"""What phones write into WhatsApp's exports besides plain messages, and whom they are filed under."""

from pathlib import Path

import pytest

from mim_desk.desk.archives import whatsapp
from mim_desk.desk.archives.reading import read
from mim_desk.desk.archives.shapes import Said, Wanted
from mim_desk.domain.refusal import Refusal
from tests.desk.archives.made import BERLIN, WANTED, ZONE, written, zipped

OURS = Wanted(ZONE, ("Shop",))


def said(text: str, name: str = "WhatsApp Chat - Mia.txt", wanted: Wanted = OURS) -> list[Said]:
    found, bad = whatsapp.read(enumerate(text.splitlines(), 1), name, lambda _: False, wanted)
    assert bad == []
    return found


IPHONE = (
    "[22.11.26, 14:00:00] Mia: \u200eNachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.\n"
    "[22.11.26, 14:05:01] Mia: Hi\n"
    "[22.11.26, 14:05:33] Mia: \u200eBild weggelassen\n"
    "[22.11.26, 14:06:33] Mia: \u200eDiese Nachricht wurde gelöscht.\n"
    "[22.11.26, 14:06:34] Mia: \u200eDeine Sicherheitsnummer für Mia hat sich geändert.\n"
    "[22.11.26, 14:06:40] Mia: ok \u200e<Diese Nachricht wurde bearbeitet.>\n"
)


def test_what_an_iphone_puts_in_place_of_pictures_and_deleted_words_is_kept_in_any_language() -> None:
    assert [one.text for one in said(IPHONE)] == [
        "Hi",
        "Bild weggelassen",
        "Diese Nachricht wurde gelöscht.",
        "ok <Diese Nachricht wurde bearbeitet.>",
    ]


@pytest.mark.parametrize(
    "words",
    ["image omitted", "imagen omitida", "画像は省略されました", "изображение отсутствует", "görüntü dahil edilmedi"],
)
def test_who_sent_pictures_only_is_not_lost(words: str) -> None:
    assert [one.text for one in said(f"[22.11.26, 14:05:33] Mia: \u200e{words}\n")] == [words]


def test_a_new_subject_with_a_colon_in_it_is_nobodys_message() -> None:
    told = '22.11.26, 14:04 - Mia hat den Betreff in "Bags: new" geändert\n22.11.26, 14:05 - Mia: Hi\n'

    assert [one.text for one in said(told)] == ["Hi"]


@pytest.mark.parametrize(
    ("text", "month"),
    [
        pytest.param("3/4/26, 14:05 - Mia: a\n3/5/26, 14:05 - Mia: b\n4/1/26, 14:05 - Mia: c\n", 3, id="time goes on"),
        pytest.param("3/4/26, 2:05\u202fPM - Mia: a\n", 3, id="written as Americans do"),
        pytest.param("03/04/26, 2:05 pm - Mia: a\n", 4, id="written as Australians do"),
        pytest.param("22/11/2569, 14:05 - Mia: a\n", 11, id="years of Buddha"),
    ],
)
def test_the_order_of_dates_is_found_out(text: str, month: int) -> None:
    first = said(text)[0]

    assert (first.at.year, first.at.month) == (2026, month)


def test_a_year_of_another_calendar_is_told_and_not_taken_for_ours() -> None:
    found, bad = whatsapp.read([(1, "1405/09/01, 14:05 - Mia: a")], "x.txt", lambda _: False, OURS)

    assert (found, [one.line for one in bad]) == ([], [1])


def keys(text: str, name: str, wanted: Wanted = OURS) -> list[str]:
    return [one.key for one in said(text, name, wanted)]


FAMILY = '22.11.26, 14:00 - Mia hat die Gruppe "Bags" erstellt\n22.11.26, 14:05 - Mia: Hi\n22.11.26, 14:05 - Shop: Hi\n'


@pytest.mark.parametrize(
    ("text", "first", "again"),
    [
        pytest.param(BERLIN, "WhatsApp Chat with Mia.txt", "mia.txt", id="renamed"),
        pytest.param(FAMILY, "WhatsApp Chat with Bags.txt", "WhatsApp-Chat mit Bags (2).txt", id="a group's, copied"),
    ],
)
def test_the_same_chat_under_another_name_is_the_same(text: str, first: str, again: str) -> None:
    assert keys(text, first) == keys(text, again)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        pytest.param("22.11.26, 14:05 - Shop: Hi\n", "22.11.26, 14:06 - Mia: Yes\n", id="an answer"),
        pytest.param(FAMILY, "22.11.26, 14:06 - Ben: Me too\n", id="one more in the group"),
        pytest.param("3/4/26, 14:05 - Mia: Hi\n", "3/22/26, 14:05 - Mia: Yes\n", id="a date that tells the order"),
    ],
)
def test_a_chat_that_has_grown_keeps_what_it_had(text: str, more: str) -> None:
    name = "WhatsApp Chat with Bags.txt" if text is FAMILY else "WhatsApp Chat with Mia.txt"

    assert keys(text + more, name)[: len(keys(text, name))] == keys(text, name)


def test_another_zone_or_order_of_dates_makes_no_new_messages() -> None:
    text = "3/4/26, 14:05 - Mia: Hi\n"

    assert keys(text, "Mia.txt", Wanted(None, (), "dmy")) == keys(text, "Mia.txt", Wanted(ZONE, (), "mdy"))


def test_a_chat_in_which_only_we_wrote_is_with_whom_its_name_says() -> None:
    (one,) = said("22.11.26, 14:05 - Shop: Hi\n", "WhatsApp Chat with Mia.txt")

    assert (one.incoming, one.chat.id) == (False, "Mia")
    with pytest.raises(Refusal, match="Shop"):
        said("22.11.26, 14:05 - Shop: Hi\n", "WhatsApp Chat with Mia.txt", WANTED)


@pytest.mark.parametrize("name", ["preise.csv", "Notes.txt", "data.json", "Re: order.pdf"])
def test_what_was_sent_in_a_chat_is_not_taken_for_the_chat(tmp_path: Path, name: str) -> None:
    found = read(zipped(tmp_path / "WhatsApp Chat - Mia.zip", **{name: b"a,b\n1,2\n", "_chat.txt": BERLIN}), WANTED)

    assert [one.incoming for one in found.said] == [True, False]
    found.close()


def test_another_chat_in_the_same_folder_is_told(tmp_path: Path) -> None:
    for name in ("Ben", "Mia"):
        written(tmp_path / f"WhatsApp Chat with {name}.txt", f"22.11.26, 14:05 - {name}: Hi\n")

    found = read(tmp_path, WANTED)

    assert [one.chat.name for one in found.said] == ["Ben"]
    assert [one.why for one in found.bad] == [
        "WhatsApp Chat with Mia.txt is an archive of its own: import it by itself"
    ]


def test_a_customers_name_for_a_file_takes_nothing_that_lies_beside_the_text(tmp_path: Path) -> None:
    text = (
        "22.11.26, 14:05 - Mia: taxes.pdf (file attached)\n"
        "22.11.26, 14:05 - Mia: <attached: taxes.pdf>\n"
        "22.11.26, 14:05 - Mia: IMG-20261122-WA0001.jpg (file attached)\n"
    )
    written(tmp_path / "taxes.pdf", "ours")
    written(tmp_path / "IMG-20261122-WA0001.jpg", "theirs")
    found = read(written(tmp_path / "WhatsApp Chat with Mia.txt", text), WANTED)

    assert [found.file(one) for line in found.said for one in line.files] == [None, b"theirs"]
    assert found.said[0].text == "taxes.pdf (file attached)"
