"""The thread panel: one conversation at a time, held replies, presence, retry."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.desk.shapes import HeldReply
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind
from mim_desk.protocol import events, rows
from mim_desk.ui.timeline.describe import described
from mim_desk.ui.timeline.panel import ThreadPanel
from tests.desk.test_sent_again import FIRST, arrives, failed_reply
from tests.desk.workspace import ANA, contact_id, conversation_id
from tests.ui.stage import Stage

MARTA = 1


@pytest.fixture
def panel(stage: Stage, qtbot) -> ThreadPanel:
    """Marta's conversation, ready to answer."""
    made = stage.keep(ThreadPanel(stage.theme, stage.session))
    made.open(stage.row(MARTA))
    stage.until(lambda: made.timeline.model.entries and not made.composer.loading and made.composer.inbox)
    stage.pause()
    return made


def send(stage: Stage, panel: ThreadPanel, text: str) -> str:
    """Type and send; the message's id."""
    before = set(stage.session.outbox.pending.items)
    QTest.keyClicks(panel.composer.editor, text)
    QTest.keyClick(panel.composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: [i for k, i in stage.session.outbox.pending.items.items() if k not in before and i.is_message])
    return next(k for k, i in stage.session.outbox.pending.items.items() if k not in before and i.is_message)


def hold(stage: Stage, panel: ThreadPanel, message_id: str) -> None:
    """The hub said: the conversation moved."""
    other = rows.Message(
        "ana-1", conversation_id(MARTA), contact_id(MARTA), "i", MessageKind.REPLY, rows.Author(AuthorType.AGENT, ANA),
        stage.session.hub_now() - timedelta(seconds=8), stage.session.hub_now(), text="The driver waits 45 minutes.",
    )  # fmt: skip
    stage.run(
        stage.session.outbox.hold(
            stage.session.outbox.pending.items[message_id],
            HeldReply(("answered",), (other,)),
            "Held: Ana answered meanwhile",
        )
    )
    stage.session._published(stage.session.outbox.pending.items[message_id], None)
    stage.until(lambda: panel.card.message_id == message_id)


def test_what_is_sent_stands_in_the_timeline_at_once(stage: Stage, panel: ThreadPanel) -> None:
    sent = send(stage, panel, "On its way")

    stage.until(lambda: panel.timeline.model.place(sent) is not None)

    last = panel.timeline.placed[-1].bubble.entry
    assert (last.id, last.item.outbox_state) == (sent, "waiting")
    assert stage.session.outbox.pending.items[sent].body.base_seq == 1000


def test_a_held_reply_is_told_over_the_composer_and_its_text_stays(stage: Stage, panel: ThreadPanel) -> None:
    sent = send(stage, panel, "The driver waits.")

    hold(stage, panel, sent)

    assert panel.card.isVisible()
    assert "Ana Ribeiro\u2069 answered" in panel.card.accessibleName()
    assert "The driver waits 45 minutes." in panel.card.accessibleName()
    assert panel.timeline.model.entries[-1].item.message.text == "The driver waits."


def test_editing_a_held_reply_makes_it_a_draft_again(stage: Stage, panel: ThreadPanel) -> None:
    sent = send(stage, panel, "The driver waits.")
    hold(stage, panel, sent)

    panel.card.edited.emit(sent)
    stage.until(lambda: panel.composer.editor.text() == "The driver waits.")

    assert sent not in stage.session.outbox.pending.items
    stage.until(lambda: not panel.card.isVisible())


def test_discarding_a_held_reply_takes_it_away(stage: Stage, panel: ThreadPanel) -> None:
    sent = send(stage, panel, "The driver waits.")
    hold(stage, panel, sent)

    panel.card.discarded.emit(sent)

    stage.until(lambda: panel.timeline.model.place(sent) is None)
    assert sent not in stage.session.outbox.pending.items


