"""Calls of one visitor that cross: what was read of the session before the other one came is not written back."""

import pytest

from mim_desk.hub.web_chat.sessions import Sessions
from tests.fakes import FakeClock
from tests.hub.crossing import crossing
from tests.hub.web_chat.visitors import Desk, Visitor, hash_proof

FORM = {"fields": [{"kind": "text", "name": "order", "label": "Order number"}]}


@pytest.mark.parametrize(("path", "body"), [("form", {"answers": {"order": "LIN-4402"}}), ("reopen", {})])
async def test_a_proof_that_comes_while_answers_are_kept_holds(
    visitor: Visitor, desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, path: str, body: object
) -> None:
    """The customer was an unknown visitor again, and signed out."""
    await desk.settings(form=FORM)
    await visitor.write("Hello")

    async with crossing(monkeypatch, Sessions, "checked", visitor.post(path, body)) as answers:
        await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))

    assert answers[0].status_code == 204
    assert await visitor.texts() == ["Hello"]
    (contact,) = await desk.contacts()
    assert [one.display for one in contact.identities if one.verified] == ["cust-42"]
    resumed = await visitor.http.post("/api/web-chat/v1/session", json={"widget": "wpub_test", "resume": visitor.token})
    assert resumed.json()["identified"] is True


@pytest.mark.parametrize("step", ["checked", "kept"])
async def test_a_first_message_that_crosses_the_proof_is_the_customers(
    visitor: Visitor, desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """It stayed with a stranger, and the customer no longer saw it."""
    async with crossing(monkeypatch, Sessions, step, visitor.write("Hello")) as answers:
        await visitor.identify(hash_proof("cust-42", clock.now.timestamp()))
    await visitor.write("And more")

    assert answers[0].status_code == 201
    assert await visitor.texts() == ["Hello", "And more"]
    assert len(await desk.contacts()) == 1


async def test_a_first_message_that_crosses_the_sign_out_is_refused(
    visitor: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with crossing(monkeypatch, Sessions, "checked", visitor.write("Hello")) as answers:
        assert (await visitor.post("logout")).status_code == 204

    assert (answers[0].status_code, answers[0].json()["code"]) == (401, "session_expired")
    assert await desk.count("web_chat_sessions") == await desk.count("conversations") == 0


async def test_signing_out_while_the_first_message_is_stored_ends_the_session(
    visitor: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a shared computer the next one could go on with it."""
    async with crossing(monkeypatch, Sessions, "checked", visitor.post("logout")):
        await visitor.write("Hello")

    assert (await visitor.call("GET", "messages")).json()["code"] == "session_expired"


async def test_two_customers_proven_at_once_never_share_a_session(
    visitor: Visitor, desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Visitor(visitor.http)
    other.token, other.session_id = visitor.token, visitor.session_id

    async with crossing(
        monkeypatch, Sessions, "checked", other.post("identify", hash_proof("cust-2", clock.now.timestamp()))
    ) as a:
        await visitor.identify(hash_proof("cust-1", clock.now.timestamp()))
        await visitor.write("Secret of the first")
    other.take(a[0].json())

    assert a[0].json()["switched"] is True
    assert await other.texts() == []
    await other.write("Words of the second")
    assert await other.texts() == ["Words of the second"]
    assert len(await desk.contacts()) == 2


async def test_a_session_that_ended_is_not_proven_any_more(
    visitor: Visitor, desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = visitor.post("identify", hash_proof("cust-1", clock.now.timestamp()))
    async with crossing(monkeypatch, Sessions, "checked", proof) as answers:
        await visitor.write("Hello")
        await visitor.post("logout")

    assert answers[0].json()["code"] == "session_expired"
    assert [one.verified for contact in await desk.contacts() for one in contact.identities] == [False]
