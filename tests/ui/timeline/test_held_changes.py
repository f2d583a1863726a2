"""A change that waits for the agent, or was refused, is told over the composer with what may be done about it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.desk.shapes import HeldReply
from mim_desk.domain.conversation import Status
from mim_desk.protocol import api
from mim_desk.ui.composer.held_change import change_words
from mim_desk.ui.timeline.panel import ThreadPanel
from tests.desk.workspace import conversation_id
from tests.ui.stage import Stage

MARTA = 1
WHY = "The customer wrote after you resolved it."


@pytest.fixture
def panel(stage: Stage) -> ThreadPanel:
    """Marta's conversation, read."""
    made: ThreadPanel = stage.keep(ThreadPanel(stage.theme, stage.session))
    made.open(stage.row(MARTA))
    stage.until(lambda: made.timeline.model.entries and not made.composer.loading)
    return made


def _resolve(stage: Stage, number: int = MARTA) -> str:
    made: str = stage.run(stage.session.patch(conversation_id(number), api.ConversationPatch(status=Status.RESOLVED)))
    return made


def _hold(stage: Stage, change: str) -> None:
    outbox = stage.session.outbox
    item = stage.run(outbox.hold(outbox.pending.items[change], HeldReply(("customer_wrote",)), WHY))
    stage.session._published(item, None)


def _press(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_held_change_says_what_and_why_and_is_made_anyway(stage: Stage, panel: ThreadPanel) -> None:
    change = _resolve(stage)
    _hold(stage, change)

    assert panel.change_card.isVisible()
    assert panel.change_card.accessibleName() == f"Waits for you: Resolve. {WHY}"
    _press(panel.change_card.insist)
    stage.until(lambda: not panel.change_card.isVisible())

    item = stage.session.outbox.pending.items[change]
    assert (str(item.state), item.base) == ("waiting", None)


def test_a_held_change_is_left(stage: Stage, panel: ThreadPanel) -> None:
    change = _resolve(stage)
    _hold(stage, change)

    _press(panel.change_card.leave)

    stage.until(lambda: not panel.change_card.isVisible())
    assert change not in stage.session.outbox.pending.items


def test_a_refused_change_is_dismissed(stage: Stage, panel: ThreadPanel) -> None:
    change = _resolve(stage)
    item = stage.run(stage.session.outbox.fail(stage.session.outbox.pending.items[change], "Nobody has this id."))
    stage.session._published(item, None)

    assert panel.change_card.accessibleName() == "Not done: Resolve. Nobody has this id."
    assert not panel.change_card.insist.isVisible()
    _press(panel.change_card.leave)

    stage.until(lambda: not panel.change_card.isVisible())
    assert change not in stage.session.outbox.pending.items


def test_it_stands_in_its_own_conversation_alone(stage: Stage, panel: ThreadPanel) -> None:
    _hold(stage, _resolve(stage, 2))
    assert not panel.change_card.isVisible()

    panel.open(stage.row(2))
    assert panel.change_card.isVisible()

    panel.open(stage.row(MARTA))
    assert not panel.change_card.isVisible()
    panel.open(stage.row(2))
    panel.close_conversation()
    assert panel.change_card.item_id == ""


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        (api.ConversationPatch(status=Status.SNOOZED), "Snooze"),
        (api.ConversationPatch(status=Status.OPEN), "Open again"),
        (api.ConversationPatch(assignee_id="ana"), "Assign to \u2068Ana\u2069"),
        (api.ConversationPatch(assignee_id="gone"), "Another assignee"),
        (api.ConversationPatch(assignee_id=None), "Assign to nobody"),
        (api.ConversationPatch(labels=["VIP"]), "Other labels"),
    ],
)
def test_a_change_in_words(patch: api.ConversationPatch, words: str) -> None:
    assert change_words(patch, {"ana": "Ana"}) == words