def test_a_held_reply_stands_beside_what_changed_and_is_sent_by_decision(stage: Stage, panel: ThreadPanel) -> None:
    sent = send(stage, panel, "The driver waits.")
    hold(stage, panel, sent)

    panel.compare(sent)
    stage.until(lambda: panel.held.now_view.model.entries)
    assert panel.held.isVisible()
    assert not panel.timeline.isVisible()
    assert panel.held.now_view.model.place(sent) is None

    QTest.mouseClick(panel.held.override, Qt.MouseButton.LeftButton)
    stage.until(panel.timeline.isVisible)

    item = stage.session.outbox.pending.items[sent]
    assert item.body.override
    assert str(item.state) == "waiting"


def test_the_two_texts_of_two_conversations_never_meet(stage: Stage, panel: ThreadPanel) -> None:
    QTest.keyClicks(panel.composer.editor, "for Marta")

    panel.open(stage.row(2))
    stage.until(lambda: panel.timeline.feed.conversation_id == conversation_id(2))

    assert panel.composer.editor.text() == ""


def test_an_older_answer_of_the_cache_does_not_open_over_a_newer_choice(stage: Stage, panel: ThreadPanel) -> None:
    for number in (2, 3, 4, 5, 4, 3):
        panel.open(stage.row(number))
    stage.pause(0.2)

    assert {entry.item.message.contact_id for entry in panel.timeline.model.entries} == {contact_id(3)}


def test_who_types_is_told_until_they_stop(stage: Stage, panel: ThreadPanel) -> None:
    soon = stage.session.hub_now() + timedelta(seconds=0.4)
    contact = rows.Author(AuthorType.CONTACT, contact_id(MARTA))

    panel.presence.take(events.Typing(conversation_id(MARTA), contact, soon))
    assert panel.presence.isVisible()
    assert "Marta Lindqvist" in panel.presence.sentence()

    stage.until(lambda: not panel.presence.isVisible())


def test_who_looks_on_is_told_and_typing_elsewhere_is_not(stage: Stage, panel: ThreadPanel) -> None:
    soon = stage.session.hub_now() + timedelta(seconds=30)

    panel.presence.take(events.Typing(conversation_id(9), rows.Author(AuthorType.AGENT, ANA), soon))
    assert not panel.presence.isVisible()

    panel.presence.take(events.PresenceChange(ANA, conversation_id(MARTA), "viewing", soon))
    assert "Ana Ribeiro" in panel.presence.sentence()
    panel.presence.take(events.PresenceChange(ANA, "", "left", soon))
    assert not panel.presence.isVisible()


def test_reading_to_the_end_marks_the_messages_read(stage: Stage, panel: ThreadPanel) -> None:
    panel.window().activateWindow()
    stage.until(lambda: stage.row(MARTA).conversation.unread == 0)


def test_a_search_hit_opens_at_its_message(stage: Stage, panel: ThreadPanel) -> None:
    target = stage.run(stage.session.cache.timeline(contact_id(3))).items[1].message

    panel.open(stage.row(3), target=target.id)
    stage.until(lambda: panel.timeline.model.place(target.id) is not None)

    assert panel.timeline.stack.bounds(target.id, panel.timeline.placed) is not None


def test_a_narrow_bar_keeps_the_name(stage: Stage, panel: ThreadPanel) -> None:
    panel.resize(430, 700)
    stage.pause()

    assert not panel.header.snooze.isVisible()
    assert panel.header.more.isVisible()


def test_a_failed_reply_sent_again_says_so_in_the_place_of_its_button(stage: Stage, panel: ThreadPanel) -> None:
    stage.run(arrives(stage.session, failed_reply(stage.session, DeliveryStatus.UNKNOWN)))
    view = panel.timeline
    stage.until(lambda: view.model.place(FIRST) is not None)

    def kinds() -> list[str]:
        return [spot.kind for spot in view.bubble_of(view.model.place(FIRST)).spots]

    assert kinds() == ["send_again"]
    bubble = view.bubble_of(view.model.place(FIRST))
    for _ in range(2):
        view.acts.click(bubble, bubble.spots[0])
    stage.until(lambda: kinds() == [])

    copies = [item for item in stage.session.outbox.pending.items.values() if item.is_message]
    assert len(copies) == 1
    assert described(view.model.entries[view.model.place(FIRST)], {}).endswith("It was sent again.")
    stage.run(stage.session.discard(copies[0].id))
    stage.until(lambda: kinds() == ["send_again"])
