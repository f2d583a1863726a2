"""Calls of one visitor that cross: what was read of the session before the other one came is not written back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from mim_desk.hub.web_chat import posts
from mim_desk.hub.web_chat.sessions import Sessions
from tests.fakes import FakeClock
from tests.hub.web_chat.visitors import Desk, Visitor, hash_proof

FORM = {"fields": [{"kind": "text", "name": "order", "label": "Order number"}]}
Request = Coroutine[Any, Any, httpx.Response]
Crossing = Callable[[object, str, Request], Any]


@pytest.fixture
def crossing(monkeypatch: pytest.MonkeyPatch) -> Crossing:
    """Hold a request before or after one step of it for as long as the block lasts; its answer is in the list then."""

    @asynccontextmanager
    async def held(place: object, step: str, request: Request) -> AsyncIterator[list[httpx.Response]]:
        real, reached, go_on = getattr(place, step), asyncio.Event(), asyncio.Event()

        async def waits(*args: Any, **more: Any) -> Any:
            monkeypatch.setattr(place, step, real)
            found = await real(*args, **more) if step == "checked" else None
            reached.set()
            await go_on.wait()
            return found if step == "checked" else await real(*args, **more)

        monkeypatch.setattr(place, step, waits)
        task, answers = asyncio.get_running_loop().create_task(request), []
        await reached.wait()
        yield answers
        go_on.set()
        answers.append(await task)

    return held


@pytest.mark.parametrize(("path", "body"), [("form", {"answers": {"order": "LIN-4402"}}), ("reopen", {})])
async def test_a_proof_that_comes_while_answers_are_kept_holds(
    visitor: Visitor, desk: Desk, clock: FakeClock, crossing: Crossing, path: str, body: object
) -> None:
    """The customer was an unknown visitor again, and signed out."""
    await desk.settings(form=FORM)
    await visitor.write("Hello")

    async with crossing(Sessions, "checked", visitor.post(path, body)) as answers:
        await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))

    assert answers[0].status_code == 204
    assert await visitor.texts() == ["Hello"]
    (contact,) = await desk.contacts()
    assert [one.display for one in contact.identities if one.verified] == ["cust-42"]
    resumed = await visitor.http.post("/api/web-chat/v1/session", json={"widget": "wpub_test", "resume": visitor.token})
    assert resumed.json()["identified"] is True


@pytest.mark.parametrize("step", [(Sessions, "checked"), (posts, "ingest")])
async def test_a_first_message_that_crosses_the_proof_is_the_customers(
    visitor: Visitor, desk: Desk, clock: FakeClock, crossing: Crossing, step: tuple[object, str]
) -> None:
    """It stayed with a stranger, and the customer no longer saw it."""
    async with crossing(*step, visitor.write("Hello")) as answers:
        await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))
    await visitor.write("And more")

    assert answers[0].status_code == 201
    assert await visitor.texts() == ["Hello", "And more"]
    assert len(await desk.contacts()) == 1


async def test_a_first_message_that_crosses_the_sign_out_is_refused(
    visitor: Visitor, desk: Desk, crossing: Crossing
) -> None:
    async with crossing(Sessions, "checked", visitor.write("Hello")) as answers:
        assert (await visitor.post("logout")).status_code == 204

    assert (answers[0].status_code, answers[0].json()["code"]) == (401, "session_expired")
    assert await desk.count("web_chat_sessions") == await desk.count("conversations") == 0


async def test_signing_out_while_the_first_message_is_stored_ends_the_session(
    visitor: Visitor, desk: Desk, crossing: Crossing
) -> None:
    """On a shared computer the next one could go on with it."""
    async with crossing(Sessions, "checked", visitor.post("logout")):
        await visitor.write("Hello")

    assert (await visitor.call("GET", "messages")).json()["code"] == "session_expired"


async def test_two_customers_proven_at_once_never_share_a_session(
    visitor: Visitor, desk: Desk, clock: FakeClock, crossing: Crossing
) -> None:
    other = Visitor(visitor.http)
    other.token, other.session_id = visitor.token, visitor.session_id

    async with crossing(Sessions, "checked", other.post("identify", hash_proof("cust-2", clock.now.timestamp()))) as a:
        await visitor.identify(hash_proof("cust-1", clock.now.timestamp()))
        await visitor.write("Secret of the first")
    other.take(a[0].json())

    assert a[0].json()["switched"] is True
    assert await other.texts() == []
    await other.write("Words of the second")
    assert await other.texts() == ["Words of the second"]
    assert len(await desk.contacts()) == 2


async def test_a_session_that_ended_is_not_proven_any_more(
    visitor: Visitor, desk: Desk, clock: FakeClock, crossing: Crossing
) -> None:
    proof = visitor.post("identify", hash_proof("cust-1", clock.now.timestamp()))
    async with crossing(Sessions, "checked", proof) as answers:
        await visitor.write("Hello")
        await visitor.post("logout")

    assert answers[0].json()["code"] == "session_expired"
    assert [one.verified for contact in await desk.contacts() for one in contact.identities] == [False]
