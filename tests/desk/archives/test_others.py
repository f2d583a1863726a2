"""Telegram's exports, mailboxes, the documented form, and archives that wish us ill."""

import contextlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.desk.archives import opening, telegram
from mim_desk.desk.archives.reading import read
from mim_desk.desk.archives.shapes import Wanted
from mim_desk.domain.refusal import Refusal
from tests.desk.archives.made import BERLIN, WANTED, ZONE, written, zipped

MIA = {"id": 1, "type": "message", "date_unixtime": "1763790000", "from": "Mia", "from_id": "user7", "text": "Hi"}
CHAT = {"name": "Mia", "type": "personal_chat", "id": 7, "messages": []}
MAIL = """From shop@x Sat Nov 22 14:05:00 2025
From: Mia <mia@example.com>
To: shop@example.com
Date: Sat, 22 Nov 2025 14:05:00 +0100
Message-ID: <1@example.com>
Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=

Do you have it?
>From here it looks fine.

From shop@x Sat Nov 22 14:06:00 2025
From: shop@example.com
To: Mia <mia@example.com>
Date: Sat, 22 Nov 2025 14:06:00 +0100
Message-ID: <2@example.com>
Content-Type: text/html

<html><head><style>p {}</style></head><p>Yes,<br>38 &amp; 39</p></html>
"""


def exported(*messages: object, **more: object) -> bytes:
    return json.dumps({**CHAT, **more, "messages": list(messages)}).encode()


def test_telegrams_messages_come_with_their_side_time_words_and_files() -> None:
    pieces = ["See ", {"type": "link", "text": "this"}]
    ours = {**MIA, "id": 2, "from": "Shop", "from_id": "user1", "text": pieces, "photo": "photos/1.jpg"}
    joined = {"id": 3, "type": "service", "date_unixtime": "1763790000", "action": "join"}

    first, second = telegram.read(exported(MIA, ours, joined), WANTED)[0]

    assert (first.text, first.incoming, first.at) == ("Hi", True, datetime.fromtimestamp(1763790000, UTC))
    assert (first.chat.id, first.chat.name, first.key) == ("7", "Mia", "7:1")
    assert (second.text, second.incoming, second.files) == ("See this", False, ("photos/1.jpg",))


def test_an_export_of_an_account_holds_many_chats() -> None:
    told = {"personal_information": {"user_id": 1}, "chats": {"list": [{**CHAT, "messages": [MIA]}] * 2}}

    assert len(telegram.read(json.dumps(told).encode(), WANTED)[0]) == 2


def test_chats_that_were_left_are_read_too() -> None:
    told = {"chats": {"list": [{**CHAT, "messages": [MIA]}]}, "left_chats": {"list": [{**CHAT, "messages": [MIA]}]}}

    assert len(telegram.read(json.dumps(told).encode(), WANTED)[0]) == 2


def test_what_is_null_in_a_message_of_telegrams_is_not_there() -> None:
    said, bad = telegram.read(exported({**MIA, "file_name": None, "poll": None}, {**MIA, "text": None}), WANTED)

    assert ([one.text for one in said], bad) == (["Hi", ""], [])


def test_what_was_only_forwarded_in_telegram_does_not_read_as_written() -> None:
    (one,), _ = telegram.read(exported({**MIA, "forwarded_from": "News of the day"}), WANTED)

    assert one.text == "↪ News of the day\nHi"


def test_a_broken_message_of_telegrams_costs_no_other() -> None:
    said, bad = telegram.read(exported({"id": "x"}, 17, MIA, {**MIA, "date_unixtime": "never"}), WANTED)

    assert [one.text for one in said] == ["Hi"]
    assert [one.line for one in bad] == [1, 2, 4]


def test_mails_are_messages_of_the_other_side(tmp_path: Path) -> None:
    found = read(written(tmp_path / "old.mbox", MAIL), Wanted(ZONE, ("Shop@example.com",)))

    first, second = found.said
    assert (first.text, first.incoming) == ("Größe\n\nDo you have it?\nFrom here it looks fine.", True)
    assert (first.chat.id, first.chat.name, first.key) == ("mia@example.com", "Mia", "<1@example.com>")
    assert (second.text, second.incoming, second.chat.id) == ("Yes,\n38 & 39", False, "mia@example.com")
    with pytest.raises(Refusal, match="--ours"):
        read(tmp_path / "old.mbox", WANTED)


TABLE = (
    'contact,name,at,direction,text\n1,Mia,2009-03-01T14:05:00+01:00,in,"uh-\noh!"\n1,Mia,2009-03-01T14:06:00,out,Hi\n'
)


