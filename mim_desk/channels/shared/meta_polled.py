"""Shapes of what Meta tells when it is asked, with just the fields that are read, and where asking stands.

https://developers.facebook.com/docs/graph-api/reference/page/conversations/
"""

from typing import Final

import msgspec

NEVER: Final = "1970-01-01T00:00:00+0000"


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far an account is read.

    Attributes:
        floor: what is not newer was there before the first look and stays where it is.
        since: when the newest conversation changed that is read; empty before the first look.
        read_again: conversations that changed in that second and were read after it.
        until: what ``since`` will be once ``threads`` are read.
        threads: conversations to read, oldest change first.
        messages: messages to ask for, one by one.
        after: where the list of changed conversations goes on.
    """

    floor: str = ""
    since: str = ""
    read_again: tuple[str, ...] = ()
    until: str = ""
    threads: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    after: str = ""


class Conversation(msgspec.Struct, frozen=True):
    """``{"id": "t_77", "updated_time": "2026-11-22T00:00:00+0000"}``."""

    id: str = ""
    updated_time: str = ""


class _Cursors(msgspec.Struct, frozen=True):
    after: str | None = None


class _Paging(msgspec.Struct, frozen=True):
    cursors: _Cursors | None = None
    next: str | None = None


class Listing(msgspec.Struct, frozen=True):
    """``{"data": [...], "paging": {"cursors": {"after": "QVF"}, "next": "https://..."}}``; each conversation is read by itself."""

    data: list[msgspec.Raw]
    paging: _Paging | None = None

    @property
    def after(self) -> str:
        """Where the list goes on; empty at its end."""
        paging = self.paging or _Paging()
        return (paging.cursors.after or "") if paging.next and paging.cursors else ""


class _Raws(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw] = []


class Thread(msgspec.Struct, frozen=True):
    """``{"id": "t_77", "messages": {"data": [...]}}``, newest first."""

    messages: _Raws = _Raws()


class Person(msgspec.Struct, frozen=True):
    """``{"id": "9100000000000077", "name": "Leo Ruiz"}``."""

    id: str | int | None = None


class _People(msgspec.Struct, frozen=True):
    data: list[Person] = []


class Media(msgspec.Struct, frozen=True):
    """``{"url": "https://cdn.example/1.jpg"}``."""

    url: str | None = None


class Attachment(msgspec.Struct, frozen=True):
    """``{"mime_type": "image/jpeg", "name": "1.jpg", "image_data": {"url": "..."}}``; others have ``file_url``."""

    mime_type: str | None = None
    name: str | None = None
    image_data: Media | None = None
    video_data: Media | None = None
    file_url: str | None = None


class _Attachments(msgspec.Struct, frozen=True):
    data: list[Attachment] = []


class ReplyTo(msgspec.Struct, frozen=True, omit_defaults=True):
    """``{"mid": "m_OUR9"}``."""

    mid: str | None = None


class Message(msgspec.Struct, frozen=True, rename={"author": "from"}):
    """``{"id": "m_T1", "created_time": "...", "from": {...}, "to": {"data": [...]}, "message": "Hi"}``."""

    id: str = ""
    created_time: str = ""
    author: Person | None = None
    to: _People | None = None
    message: str | None = None
    attachments: _Attachments | None = None
    sticker: str | None = None
    reply_to: ReplyTo | None = None
