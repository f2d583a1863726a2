"""Every row of the error table, as a page meets it: a problem with its code, and nothing stored."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from mim_desk.channels.base import TypingSeen
from mim_desk.hub.accounts import Accounts
from mim_desk.hub.broker import Broker
from mim_desk.hub.store.store import Store
from mim_desk.hub.web_chat.app import WebChat
from mim_desk.hub.web_chat.tokens import LIFE
from tests.fakes import FakeClock
from tests.guards import AllowLog
from tests.hub.web_chat.conftest import CIPHER
from tests.hub.web_chat.visitors import API, HUB, WIDGET, Desk, Visitor, hash_proof, streaming


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code, after a look at the form of the answer."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert body["title"] and body["detail"]
    assert "set-cookie" not in answer.headers
    return answer.status_code, body["code"]


_GOOD = {"client_msg_id": "7b1d0c7a-34b9-4c61-9a53-6d1a8a6b2f10", "kind": "text", "text": "Hello"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({**_GOOD, "text": ""}, id="no text"),
        pytest.param({**_GOOD, "text": " \u0000\n "}, id="nothing but blanks"),
        pytest.param({**_GOOD, "text": "x" * 4001}, id="too long"),
        pytest.param({**_GOOD, "text": 5}, id="text is a number"),
        pytest.param({**_GOOD, "client_msg_id": "one"}, id="client id is no UUID"),
        pytest.param({"kind": "text", "text": "Hello"}, id="no client id"),
        pytest.param({**_GOOD, "kind": "note"}, id="unknown kind"),
        pytest.param({**_GOOD, "kind": "file"}, id="file without a file"),
        pytest.param({**_GOOD, "kind": "file", "file_id": str(uuid4())}, id="unknown file"),
        pytest.param({**_GOOD, "kind": "file", "file_ids": ["a"] * 6}, id="too many files"),
        pytest.param({**_GOOD, "file_id": str(uuid4())}, id="file in a text"),
        pytest.param({**_GOOD, "kind": "location"}, id="place without a place"),
        pytest.param({**_GOOD, "kind": "location", "location": {"latitude": 95, "longitude": 0}}, id="nowhere"),
        pytest.param({**_GOOD, "kind": "choice", "choice": {"id": "", "title": "x"}}, id="empty choice"),
        pytest.param([], id="a list"),
        pytest.param("x" * 200, id="a string"),
    ],
)
async def test_a_malformed_message_is_invalid(visitor: Visitor, desk: Desk, body: object) -> None:
    assert problem(await visitor.post("messages", body)) == (400, "invalid")
    assert await desk.count("messages") == 0


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff\xfe", b"null", b'{"client_msg_id": "\\ud800"}', b"[" * 40_000],
    ids=lambda raw: repr(raw[:8]),
)
async def test_bytes_that_are_no_json_object_are_invalid(visitor: Visitor, raw: bytes) -> None:
    assert problem(await visitor.call("POST", "messages", content=raw)) == (400, "invalid")


async def test_an_oversized_body_is_refused_by_its_size(visitor: Visitor) -> None:
    assert problem(await visitor.call("POST", "messages", content=b"x" * 70_000)) == (413, "too_large")


@pytest.mark.parametrize("token", ["", "x", "wcs_", "wcs_AAAA", "mim_" + "a" * 43, "wcs_" + "A" * 300, "wcs_\u00e9"])
async def test_a_token_that_was_never_ours_is_bad(http: httpx.AsyncClient, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode()}

    assert problem(await http.get(f"{API}/messages", headers=headers)) == (401, "bad_token")


async def test_a_changed_token_is_bad(visitor: Visitor) -> None:
    place = len(visitor.token) // 2
    visitor.token = visitor.token[:place] + ("A" if visitor.token[place] != "A" else "B") + visitor.token[place + 1 :]

    assert problem(await visitor.call("GET", "messages")) == (401, "bad_token")


@pytest.mark.parametrize("is_stored", [False, True])
async def test_a_session_expires_after_thirty_days(visitor: Visitor, clock: FakeClock, is_stored: bool) -> None:
    if is_stored:
        await visitor.write("Hello")
    clock.advance(LIFE)

    assert problem(await visitor.write("Again")) == (401, "session_expired")
    resumed = await visitor.http.post(f"{API}/session", json={"widget": WIDGET, "resume": visitor.token})
    assert problem(resumed) == (401, "session_expired")


async def test_a_session_that_is_used_lives_on(visitor: Visitor, clock: FakeClock) -> None:
    await visitor.write("Hello")
    for _ in range(3):
        clock.advance(LIFE * 0.9)
        assert (await visitor.write("Again")).status_code == 201


@pytest.mark.parametrize("is_stored", [False, True])
async def test_a_token_ends_with_logout(visitor: Visitor, is_stored: bool) -> None:
    if is_stored:
        await visitor.write("Hello")

    assert (await visitor.post("logout")).status_code == 204

    assert problem(await visitor.call("GET", "messages")) == (401, "session_expired")


async def test_logout_ends_the_stream(web_chat: WebChat, visitor: Visitor) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as stream:
        await visitor.post("logout")
        await stream.over()


async def test_an_unknown_widget_is_not_there(http: httpx.AsyncClient) -> None:
    assert problem(await http.post(f"{API}/session", json={"widget": "wpub_none"})) == (404, "unknown_widget")
    assert problem(await http.get("/chat/wpub_none")) == (404, "unknown_widget")
    assert problem(await http.get("/chat/wpub_none/frame?host=https://shop.example")) == (404, "unknown_widget")
    assert problem(await http.get(f"{API}/config?widget=wpub_none")) == (404, "unknown_widget")


async def test_a_widget_that_is_switched_off_takes_nothing(visitor: Visitor, desk: Desk) -> None:
    await desk.settings(state="off")

    assert problem(await visitor.write("Hello")) == (403, "widget_disabled")
    assert problem(await visitor.http.get(f"/chat/{WIDGET}")) == (403, "widget_disabled")


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.0/8", "session"])
async def test_the_blocked_may_not_write(visitor: Visitor, desk: Desk, entry: str) -> None:
    await desk.settings(blocked=[visitor.session_id if entry == "session" else entry, "not an address"])

    assert problem(await visitor.write("Hello")) == (403, "blocked")


async def test_others_than_the_blocked_may_write(visitor: Visitor, desk: Desk) -> None:
    await desk.settings(blocked=["203.0.113.0/24", "cust-9"])

    assert (await visitor.write("Hello")).status_code == 201


async def test_enforced_identity_refuses_to_take_anything_before_it(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await desk.settings(identity="enforced")

    assert problem(await visitor.write("Hello")) == (403, "identity_required")
    assert problem(await visitor.upload("a.txt", b"hello")) == (403, "identity_required")
    assert problem(await visitor.post("typing")) == (403, "identity_required")
    await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))
    assert (await visitor.write("Hello")).status_code == 201


@pytest.mark.parametrize(
    "change",
    [{"text": "Other"}, {"reply_to": str(uuid4())}, {"kind": "choice", "choice": {"id": "y", "title": "Hello"}}],
    ids=["text", "quote", "choice"],
)
async def test_a_client_id_with_another_content_is_a_conflict(
    visitor: Visitor, desk: Desk, change: dict[str, Any]
) -> None:
    await visitor.post("messages", _GOOD)

    assert problem(await visitor.post("messages", {**_GOOD, **change})) == (409, "id_conflict")
    assert await visitor.texts() == ["Hello"]


async def test_a_closed_conversation_asks_first_where_the_widget_says_so(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await desk.settings(after_resolve="ask")
    await visitor.write("Hello")
    await desk.resolve()

    assert problem(await visitor.write("One more thing")) == (409, "closed")
    clock.advance(LIFE / 1000)
    assert (await visitor.post("reopen")).status_code == 204
    assert (await visitor.write("One more thing")).status_code == 201


async def test_a_message_after_the_resolve_goes_on_by_itself_otherwise(visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    await desk.resolve()

    assert (await visitor.write("One more thing")).status_code == 201
    assert len(await desk.conversations()) == 1


async def test_the_twenty_first_session_of_an_address_has_to_wait(http: httpx.AsyncClient, clock: FakeClock) -> None:
    for _ in range(20):
        await Visitor(http).began()

    answer = await http.post(f"{API}/session", json={"widget": WIDGET})

    assert problem(answer) == (429, "too_many")
    assert 0 < int(answer.headers["retry-after"]) <= 3600


async def test_going_on_with_a_session_is_no_new_one(visitor: Visitor) -> None:
    for _ in range(25):
        answer = await visitor.http.post(f"{API}/session", json={"widget": WIDGET, "resume": visitor.token})
        assert answer.status_code == 200
        assert answer.json()["session_token"] == visitor.token


async def test_the_thirty_first_message_of_a_minute_has_to_wait_and_loses_nothing(visitor: Visitor, desk: Desk) -> None:
    for number in range(30):
        assert (await visitor.write(f"Message {number}")).status_code == 201

    answer = await visitor.write("One too many")

    assert problem(answer) == (429, "too_many")
    assert int(answer.headers["retry-after"]) >= 1
    assert await desk.count("messages") == 30


async def test_a_repeated_message_does_not_count(visitor: Visitor) -> None:
    client_msg_id = str(uuid4())
    for _ in range(40):
        assert (await visitor.write("Hello", client_msg_id)).status_code in (200, 201)


async def test_limits_are_settings(visitor: Visitor, desk: Desk) -> None:
    await desk.settings(limits={"messages_per_minute": 2, "streams": "many"})
    await visitor.write("One")
    await visitor.write("Two")

    assert problem(await visitor.write("Three")) == (429, "too_many")


async def test_all_visitors_of_a_chat_together_have_a_limit_where_it_is_set(visitor: Visitor, desk: Desk) -> None:
    await desk.settings(limits={"all_messages_per_minute": 2})
    other = await Visitor(visitor.http).began()
    assert (await visitor.write("One")).status_code == 201
    assert (await other.write("Two")).status_code == 201

    refused = await other.write("Three")

    assert problem(refused) == (429, "too_many")
    assert 0 < int(refused.headers["retry-after"]) <= 60


async def test_more_streams_than_allowed_have_to_wait(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    await desk.settings(limits={"streams": 1})
    other = await Visitor(visitor.http).began()
    async with streaming(web_chat, visitor):
        answer = await other.call("GET", "stream")

    assert problem(answer) == (429, "too_many")


async def test_a_hub_that_stops_ends_streams_and_sends_calls_away(web_chat: WebChat, visitor: Visitor) -> None:
    async with streaming(web_chat, visitor) as stream:
        web_chat.end_streams()
        await stream.over()

    answer = await visitor.write("Hello")
    assert problem(answer) == (503, "draining")
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "origin", ["null", "https://shop.example", "https://evil.example", "http://hub.example:81", HUB + "/"]
)
async def test_only_the_hubs_own_page_may_call(visitor: Visitor, desk: Desk, origin: str) -> None:
    body = {**_GOOD, "client_msg_id": str(uuid4())}

    assert problem(await visitor.call("POST", "messages", json=body, headers={"Origin": origin})) == (
        403,
        "origin_denied",
    )
    assert problem(await visitor.call("GET", "messages", headers={"Origin": origin})) == (403, "origin_denied")
    assert await desk.count("messages") == 0


async def test_a_call_without_an_origin_is_denied(visitor: Visitor) -> None:
    del visitor.http.headers["Origin"]

    assert problem(await visitor.write("Hello")) == (403, "origin_denied")
    assert problem(await visitor.call("GET", "messages")) == (403, "origin_denied")
    assert problem(await visitor.call("GET", "stream")) == (403, "origin_denied")


@pytest.mark.parametrize("told", [{"Sec-Fetch-Site": "same-origin"}, {"Referer": HUB + "/"}], ids=["fetch", "referer"])
async def test_reads_of_the_own_page_need_no_origin_since_browsers_send_none(
    visitor: Visitor, told: dict[str, str]
) -> None:
    del visitor.http.headers["Origin"]

    assert (await visitor.call("GET", "messages", headers=told)).status_code == 200
    assert problem(await visitor.call("POST", "typing", headers=told)) == (403, "origin_denied")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://shop.example", 200),
        ("https://www.brand.example", 200),
        ("https://a.b.brand.example", 200),
        ("https://brand.example", 403),
        ("https://evilbrand.example", 403),
        ("http://shop.example", 403),
        ("https://shop.example:8443", 403),
        ("https://shop.example.evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_the_loaders_question_is_answered_to_allowed_sites_only(
    http: httpx.AsyncClient, origin: str, status: int
) -> None:
    answer = await http.get(f"{API}/config?widget={WIDGET}&locale=en", headers={"Origin": origin})

    assert answer.status_code == status
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers.get("access-control-allow-origin") == (origin if status == 200 else None)


@pytest.mark.parametrize("path", ["nothing", "files/x", "files/x/y", "files/x/1.2.3", "messages/1", "", "session/"])
async def test_unknown_addresses_are_not_there(visitor: Visitor, path: str) -> None:
    assert problem(await visitor.call("GET", path)) == (404, "not_found")


async def test_the_unforeseen_is_a_problem_that_tells_nothing_of_the_inside_and_is_logged(
    store: Store, broker: Broker, clock: FakeClock, allow_log: AllowLog, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(inbox_id: str, seen: TypingSeen) -> None:
        raise RuntimeError("a secret of the inside")

    allow_log("request_failed")
    app = WebChat(store, Accounts(store, CIPHER), bytes(32), HUB, broken, broker, now=clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HUB, headers={"Origin": HUB}) as http:
        visitor = await Visitor(http).began()
        await visitor.write("Hello")
        answer = await visitor.post("typing", {"typing": True})
        assert (await visitor.write("Again")).status_code == 201

    assert problem(answer) == (500, "internal")
    assert "secret" not in answer.text
    assert "a secret of the inside" in caplog.text


@pytest.mark.parametrize("path", [f"{API}/config", f"{API}/messages", f"/chat/{WIDGET}"])
async def test_an_address_with_too_many_parameters_is_invalid(http: httpx.AsyncClient, path: str) -> None:
    assert problem(await http.get(f"{path}?{'&'.join(f'a{n}=1' for n in range(21))}")) == (400, "invalid")