def test_the_documented_form_is_read_as_csv_json_and_json_by_lines(tmp_path: Path) -> None:
    rows = [
        {"contact": "1", "name": "Mia", "at": "2009-03-01T14:05:00+01:00", "direction": "in", "text": "uh-\noh!"},
        {"contact": "1", "name": "Mia", "at": "2009-03-01T14:06:00", "direction": "out", "text": "Hi"},
    ]
    files = {
        "icq.csv": TABLE,
        "icq.json": json.dumps({"archive": "ICQ", "messages": rows}),
        "icq.jsonl": "\n".join(map(json.dumps, rows)),
    }
    read_ = [read(written(tmp_path / name, text), WANTED) for name, text in files.items()]

    assert all(found.said == read_[0].said for found in read_)
    assert [(one.text, one.incoming) for one in read_[0].said] == [("uh-\noh!", True), ("Hi", False)]
    assert read_[0].said[1].at == datetime(2009, 3, 1, 14, 6, tzinfo=ZONE)
    assert read_[1].name == "ICQ"


def test_a_bad_row_is_told_with_its_line_and_costs_no_other(tmp_path: Path) -> None:
    rows = (
        TABLE
        + "1,Mia,yesterday,in,x\n,Mia,2009-03-01T14:06:00,in,x\n1,Mia,2009-03-01T14:06:00,up,x\n1,M,2009-03-02,in,ok\n"
    )
    found = read(written(tmp_path / "icq.csv", rows), WANTED)

    assert [one.text for one in found.said][-1] == "ok"
    assert [one.line for one in found.bad] == [5, 6, 7]
    assert "direction is 'up'" in found.bad[2].why


def test_a_line_of_100_mb_is_told_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "icq.csv"
    with path.open("wb") as file:
        file.write(TABLE.encode())
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b"\n1,Mia,2009-03-02,in,after\n")
    found = read(path, WANTED)

    assert [one.text for one in found.said][-1] == "after"
    assert [row.why for row in found.bad if "1 MB" in row.why] == ["the line is longer than 1 MB"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\x.txt", "C:\\x.txt"])
def test_names_that_lead_out_of_a_zip_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal, match="leads out"):
        read(zipped(tmp_path / "a.zip", **{name: "x", "_chat.txt": BERLIN}), WANTED)


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="200 times"):
        read(zipped(tmp_path / "a.zip", **{"_chat.txt": b"0" * (64 << 20)}), WANTED)


def test_a_damaged_zip_and_what_is_no_archive_are_refused_in_words(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", **{"_chat.txt": BERLIN * 2000}).read_bytes()
    at = whole.index(b"_chat.txt") + 40
    broken = written(tmp_path / "b.zip", whole[:at] + b"\xff" * 20 + whole[at + 20 :])
    for path in (
        broken,
        written(tmp_path / "c.txt", "just words"),
        written(tmp_path / "d.exe", "MZ"),
        tmp_path / "none",
    ):
        with pytest.raises(Refusal) as refused:
            read(path, WANTED)
        assert refused.value.reason.endswith(".")


def test_links_that_lead_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    secret = written(tmp_path / "secret", "s")
    folder = tmp_path / "export"
    folder.mkdir()
    written(folder / "icq.csv", TABLE)
    (folder / "photo.jpg").symlink_to(secret)

    assert read(folder, WANTED).file("photo.jpg") is None


@given(st.binary(max_size=300), st.sampled_from([".csv", ".json", ".jsonl", ".txt", ".mbox", ".zip"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, kind: str) -> None:
    path = written(tmp_path_factory.mktemp("any") / f"a{kind}", data)
    with contextlib.suppress(Refusal):
        read(path, Wanted(ZONE, ("shop@example.com",)))


def test_no_file_above_the_limit_is_kept(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("icq.csv", TABLE)
        archive.writestr("big.bin", b"x" * (opening.LARGEST_FILE + 1))

    assert read(tmp_path / "a.zip", WANTED).file("big.bin") is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just("9" * 40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from(sorted({*MIA, "location_information", "contact_information", "photo"})), ANYTHING),
    st.dictionaries(st.sampled_from(["name", "type", "id", "messages", "chats", "personal_information"]), ANYTHING),
)
def test_a_broken_telegram_message_costs_no_other_and_a_broken_export_is_refused_in_words(
    message: dict[str, object], export: dict[str, object]
) -> None:
    whole = json.dumps({**CHAT, "messages": [{**MIA, **message}, MIA]}).encode()
    broken = json.dumps({**CHAT, "messages": [MIA], **export}).encode()

    assert telegram.read(whole, WANTED)[0][-1].text == "Hi"
    with contextlib.suppress(Refusal):
        telegram.read(broken, WANTED)


@pytest.mark.parametrize("data", [b'{"name": "\\ud83d"}', b'{"name": "\xff"}', b"[" * 5000, b'{"chats": {"list": 7}}'])
def test_what_is_no_export_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(Refusal):
        telegram.read(data, WANTED)


@pytest.mark.parametrize("kind", ["personal_chat", "public_supergroup", "private_group", "saved_messages"])
def test_every_kind_of_telegram_chat_is_known(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({**CHAT, "type": kind, "messages": [MIA]}))

    found = read(path, WANTED)
    found.close()

    assert (found.name, [one.text for one in found.said]) == (telegram.NAME, ["Hi"])
