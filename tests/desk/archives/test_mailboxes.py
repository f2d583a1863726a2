"""Mailboxes as programs leave them behind."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from mim_desk.desk.archives.reading import read
from mim_desk.desk.archives.shapes import Read, Wanted
from tests.desk.archives.made import ZONE, written, zipped

OURS = Wanted(ZONE, ("shop@example.com",))
DATE = "Date: Sat, 22 Nov 2025 14:05:00 +0100\n"


def mail(number: int, body: str = "Hi\n", more: str = DATE, envelope: str = "From x Sat Nov 22 14:05:00 2025") -> str:
    head = f"From: Mia <mia@example.com>\nTo: shop@example.com\nMessage-ID: <{number}@example.com>\n"
    return f"{envelope}\n{head}{more}\n{body}\n"


def box(tmp_path: Path, *mails: str) -> Read:
    return read(written(tmp_path / "old.mbox", "".join(mails)), OURS)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param("a\n\nFrom here on it went\n", "a\n\nFrom here on it went", id="not quoted at all"),
        pytest.param("a\n\n>From here\n", "a\n\nFrom here", id="mboxo"),
        pytest.param("a\n\n>>From here\n", "a\n\n>From here", id="mboxrd"),
        pytest.param("a\n\n> From here\n", "a\n\n> From here", id="a quotation"),
    ],
)
def test_lines_that_begin_like_a_mail_stay_in_their_mail(tmp_path: Path, body: str, text: str) -> None:
    found = box(tmp_path, mail(1, body), mail(2))

    assert [one.text for one in found.said] == [text, "Hi"]
    assert found.bad == []


@pytest.mark.parametrize(
    ("envelope", "at"),
    [
        ("From x Sat Nov 22 14:05:00 2025", datetime(2025, 11, 22, 14, 5, tzinfo=UTC)),
        (
            "From 123@xxx Sat Nov 22 14:05:00 +0100 2025",
            datetime(2025, 11, 22, 14, 5, tzinfo=timezone(timedelta(hours=1))),
        ),
        ("From - Sat Nov 22 14:05:00 2025", datetime(2025, 11, 22, 14, 5, tzinfo=UTC)),
    ],
    ids=["plain", "Gmail", "Thunderbird"],
)
@pytest.mark.parametrize("more", ["", "Date: yesterday\n"])
def test_a_mail_without_a_date_came_when_the_mailbox_says(
    tmp_path: Path, envelope: str, at: datetime, more: str
) -> None:
    assert [one.at for one in box(tmp_path, mail(1, more=more, envelope=envelope)).said] == [at]


def test_newer_thunderbirds_name_nobody_between_mails(tmp_path: Path) -> None:
    assert len(box(tmp_path, mail(1, envelope="From "), mail(2, envelope="From ")).said) == 2


@pytest.mark.parametrize(
    "header", ["X-Gmail-Labels: Drafts,Opened\n", "X-Gmail-Labels: Spam\n", "X-Mozilla-Status: 0009\n"]
)
def test_drafts_spam_and_deleted_mails_are_kept_out(tmp_path: Path, header: str) -> None:
    assert [one.key for one in box(tmp_path, mail(1, more=DATE + header), mail(2)).said] == ["<2@example.com>"]


HEAD = DATE + 'Content-Type: multipart/mixed; boundary="b"\n'
BODY = (
    '--b\nContent-Type: text/plain\n\nSee\n--b\nContent-Disposition: attachment; filename="a.txt"\n\none\n'
    '--b\nContent-Disposition: attachment; filename="b.txt"\n\n>From two\n--b--\n'
)


@pytest.mark.parametrize("kind", ["old.mbox", "old.zip"])
def test_files_of_mails_are_read_when_it_is_their_turn(tmp_path: Path, kind: str) -> None:
    text = mail(1) + mail(2, BODY, HEAD) + mail(3)
    path = tmp_path / kind
    found = read(zipped(path, **{"old.mbox": text}) if kind == "old.zip" else written(path, text), OURS)

    files = [(name, bytes_()) for one in found.said for name, _, bytes_ in one.inline]
    assert files == [("a.txt", b"one"), ("b.txt", b"From two")]
    found.close()


def test_half_a_mailbox_gives_its_whole_mails(tmp_path: Path) -> None:
    text = mail(1) + mail(2, BODY, HEAD)
    for end in range(len(mail(1)), len(text), 7):
        assert box(tmp_path, text[:end]).said[0].text == "Hi"


@pytest.mark.parametrize(
    ("head", "body", "text", "files"),
    [
        pytest.param("text/plain; charset=x-nonsense", "Größe".encode(), "Größe", [], id="unknown charset"),
        pytest.param("text/plain", "Größe".encode(), "Größe", [], id="no charset"),
        pytest.param("text/plain", "Größe".encode("cp1252"), "Größe", [], id="no charset and no UTF-8"),
        pytest.param("text/plain; charset=gb2312", "镕".encode("gb18030"), "镕", [], id="more than its charset"),
        pytest.param("multipart/mixed", b"Hi", "Hi", [], id="parts that never come"),
        pytest.param('application/pdf; name="a.pdf"', b"%PDF", "", ["a.pdf"], id="nothing but a file"),
        pytest.param(
            "multipart/alternative; boundary=b",
            b"--b\nContent-Type: text/plain\n\n\n--b\nContent-Type: text/html\n\n<p>Hi</p>\n--b--\n",
            "Hi",
            [],
            id="an empty plain text beside a page",
        ),
        pytest.param(
            "multipart/alternative; boundary=b",
            b"--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: text/x-amp-html\n\n<html>x\n--b--\n",
            "Hi",
            [],
            id="a page that runs",
        ),
        pytest.param(
            "multipart/mixed; boundary=b",
            b"--b\n\nA\n--b\nContent-Type: image/png; name=p.png\n\nx\n--b\n\nB\n--b--\n",
            "A\n\nB",
            ["p.png"],
            id="words around a picture",
        ),
    ],
)
def test_no_form_of_a_mail_costs_its_words_or_files(
    tmp_path: Path, head: str, body: bytes, text: str, files: list[str]
) -> None:
    told = mail(1, "", f"{DATE}Content-Type: {head}\n").rstrip("\n").encode() + b"\n\n" + body + b"\n"

    found = read(written(tmp_path / "old.mbox", told), OURS)

    (one,) = found.said
    assert (one.text, [name for name, _, _ in one.inline], found.bad) == (text, files, [])


def test_words_of_a_header_without_a_charset_are_in_that_of_the_body(tmp_path: Path) -> None:
    told = mail(1, "Hi\n", f"{DATE}Subject: Gr\u00f6\u00dfe\nContent-Type: text/plain; charset=cp1252\n").encode(
        "cp1252"
    )

    assert [one.text for one in read(written(tmp_path / "old.mbox", told), OURS).said] == ["Größe\n\nHi"]
