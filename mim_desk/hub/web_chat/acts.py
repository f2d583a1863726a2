"""What a visitor does besides writing: answers to the form, a message left while nobody is there, a rating."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID, uuid5

from mim_desk.channels.web_chat import form, payloads
from mim_desk.channels.web_chat.form import Question
from mim_desk.domain.message import Activity, clean_text
from mim_desk.domain.refusal import Refusal
from mim_desk.hub.web_chat import work
from mim_desk.hub.web_chat.answers import Answer
from mim_desk.hub.web_chat.availability import Availability
from mim_desk.hub.web_chat.parts import Call, Chat, visiting
from mim_desk.hub.web_chat.posting import ingest
from mim_desk.hub.web_chat.problems import form_required, invalid
from mim_desk.hub.web_chat.ratings import may_rate, rating_id
from mim_desk.hub.web_chat.sessions import Session
from mim_desk.hub.web_chat.widgets import Widget

_LINE_IDS: Final = UUID("0b7f9b62-5a0d-5d0e-8a53-8f6a2f3f3c40")
_PAUSE: Final = " · "


def answered(session: Session, widget: Widget, hours: Availability, given: Mapping[str, str]) -> dict[str, str]:
    """The form's answers with a first message; ``form_required`` when one is missing or wrong.

    A proven customer is asked nothing, and nobody is asked again in the middle of a conversation.
    """
    if session.is_stored or session.is_verified:
        return {}
    asked = form.asked_now(widget.questions, is_open=hours.open)
    try:
        # What was asked before the hours changed is an answer too.
        others = form.checked(_others(widget, asked), given, whole=False)
        return {**others, **form.checked(asked, given)}
    except Refusal as refused:
        raise form_required(refused.field) from refused


def _others(widget: Widget, asked: tuple[Question, ...]) -> list[Question]:
    names = {one.name for one in asked}
    return [one for one in (*widget.questions, form.REPLY_ADDRESS) if one.name not in names]


def lines(session: Session, widget: Widget, hours: Availability, answers: Mapping[str, str]) -> list[payloads.Acted]:
    """The system lines that go with a message: the form's answers, and that nobody was there."""
    told = [_form_line(session, widget, answers)] if answers else []
    if not hours.open:
        until = hours.opens_at.isoformat() if hours.opens_at else ""
        # Once for each time the hours are closed, however many messages are left.
        line_id = _line_id(session.id, "left", until)
        told.append(payloads.Acted(line_id, Activity.LEFT_MESSAGE, {"until": until}))
    return told


def _form_line(session: Session, widget: Widget, answers: Mapping[str, str]) -> payloads.Acted:
    labels = {one.name: one.label for one in widget.questions if one.label}
    consents = {one.name for one in widget.questions if one.kind == form.CONSENT}
    said = [
        f"{labels[name]}: {value}" if name in labels else value
        for name, value in answers.items()
        if name not in consents
    ]
    agreed = [value for name, value in answers.items() if name in consents]
    details = {"answers": _PAUSE.join(said), "consent": ", ".join(agreed)}
    return payloads.Acted(_line_id(session.id, "form", *sorted(answers.items())), Activity.FORM, details)


def _line_id(*parts: object) -> str:
    """Our id of a line: the same for the same deed, so that nothing is told twice."""
    return str(uuid5(_LINE_IDS, repr(parts)))


async def post_form(chat: Chat, call: Call) -> Answer:
    """Something added to the form later, such as an address for the answer; before the first message it goes with it."""
    session, widget = await visiting(chat, call, writes=True)
    work.check(session, widget, call.headers)
    given = (await call.json(payloads.FormPost)).answers
    if not session.is_stored:
        raise invalid("Answers go with the first message.")
    try:
        answers = form.checked([*widget.questions, *_others(widget, widget.questions)], given, whole=False)
    except Refusal as refused:
        raise form_required(refused.field) from refused
    if answers:
        session = await chat.sessions.answered(session, answers)
        await ingest(chat, session, payloads.ActedPost(session.visitor, [_form_line(session, widget, answers)]))
    return Answer(204)


async def post_rating(chat: Chat, call: Call) -> Answer:
    """How it was, once; the same visitor may add words to it."""
    session, _ = await visiting(chat, call, writes=True)
    rating = await call.json(payloads.Rating)
    chat.limiter.take("ratings", session.id, 10, 60)
    if not await chat.store.read(partial(may_rate, session=session, conversation_id=rating.conversation)):
        raise invalid("There is no such conversation to rate.")
    details = {"score": str(rating.score), "of": str(payloads.BEST_SCORE), "comment": clean_text(rating.comment)}
    line_id = rating_id(rating.conversation)
    acted = payloads.Acted(line_id, Activity.RATED, details, rating.conversation)
    await ingest(chat, session, payloads.ActedPost(session.visitor, [acted]))
    return Answer(204)
