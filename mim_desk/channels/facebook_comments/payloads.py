"""Shapes of the Page's feed, with just the fields that are read.

https://developers.facebook.com/docs/graph-api/webhooks/reference/page/#feed
"""

from typing import Any

import msgspec

Text = str | None
Id = str | int | None


class Change(msgspec.Struct, frozen=True):
    """``{"field": "feed", "value": {...}}``."""

    field: str
    value: msgspec.Raw


class Person(msgspec.Struct, frozen=True):
    """``{"id": "9100000000000077", "name": "Leo Ruiz"}``; either may be missing."""

    id: Id = None
    name: Text = None


class Post(msgspec.Struct, frozen=True):
    """``{"id": "701000000000001_880001", "permalink_url": "https://fb.example/p/880001"}``."""

    permalink_url: Text = None


class Value(msgspec.Struct, frozen=True, rename={"author": "from"}):
    """``{"item": "comment", "verb": "add", "comment_id": "880001_990001", "message": "Price please?", ...}``.

    Attributes:
        created_time: in seconds, like ``edited_time``.
        sender_id: the author, in the fields that have no ``from``; so are ``reviewer_id`` and the names.
    """

    item: Text = None
    verb: Text = None
    post_id: Id = None
    comment_id: Id = None
    parent_id: Id = None
    author: Person | None = None
    sender_id: Id = None
    sender_name: Text = None
    reviewer_id: Id = None
    reviewer_name: Text = None
    message: Text = None
    review_text: Text = None
    recommendation_type: Text = None
    open_graph_story_id: Id = None
    photo: Any = None
    photos: Any = None
    video: Any = None
    link: Any = None
    attachment: Any = None
    reaction_type: Text = None
    created_time: Any = None
    edited_time: Any = None
    post: Post | None = None


class Above(msgspec.Struct, frozen=True):
    """``{"id": "880001_990001"}``: the comment that is answered."""

    id: Text = None


class Polled(msgspec.Struct, frozen=True, rename={"author": "from"}):
    """``{"id": "880001_990001", "message": "Price please?", "from": {...}, "created_time": "2026-11-22T00:00:00+0000"}``."""

    id: str = ""
    message: Text = None
    author: Person | None = None
    created_time: str = ""
    parent: Above | None = None


class Comments(msgspec.Struct, frozen=True):
    """``{"data": [...]}``, newest first; each is read by itself."""

    data: list[msgspec.Raw] = []


class PolledPost(msgspec.Struct, frozen=True):
    """``{"id": "701000000000001_880001", "comments": {"data": [...]}}``."""

    id: str = ""
    comments: Comments = Comments()


class Posts(msgspec.Struct, frozen=True):
    """``{"data": [...]}``; each is read by itself."""

    data: list[msgspec.Raw]


class _Image(msgspec.Struct, frozen=True):
    src: Text = None


class _Media(msgspec.Struct, frozen=True):
    image: _Image | None = None


class Attached(msgspec.Struct, frozen=True):
    """``{"type": "sticker", "media": {"image": {"src": "https://cdn.example/s.png"}}, "url": "https://fb.example/x"}``."""

    url: Text = None
    media: _Media | None = None
