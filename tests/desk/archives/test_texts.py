"""Texts in old encodings, damaged zips, times that never were, and what Telegram's messages are besides words."""

import json
import time
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mim_desk.desk.archives import telegram
from mim_desk.desk.archives.reading import read
from mim_desk.desk.archives.shapes import BadRow, Said, Wanted
from mim_desk.domain.refusal import Refusal
from tests.desk.archives.made import BERLIN, WANTED, ZONE, written, zipped
from tests.desk.archives.test_others import CHAT, MIA, TABLE, exported

ROW = "contact,name,at,direction,text\n1,Mia,2009-03-01,in,Größe\n1,Mia,2009-03-02,in,ok\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_unicode_is_read_in_every_form_that_says_what_it_is(tmp_path: Path, encoding: str, kind: str) -> None:
    row = {"contact": "1", "at": "2009-03-01", "direction": "in", "text": "Größe"}
    text = ROW if kind == "csv" else json.dumps([row], ensure_ascii=False)
    found = read(written(tmp_path / f"icq.{kind}", text.encode(encoding)), WANTED)

    assert found.said[0].text == "Größe"


def test_another_encoding_is_told_and_never_guessed(tmp_path: Path) -> None:
    path = written(tmp_path / "icq.csv", ROW.encode("cp1252"))

    guessed, named = read(path, WANTED), read(path, Wanted(ZONE, encoding="cp1252"))

    assert [one.text for one in guessed.said] == ["ok"]
    assert guessed.bad == [BadRow(2, "the line is not UTF-8; name its --encoding")]
    assert [one.text for one in named.said] == ["Größe", "ok"]
    assert named.said[1].key == guessed.said[0].key


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_divide_columns_too(tmp_path: Path, delimiter: str) -> None:
    found = read(written(tmp_path / "icq.csv", ROW.replace(",", delimiter)), WANTED)

    assert [one.text for one in found.said] == ["Größe", "ok"]


def test_a_time_that_no_clock_shows_costs_only_its_row(tmp_path: Path) -> None:
    rows = "1,M,0001-01-01T00:00:00,in,x\n1,M,9999-12-31T23:59:59-05:00,in,y\n"
    found = read(written(tmp_path / "icq.csv", ROW + rows), WANTED)

    assert [one.line for one in found.bad] == [4, 5]
    assert len(found.said) == 2


def test_without_a_zone_summer_and_winter_keep_their_own_hours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    rows = "contact,at,direction\n1,2025-01-01T12:00:00,in\n1,2025-07-01T12:00:00,in\n"
    winter, summer = read(written(tmp_path / "icq.csv", rows), Wanted(None)).said
    monkeypatch.undo()
    time.tzset()

    assert (winter.at.utcoffset(), summer.at.utcoffset()) == (timedelta(hours=1), timedelta(hours=2))


def test_half_a_zip_is_refused_and_nothing_beside_it_is_read(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", **{"_chat.txt": BERLIN}).read_bytes()
    written(tmp_path / "icq.csv", TABLE)
    for end in range(0, len(whole), 9):
        with pytest.raises(Refusal, match="damaged"):
            read(written(tmp_path / "a.zip", whole[:end]), WANTED)


def test_a_zip_with_a_broken_list_is_refused_in_words(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", **{"_chat.txt": BERLIN}).read_bytes()

    with pytest.raises(Refusal, match="damaged"):
        read(written(tmp_path / "a.zip", whole.replace(b"PK\1\2", b"XXXX")), WANTED)


def test_members_without_a_name_do_no_harm(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in (".", "./", "//", "icq.csv"):
            archive.writestr(name, TABLE)

    found = read(tmp_path / "a.zip", WANTED)
    assert len(found.said) == 2
    found.close()


def one_of(**more: Any) -> Said:
    said, bad = telegram.read(exported({**MIA, "text": "", **more}), WANTED)
    assert bad == []
    return said[0]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"poll": {"question": "Blue?", "answers": [{"text": "Yes", "voters": 2}]}}, "Blue?\n• Yes (2)"),
        ({"poll": {"question": {"text": "Blue?"}, "answers": []}}, "Blue?"),
        ({"sticker_emoji": "😀", "file": "stickers/a.webp"}, "😀"),
        ({"contact_information": {"first_name": "Ben", "phone_number": "+49"}}, "Ben +49"),
        ({"place_name": "Shop", "location_information": {"latitude": 1.5, "longitude": 2}}, "Shop\n1.5, 2"),
        ({"invoice_information": {"title": "Bag", "amount": 3900, "currency": "EUR"}}, "Bag 3900 EUR"),
        ({"game_title": "Chess"}, "Chess"),
    ],
)
def test_what_telegram_carries_besides_words_is_told_in_words(more: dict[str, Any], text: str) -> None:
    assert one_of(**more).text == text


def test_a_file_that_telegram_left_out_is_named_as_missing() -> None:
    left_out = "(File not included. Change data exporting settings to download.)"

    assert one_of(file=left_out, file_name="offer.pdf").missing == ["offer.pdf"]
    assert one_of(file=left_out, media_type="voice_message").missing == ["voice_message"]
    assert one_of(photo="(File exceeds maximum size.)").missing == ["photo"]
    assert one_of(media_type="something_new").missing == ["something_new"]


def test_a_single_result_finds_its_pictures_in_their_folders_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "photos").mkdir(parents=True)
    written(folder / "photos" / "1.jpg", "one")
    written(folder / "secret.txt", "ours")
    written(tmp_path / "above.txt", "ours")
    names = ["photos/1.jpg", "files/secret.txt", "../above.txt", str(tmp_path / "above.txt"), "x\0y", "y" * 5000]
    data = exported(*({**MIA, "id": number, "file": name} for number, name in enumerate(names)))

    found = read(written(folder / "result.json", data), WANTED)

    assert [found.file(one.files[0]) for one in found.said] == [b"one", *[None] * 5]


def test_a_chat_of_an_account_that_is_broken_costs_no_other() -> None:
    account = {"chats": {"list": [17, {**CHAT, "messages": 3}, {**CHAT, "messages": [MIA]}]}}

    said, bad = telegram.read(json.dumps(account).encode(), WANTED)

    assert ([one.text for one in said], len(bad)) == (["Hi"], 2)
