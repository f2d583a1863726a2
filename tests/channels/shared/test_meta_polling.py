"""Asking Messenger, Instagram and Facebook for what no webhook brought, against a Graph that is a table in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.base import (
    Account,
    Action,
    Echo,
    Event,
    IncomingMessage,
    Poll,
    Polled,
    RawRequest,
    Refused,
    Request,
    Response,
    Unknown,
)
from mim_desk.channels.facebook_comments.adapter import FacebookCommentsAdapter
from mim_desk.channels.instagram.adapter import InstagramAdapter
from mim_desk.channels.messenger.adapter import MessengerAdapter
from mim_desk.channels.shared.meta_polling import NOT_ALLOWED_S, POLLED_EVERY_S, REPAIRED_EVERY_S
from mim_desk.domain.message import MessageType

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGE, IG, NOOR, LEO = "701000000000001", "17841400000000009", "9100000000000077", "9100000000000078"
SECRETS = {"access_token": "token", "app_secret": "secret", "verify_token": "v"}
MESSENGER = MessengerAdapter(), Account("inbox-1", {"page_id": PAGE, "mode": "polling"}, SECRETS), PAGE
INSTAGRAM = InstagramAdapter(), Account("inbox-2", {"account_id": IG, "mode": "polling"}, SECRETS), IG


def written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


@dataclass
class Graph:
    """Conversations of one account; times are told in whole seconds."""

    own: str
    page: int = 25
    now: datetime = START
    threads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    count: int = 0
    asked: list[str] = field(default_factory=list)

    def says(self, person: str, text: str = "Hello", *, by_us: bool = False, **more: Any) -> str:
        self.count += 1
        sides = (self.own, person) if by_us else (person, self.own)
        told = {"id": f"m_{self.count}", "created_time": written(self.now), "from": {"id": sides[0]}, "message": text}
        self.threads.setdefault(f"t_{person}", []).append({**told, "to": {"data": [{"id": sides[1]}]}, **more})
        return str(told["id"])

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def answer(self, request: Request) -> Response:
        url = urlsplit(request.url)
        self.asked.append(url.path)
        query = {name: told[0] for name, told in parse_qs(url.query).items()}
        last = url.path.rpartition("/")[2]
        if last == "conversations":
            return self._told(self._listing(query))
        if last in self.threads:
            latest = list(reversed(self.threads[last]))[:20]
            whole = query["fields"] != "messages"
            kept = latest if whole else [{name: one[name] for name in ("id", "created_time")} for one in latest]
            return self._told({"id": last, "messages": {"data": kept}})
        found = [one for messages in self.threads.values() for one in messages if one["id"] == last]
        return self._told(found[0]) if found else gone()

    def _listing(self, query: dict[str, str]) -> dict[str, Any]:
        order = sorted(self.threads, key=lambda id_: self.threads[id_][-1]["created_time"], reverse=True)
        start = int(query.get("after", "0"))
        shown = order[start : start + self.page]
        more = start + self.page < len(order)
        paging = {"cursors": {"after": str(start + self.page)}, **({"next": "https://x"} if more else {})}
        data = [{"id": one, "updated_time": self.threads[one][-1]["created_time"]} for one in shown]
        return {"data": data, "paging": paging}

    def _told(self, body: object) -> Response:
        return Response(200, {}, json.dumps(body).encode())


def gone() -> Response:
    return refusal(100, 33, 400)


def refusal(code: int, subcode: int = 0, status: int = 400) -> Response:
    body = {"error": {"code": code, "error_subcode": subcode, "message": "No."}}
    return Response(status, {}, json.dumps(body).encode())


class Looks:
    """Asks as the hub does."""

    def __init__(self, adapter: Any, account: Account, graph: Any) -> None:
        assert isinstance(adapter, Polled)
        self.adapter, self.account, self.graph = adapter, account, graph
        self.cursor = ""
        self.waited: list[float] = []

    def step(self, answer: Response | None = None) -> Poll | Refused:
        request = self.adapter.next_poll(self.account, self.cursor)
        told = self.adapter.read_poll(self.account, self.cursor, answer or self.graph.answer(request))
        if isinstance(told, Poll):
            self.cursor = told.cursor
            self.waited.append(told.wait_s)
        return told

    def all(self) -> list[Event]:
        """Everything until the next long pause."""
        return list(self._all())

    def _all(self) -> Iterator[Event]:
        while True:
            told = self.step()
            assert isinstance(told, Poll)
            for item in told.items:
                yield from self.adapter.parse(self.account, RawRequest("POST", "", "", {}, item, START)).events
            if told.wait_s > 1:
                return


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, IncomingMessage)]


@pytest.fixture(params=[MESSENGER, INSTAGRAM], ids=["messenger", "instagram"])
def looks(request: pytest.FixtureRequest) -> Looks:
    adapter, account, own = request.param
    return Looks(adapter, account, Graph(own))


def test_what_was_written_before_the_inbox_was_connected_stays_where_it_is(looks: Looks):
    looks.graph.says(NOOR, "long ago")

    assert looks.all() == []
    assert looks.all() == []


def test_a_new_message_comes_once_with_its_time_and_its_author(looks: Looks):
    looks.graph.says(LEO, "before")
    looks.all()
    looks.graph.passes(300)
    mid = looks.graph.says(NOOR, "Where is my parcel?")

    (message,) = looks.all()

    assert isinstance(message, IncomingMessage)
    assert (message.external_id, message.text) == (mid, "Where is my parcel?")
    assert (message.sender.external_id, message.occurred_at) == (NOOR, looks.graph.now)
    looks.graph.passes(1)
    again = looks.all()
    assert {one.external_id for one in again if isinstance(one, IncomingMessage)} <= {mid}
    assert looks.all() == []


def test_the_first_message_ever_comes_too(looks: Looks):
    looks.all()
    looks.graph.passes(5)
    looks.graph.says(NOOR, "first of all")

    assert texts(looks.all()) == ["first of all"]


def test_a_message_in_the_second_of_the_last_look_is_not_missed(looks: Looks):
    looks.all()
    looks.graph.passes(5)
    looks.graph.says(NOOR, "one")
    assert texts(looks.all()) == ["one"]
    looks.graph.says(NOOR, "two")

    assert texts(looks.all()) == ["one", "two"]
    assert looks.all() == []


def test_what_the_brand_wrote_elsewhere_is_an_echo(looks: Looks):
    looks.all()
    looks.graph.passes(5)
    mid = looks.graph.says(NOOR, "by another tool", by_us=True)

    (echo,) = looks.all()

    assert isinstance(echo, Echo)
    assert (echo.external_id, echo.sender.external_id, echo.text) == (mid, NOOR, "by another tool")


def test_conversations_are_read_from_the_oldest_change_over_all_pages(looks: Looks):
    looks.graph.page = 3
    looks.all()
    for number in range(10):
        looks.graph.passes(60)
        looks.graph.says(f"91000000000001{number:02}", f"message {number}")

    assert texts(looks.all()) == [f"message {number}" for number in range(10)]


def test_a_conversation_that_is_gone_costs_no_other(looks: Looks):
    looks.all()
    looks.graph.passes(60)
    looks.graph.says(NOOR, "deleted")
    looks.graph.passes(1)
    looks.graph.says(LEO, "still here")
    listed = looks.step()
    assert isinstance(listed, Poll)

    assert isinstance(looks.step(gone()), Poll)

    assert texts(looks.all()) == ["still here"]


def test_asking_twice_a_second_at_most_and_resting_between_looks(looks: Looks):
    looks.all()
    looks.graph.passes(60)
    looks.graph.says(NOOR)
    looks.all()

    assert set(looks.waited) == {0.5, POLLED_EVERY_S}


def test_beside_a_webhook_meta_is_asked_every_five_minutes(looks: Looks):
    looks.account = replace(looks.account, settings={**looks.account.settings, "mode": "webhook"})

    looks.all()

    assert looks.waited == [REPAIRED_EVERY_S]


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        pytest.param(refusal(190, status=401), Action.SETTINGS, id="the token ended"),
        pytest.param(refusal(4), Action.RETRY, id="too fast"),
        pytest.param(Response(503, {}, b""), Action.RETRY, id="Meta is down"),
        pytest.param(Response(200, {}, b"<html>"), Action.RETRY, id="no JSON"),
        pytest.param(Response(200, {}, b"{}"), Action.RETRY, id="no list"),
        pytest.param(refusal(200, status=403), Action.SETTINGS, id="the right to read is missing"),
        pytest.param(gone(), Action.RETRY, id="Meta does not know the account"),
    ],
)
def test_a_refusal_says_what_to_do(looks: Looks, answer: Response, action: Action):
    refused = looks.step(answer)

    assert isinstance(refused, Refused)
    assert refused.action is action
    assert refused.reason.endswith((".", "again."))


@pytest.mark.parametrize("answer", [refusal(200, status=403), gone(), refusal(10)], ids=["rights", "unknown", "scope"])
def test_beside_a_webhook_a_token_that_may_not_read_pauses_nothing(looks: Looks, answer: Response):
    looks.account = replace(looks.account, settings={**looks.account.settings, "mode": "webhook"})

    told = looks.step(answer)

    assert told == Poll((), "", NOT_ALLOWED_S)


def test_pictures_films_files_and_stickers_come_with_their_addresses():
    looks = Looks(MESSENGER[0], MESSENGER[1], Graph(PAGE))
    looks.all()
    looks.graph.passes(60)
    files = [
        {"mime_type": "image/jpeg", "image_data": {"url": "https://cdn.example/1.jpg"}},
        {"mime_type": "video/mp4", "video_data": {"url": "https://cdn.example/2.mp4"}},
        {"mime_type": "audio/mp4", "file_url": "https://cdn.example/3.m4a"},
        {"mime_type": "application/pdf", "name": "bill.pdf", "file_url": "https://cdn.example/4.pdf"},
    ]
    for one in files:
        looks.graph.says(NOOR, "", attachments={"data": [one]})
    looks.graph.says(NOOR, "", sticker="https://cdn.example/5.png")
    looks.graph.says(NOOR, "")

    found = [one for one in looks.all() if isinstance(one, IncomingMessage)]

    kinds = ["image", "video", "audio", "file", "sticker", "unsupported"]
    assert [one.type for one in found] == [MessageType(kind) for kind in kinds]
    assert [file.url for one in found for file in one.files] == [
        "https://cdn.example/1.jpg",
        "https://cdn.example/2.mp4",
        "https://cdn.example/3.m4a",
        "https://cdn.example/4.pdf",
        "https://cdn.example/5.png",
    ]


def test_messenger_asks_for_whole_conversations_and_instagram_for_each_message():
    for (adapter, account, own), calls in ((MESSENGER, 2), (INSTAGRAM, 4)):
        looks = Looks(adapter, account, Graph(own))
        looks.all()
        looks.graph.passes(60)
        looks.graph.says(NOOR, "a")
        looks.graph.says(NOOR, "b")
        looks.graph.asked.clear()

        assert texts(looks.all()) == ["a", "b"]
        assert len(looks.graph.asked) == calls


def test_an_id_without_its_mark_is_the_one_of_the_webhook():
    looks = Looks(MESSENGER[0], MESSENGER[1], Graph(PAGE))
    looks.all()
    looks.graph.passes(60)
    looks.graph.says(NOOR, "Hi", id="AAA")

    (message,) = looks.all()

    assert isinstance(message, IncomingMessage)
    assert message.external_id == "m_AAA"


@given(
    doings=st.lists(
        st.one_of(
            st.tuples(st.just("says"), st.sampled_from([NOOR, LEO, "9100000000000079"])),
            st.tuples(st.just("passes"), st.sampled_from([0.0, 0.4, 1.0, 30.0, 4000.0])),
            st.just(("looks", "")),
        ),
        max_size=30,
    ),
    of=st.sampled_from([MESSENGER, INSTAGRAM]),
    page=st.sampled_from([1, 2, 25]),
)
def test_whatever_happens_each_later_message_comes_and_in_its_conversations_order(
    doings: list[tuple[str, Any]], of: Any, page: int
):
    looks = Looks(of[0], of[1], Graph(of[2], page=page))
    looks.graph.says(NOOR, "before")
    looks.all()
    looks.graph.passes(1)
    came: dict[str, list[str]] = {}
    said: dict[str, list[str]] = {}
    for doing, what in [*doings, ("passes", 1.0), ("looks", "")]:
        if doing == "says":
            said.setdefault(what, []).append(looks.graph.says(what))
        elif doing == "passes":
            looks.graph.passes(what)
        else:
            for event in looks.all():
                assert isinstance(event, IncomingMessage)
                if event.external_id not in came.setdefault(event.sender.external_id, []):
                    came[event.sender.external_id].append(event.external_id)
            looks.graph.passes(1.0)  # two looks are seconds apart

    assert all(came[person][-len(ids) :] == ids for person, ids in said.items() if len(ids) <= 20)


@given(cursor=st.text(max_size=80), body=st.binary(max_size=200), status=st.sampled_from([200, 400, 500]))
def test_no_cursor_and_no_answer_breaks_the_asking(cursor: str, body: bytes, status: int):
    for adapter, account, _ in (MESSENGER, INSTAGRAM, COMMENTS):
        assert adapter.next_poll(account, cursor).url.startswith("https://")
        told = adapter.read_poll(account, cursor, Response(status, {}, body))
        assert isinstance(told, Poll | Refused)


# -- comments ------------------------------------------------------------------------------------

COMMENTS = FacebookCommentsAdapter(), Account("inbox-3", {"page_id": PAGE, "mode": "polling"}, SECRETS), PAGE


@dataclass
class Feed:
    """A Page's newest posts with their newest comments."""

    comments: list[dict[str, Any]] = field(default_factory=list)

    def says(self, id_: str, at: datetime, text: str = "Price?", person: str = NOOR, **more: Any) -> None:
        told = {"id": id_, "message": text, "from": {"id": person, "name": "Noor"}, "created_time": written(at)}
        self.comments.insert(0, {**told, **more})

    def answer(self, request: Request) -> Response:
        assert urlsplit(request.url).path.endswith(f"/{PAGE}/feed")
        body = {"data": [{"id": f"{PAGE}_880001", "comments": {"data": self.comments}}, {"id": f"{PAGE}_880002"}]}
        return Response(200, {}, json.dumps(body).encode())


