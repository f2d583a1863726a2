"""Resolving where nobody answered: the agent is asked why, by keyboard first."""

import asyncio

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.domain.conversation import Status
from mim_desk.protocol import api
from mim_desk.ui.at_work import DeskAtWork
from mim_desk.ui.palette.reason import ReasonPalette


def waiting_row(desk: DeskAtWork):
    """A row of the list with a running clock."""
    rows = desk.window.list.list.rows.rows
    return next(row for row in rows if any(clock.state == "running" for clock in row.conversation.clocks))


def resolved(desk: DeskAtWork) -> list[api.ConversationPatch]:
    """What waits in the outbox to resolve a conversation."""
    items = desk.session.outbox.pending.items.values()
    patches = [item.body for item in items if isinstance(item.body, api.ConversationPatch)]
    return [patch for patch in patches if patch.status is Status.RESOLVED]


async def asked(desk: DeskAtWork) -> ReasonPalette:
    """Resolve by the action, as key, palette and button do, and see the question."""
    row = waiting_row(desk)
    desk.wiring.open(row.conversation.id)
    while desk.wiring.subject() is None or desk.wiring.subject().conversation.id != row.conversation.id:
        await asyncio.sleep(0)
    desk.commands.run("resolve")
    found = desk.window.findChild(ReasonPalette)
    assert found is not None
    assert found.isVisible()
    assert not resolved(desk)
    return found


@pytest.mark.parametrize(
    ("keys", "reason"),
    [("\r", "No answer needed"), ("4", "Spam"), ("Moved to the 2nd shop\r", "Moved to the 2nd shop")],
    ids=["enter", "digit", "own words"],
)
def test_a_reason_goes_with_the_patch(play, keys: str, reason: str) -> None:
    async def story(desk: DeskAtWork) -> None:
        question = await asked(desk)
        for key in keys:
            if key == "\r":
                QTest.keyClick(question.field, Qt.Key.Key_Return)
            else:
                QTest.keyClicks(question.field, key)
        while not resolved(desk):
            await asyncio.sleep(0)

        assert not question.isVisible()
        assert [patch.reason for patch in resolved(desk)] == [reason]

    play(story)


def test_escape_leaves_it_open(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        question = await asked(desk)
        QTest.keyClick(question.field, Qt.Key.Key_Escape)
        await asyncio.sleep(0.05)

        assert not question.isVisible()
        assert not resolved(desk)

    play(story)


def test_after_an_answer_nobody_is_asked(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        row = waiting_row(desk)
        await desk.session.send(row.conversation.id, kind="reply", text="Here is your answer")
        desk.wiring.acts.resolve(row)
        while not resolved(desk):
            await asyncio.sleep(0)

        assert [patch.reason for patch in resolved(desk)] == [msgspec.UNSET]

    play(story)
