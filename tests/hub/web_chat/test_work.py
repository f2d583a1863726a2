"""Proof of work: asked of a new session alone, bound to its token, and of nobody who is proven or already known."""

import hashlib
from itertools import count

import httpx
import pytest

from mim_desk.hub.web_chat.work import MOST_BITS, is_done
from tests.fakes import FakeClock
from tests.hub.web_chat.visitors import API, WIDGET, Desk, Visitor, hash_proof

BITS = 6


def number(token: str, bits: int = BITS, *, right: bool = True) -> str:
    """Reckoned as the README says."""
    mark = hashlib.sha256(token.encode()).hexdigest()[:40]
    tries = (str(one) for one in count())
    return next(
        one
        for one in tries
        if (f"{int(hashlib.sha256(f'{mark}.{one}'.encode()).hexdigest(), 16):0256b}"[:bits] == "0" * bits) is right
    )


@pytest.fixture
async def guarded(desk: Desk) -> None:
    await desk.settings(limits={"work_bits": BITS})


async def post(visitor: Visitor, work: str) -> httpx.Response:
    body = {"client_msg_id": "5f0c2f1e-7d5f-4e36-9b0e-3c7a8f2d9d11", "kind": "text", "text": "Hello"}
    return await visitor.call("POST", "messages", json=body, headers={"X-MIM-Work": work})


@pytest.mark.usefixtures("guarded")
async def test_a_new_session_writes_once_its_work_is_done_and_is_never_asked_again(visitor: Visitor, desk: Desk):
    refused = await visitor.write("Hello")
    taken = await post(visitor, number(visitor.token))
    later = await visitor.write("And again")

    assert (refused.status_code, refused.json()["code"], refused.json()["bits"]) == (403, "work_required", BITS)
    assert (taken.status_code, later.status_code) == (201, 201)
    assert await desk.count("messages") == 2


@pytest.mark.usefixtures("guarded")
async def test_work_that_is_wrong_or_another_sessions_stores_nothing(visitor: Visitor, desk: Desk):
    other = await Visitor(visitor.http).began()
    theirs = next(one for one in map(str, count()) if is_done(other.token, one, 12))
    wrong = [number(visitor.token, right=False), "", "-1", "1e3", "9" * 40]
    wrong += [] if is_done(visitor.token, theirs, BITS) else [theirs]

    assert {(await post(visitor, one)).status_code for one in wrong} == {403}
    assert await desk.count("web_chat_sessions") == 0


@pytest.mark.usefixtures("guarded")
async def test_files_need_it_too_and_reading_does_not(visitor: Visitor):
    assert (await visitor.upload("a.txt", b"Hello", "text/plain")).json()["code"] == "work_required"
    assert (await visitor.call("GET", "messages")).status_code == 200
    file = {"file": ("a.txt", b"Hello", "text/plain")}
    head = {"X-MIM-Work": number(visitor.token)}
    assert (await visitor.call("POST", "uploads", files=file, headers=head)).status_code == 201


@pytest.mark.usefixtures("guarded")
async def test_whom_the_site_has_proven_is_not_asked(visitor: Visitor, clock: FakeClock):
    proven = await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))

    assert proven.json()["work"] == 0
    assert (await visitor.write("Hello")).status_code == 201


@pytest.mark.parametrize(("wanted", "asked"), [({}, 0), ({"work_bits": 6}, 6), ({"work_bits": 99}, MOST_BITS)])
async def test_the_page_is_told_how_much(visitor: Visitor, desk: Desk, wanted: dict[str, int], asked: int):
    await desk.settings(limits=wanted)

    begun = await visitor.http.post(f"{API}/session", json={"widget": WIDGET, "locale": "en"})

    assert begun.json()["work"] == asked