def test_comments_come_in_their_order_after_the_first_look():
    looks = Looks(COMMENTS[0], COMMENTS[1], Feed())
    looks.graph.says("880001_1", START, "before")
    assert looks.all() == []
    looks.graph.says("880001_2", START + timedelta(seconds=300), "first")
    looks.graph.says("880001_3", START + timedelta(seconds=301), "below", parent={"id": "880001_2"})
    looks.graph.says("880001_4", START + timedelta(seconds=302), "the Page's own", person=PAGE)

    first, below, own = looks.all()

    assert own == Unknown("comment add", "of ours, below no comment")
    assert isinstance(first, IncomingMessage)
    assert isinstance(below, IncomingMessage)
    assert (first.external_id, first.text, first.sender.name) == ("880001_2", "first", "Noor")
    assert (below.reply_to, below.details["root"]) == ("880001_2", "880001_2")
    assert first.occurred_at == START + timedelta(seconds=300)
    assert first.details["post_id"] == f"{PAGE}_880001"


def test_a_polled_comment_that_cannot_be_read_costs_no_other():
    looks = Looks(COMMENTS[0], COMMENTS[1], Feed())
    assert looks.all() == []
    looks.graph.says("880001_1", START, "before")
    looks.graph.comments.insert(0, {"id": 17, "message": ["no words"], "from": "nobody"})
    looks.graph.says("880001_2", START + timedelta(seconds=300), "first")

    assert [one.text for one in looks.all() if isinstance(one, IncomingMessage)][-1] == "first"


def test_comments_without_a_right_to_read_them_wait_or_pause():
    looks = Looks(COMMENTS[0], COMMENTS[1], Feed())
    refused = looks.step(refusal(10, status=403))
    assert isinstance(refused, Refused)
    assert refused.action is Action.SETTINGS

    looks.account = replace(looks.account, settings={"page_id": PAGE})
    assert looks.step(refusal(10, status=403)) == Poll((), "", NOT_ALLOWED_S)
