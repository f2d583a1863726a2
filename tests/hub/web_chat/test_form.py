"""The form before the first message, opening hours and the rating after the resolve, at the hub."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mim_desk.domain.conversation import Status, WaitingOn
from mim_desk.domain.message import Activity, MessageKind
from mim_desk.hub.broker import Broker
from mim_desk.hub.store import messages
from mim_desk.hub.web_chat.app import WebChat
from mim_desk.hub.web_chat.attendance import ATTENDED, Attendance, Attended
from mim_desk.hub.web_chat.idle import close_idle
from mim_desk.hub.web_chat.sessions import with_answers
from mim_desk.protocol import rows
from tests.fakes import FakeClock
from tests.guards import AllowLog
from tests.hub.web_chat.visitors import Desk, Visitor, jwt_proof, streaming, until

FORM = {
    "fields": [
        {"kind": "name", "required": True},
        {"kind": "topic", "choices": ["Orders", "Returns"]},
        {"kind": "text", "name": "order", "label": "Order number"},
        {"kind": "consent", "label": "I have read the notice.", "version": "2026-11", "required": True},
    ]
}
ANSWERS = {"name": "Ana Ruiz", "topic": "Orders", "order": "LIN-4402", "consent": "yes"}
WEEKDAYS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HOURS = {"time_zone": "Europe/Madrid", "weekly": WEEKDAYS}
SUNDAY, MONDAY = datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2026, 11, 23, 12, tzinfo=UTC)


async def lines(desk: Desk, said: Activity) -> list[rows.Message]:
    """The system lines of this kind, oldest first."""
    conversation = await desk.last()
    found, _ = await desk.store.read(lambda conn: messages.of_conversation(conn, conversation.id))
    return [one for one in reversed(found) if one.kind is MessageKind.ACTIVITY and one.activity == said]


async def test_a_first_message_without_the_form_is_refused_and_stores_nothing(visitor: Visitor, desk: Desk) -> None:
    await desk.settings(form=FORM)

    missing = await visitor.write("Hello")
    wrong = await visitor.write("Hello", form={**ANSWERS, "topic": "Weather"})

    assert (missing.status_code, missing.json()["code"], missing.json()["field"]) == (422, "form_required", "name")
    assert (wrong.status_code, wrong.json()["field"]) == (422, "topic")
    assert await desk.count("web_chat_sessions") == await desk.count("conversations") == 0


async def test_answers_reach_the_contact_as_claims_and_the_timeline_as_a_line(visitor: Visitor, desk: Desk) -> None:
    await desk.settings(form=FORM)

    assert (await visitor.write("Hello", form=ANSWERS)).status_code == 201
    assert (await visitor.write("And more")).status_code == 201

    (contact,) = await desk.contacts()
    told = {name: value for name, value in contact.fields.items() if "page" not in name}
    assert told == {
        "claimed.name": "Ana Ruiz",
        "claimed.topic": "Orders",
        "claimed.order": "LIN-4402",
        "claimed.consent": "2026-11",
    }
    assert (contact.name, [one.verified for one in contact.identities]) == ("Ana Ruiz", [False])
    (line,) = await lines(desk, Activity.FORM)
    assert line.details == {"answers": "Ana Ruiz · Orders · Order number: LIN-4402", "consent": "2026-11"}
    assert line.author.id == contact.id
    assert await visitor.texts() == ["Hello", "And more"]


async def test_the_same_first_message_again_has_one_line(visitor: Visitor, desk: Desk) -> None:
    await desk.settings(form=FORM)
    client_id = str(uuid4())

    answers = [await visitor.write("Hello", client_id, form=ANSWERS) for _ in range(3)]

    assert [one.status_code for one in answers] == [201, 200, 200]
    assert len(await lines(desk, Activity.FORM)) == 1


async def test_answers_kept_with_a_message_that_could_not_be_stored_go_with_the_next(
    web_chat: WebChat, visitor: Visitor, desk: Desk
) -> None:
    await desk.settings(form=FORM)
    session = await web_chat.chat.sessions.checked(visitor.token, desk.clock.now)
    await web_chat.chat.sessions.kept(with_answers(session, {"name": "Ana Ruiz", "consent": "2026-11"}))

    assert (await visitor.write("Hello")).status_code == 201

    (line,) = await lines(desk, Activity.FORM)
    assert line.details == {"answers": "Ana Ruiz", "consent": "2026-11"}


async def test_a_typed_name_or_address_opens_nobodys_history(
    visitor: Visitor, desk: Desk, clock: FakeClock, http: object
) -> None:
    await visitor.identify(
        {"jwt": jwt_proof("cust-42", clock.now.timestamp(), email="ana@example.com", name="Ana Ruiz")}
    )
    await visitor.write("My secret")
    await desk.settings(form={"fields": [{"kind": "name"}, {"kind": "email"}]})
    stranger = await Visitor(visitor.http).began()

    await stranger.write("Hello", form={"name": "Ana Ruiz", "email": "ana@example.com"})

    assert await stranger.texts() == ["Hello"]
    assert len(await desk.contacts()) == 2


async def test_a_proven_customer_is_not_asked(visitor: Visitor, desk: Desk, clock: FakeClock) -> None:
    await desk.settings(form=FORM)
    answer = await visitor.identify({"jwt": jwt_proof("cust-42", clock.now.timestamp())})

    assert answer.json()["form_done"] is True
    assert (await visitor.write("Hello")).status_code == 201


async def test_a_form_that_is_new_asks_nobody_in_mid_conversation(visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    await desk.settings(form=FORM)

    assert (await visitor.write("Still me")).status_code == 201


async def test_an_address_can_be_left_later(visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")

    assert (await visitor.post("form", {"answers": {"email": "ana@example.com"}})).status_code == 204
    assert (await visitor.post("form", {"answers": {"email": "ana"}})).status_code == 422

    (contact,) = await desk.contacts()
    assert contact.fields["claimed.email"] == "ana@example.com"
    (line,) = await lines(desk, Activity.FORM)
    assert line.details == {"answers": "ana@example.com"}


async def test_a_form_that_was_saved_before_forms_were_checked_asks_nothing(
    visitor: Visitor, desk: Desk, allow_log: AllowLog
) -> None:
    allow_log("form_not_read")
    allow_log("hours_not_read")
    await desk.settings(form={"name": True}, hours={"open": "always"})

    assert (await visitor.write("Hello")).status_code == 201
    assert (await visitor.messages())["hours"] == {"open": True, "opens_at": None}


async def test_outside_the_hours_a_message_is_left_and_the_page_is_told_when_they_are_back(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await desk.settings(hours=HOURS)
    clock.now = SUNDAY

    await visitor.write("Hello")
    await visitor.write("Anybody?")

    assert (await visitor.messages())["hours"] == {"open": False, "opens_at": "2026-11-23T08:00:00Z"}
    (line,) = await lines(desk, Activity.LEFT_MESSAGE)
    assert line.details == {"until": "2026-11-23T08:00:00+00:00"}
    clock.now = MONDAY
    assert (await visitor.messages())["hours"]["open"] is True


async def test_an_address_given_while_closed_is_taken_without_a_form(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await desk.settings(hours=HOURS)
    clock.now = SUNDAY

    assert (await visitor.write("Hello", form={"email": "ana@example.com"})).status_code == 201

    (contact,) = await desk.contacts()
    assert contact.fields["claimed.email"] == "ana@example.com"


async def test_what_was_asked_before_the_hours_changed_is_still_an_answer(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await desk.settings(hours=HOURS)
    clock.now = MONDAY

    assert (await visitor.write("Hello", form={"email": "ana@example.com"})).status_code == 201
    (contact,) = await desk.contacts()
    assert contact.fields["claimed.email"] == "ana@example.com"


async def test_an_open_page_is_told_when_the_hours_change(
    web_chat: WebChat, visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await desk.settings(hours=HOURS)
    clock.now = MONDAY
    async with streaming(web_chat, visitor) as stream:
        clock.now = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
        await visitor.write("Hello")
        _, told = await stream.next("state")
        while "hours" not in told:
            _, told = await stream.next("state")

    assert told == {"hours": {"open": False, "opens_at": "2026-11-24T08:00:00Z"}}


def test_a_desk_at_any_hub_is_somebody() -> None:
    desks, now = 0, 0.0
    here = Attendance(None, lambda: desks, lambda: now)  # type: ignore[arg-type]  # nothing is told in this test

    assert not here.is_attended
    here.heard()
    assert here.is_attended
    now = 61.0
    assert not here.is_attended
    desks = 1
    assert here.is_attended


async def test_while_nobody_is_signed_in_it_is_closed_where_the_inbox_says_so(
    web_chat: WebChat, visitor: Visitor, desk: Desk
) -> None:
    assert (await visitor.messages())["hours"]["open"] is True

    await desk.settings(unattended="closed")

    assert (await visitor.messages())["hours"] == {"open": False, "opens_at": None}


async def test_a_desk_at_another_hub_opens_it_too(
    web_chat: WebChat, visitor: Visitor, desk: Desk, broker: Broker
) -> None:
    await desk.settings(unattended="closed")

    await broker.publish_ephemeral(ATTENDED, Attended())

    async def is_open() -> bool:
        return bool((await visitor.messages())["hours"]["open"])

    await until(is_open)


async def test_a_resolved_conversation_is_asked_about_once(web_chat: WebChat, visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    async with streaming(web_chat, visitor) as stream:
        await desk.reply("Good day")
        conversation = await desk.resolve()
        _, asked = await stream.next("csat_request")
    answer = await visitor.post("rating", {"conversation": conversation.id, "score": 4})
    await visitor.post("rating", {"conversation": conversation.id, "score": 4, "comment": " Quick\u0007 "})

    assert asked == {"conversation": conversation.id}
    assert answer.status_code == 204
    (line,) = await lines(desk, Activity.RATED)
    assert line.details == {"score": "4", "of": "5", "comment": "Quick"}
    assert (await visitor.messages())["rating"] == ""
    assert await visitor.texts() == ["Hello", "Good day"]


async def test_nobody_is_asked_where_nobody_answered_or_the_inbox_does_not_ask(visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    await desk.resolve()
    unanswered = (await visitor.messages())["rating"]
    await visitor.write("Again")
    await desk.reply("Good day")
    conversation = await desk.resolve()
    answered = (await visitor.messages())["rating"]
    await desk.settings(rating="off")

    assert (unanswered, answered) == ("", conversation.id)
    assert (await visitor.messages())["rating"] == ""


@pytest.mark.parametrize("body", [{"score": 0}, {"score": 6}, {"score": "5"}, {"score": 3, "comment": "x" * 1001}, {}])
async def test_a_rating_of_another_shape_is_invalid(visitor: Visitor, desk: Desk, body: dict[str, object]) -> None:
    await visitor.write("Hello")
    await desk.reply("Good day")
    conversation = await desk.resolve()

    assert (await visitor.post("rating", {"conversation": conversation.id, **body})).status_code == 400
    assert await lines(desk, Activity.RATED) == []


async def test_nobody_rates_what_is_not_theirs_or_not_over(visitor: Visitor, desk: Desk) -> None:
    await visitor.write("Hello")
    await desk.reply("Good day")
    conversation = await desk.last()
    stranger = await Visitor(visitor.http).began()

    early = await visitor.post("rating", {"conversation": conversation.id, "score": 5})
    await desk.resolve()
    foreign = await stranger.post("rating", {"conversation": conversation.id, "score": 1})

    assert (early.status_code, foreign.status_code) == (400, 400)
    assert await lines(desk, Activity.RATED) == []


async def test_what_lies_idle_is_resolved_where_the_inbox_says_so(
    visitor: Visitor, desk: Desk, clock: FakeClock
) -> None:
    await visitor.write("Hello")
    await desk.reply("Good day")
    clock.advance(timedelta(hours=25))
    kept = await close_idle(desk.store, clock.now)
    await desk.settings(close_after_hours=24)

    closed = await close_idle(desk.store, clock.now)

    assert (kept, closed, await close_idle(desk.store, clock.now)) == (0, 1, 0)
    assert (await desk.last()).status is Status.RESOLVED
    assert (await lines(desk, Activity.RESOLVED))[-1].details == {"reason": "idle"}
    await visitor.write("One more thing")
    assert len(await desk.conversations()) == 1


@pytest.mark.parametrize("case", ["the customer waits", "a third party is waited for", "it is snoozed", "it is fresh"])
async def test_what_somebody_waits_for_is_never_closed_by_time(
    visitor: Visitor, desk: Desk, clock: FakeClock, case: str
) -> None:
    await desk.settings(close_after_hours=24)
    await visitor.write("Hello")
    if case != "the customer waits":
        await desk.reply("Good day")
    if case == "a third party is waited for":
        await desk.patch(waiting_on=WaitingOn.THIRD_PARTY)
    if case == "it is snoozed":
        await desk.patch(status=Status.SNOOZED)
    clock.advance(timedelta(hours=23 if case == "it is fresh" else 30))

    await close_idle(desk.store, clock.now)

    assert (await desk.last()).status is not Status.RESOLVED
