"""The keyboard goes back to where the agent was: letters typed next never act on the conversation by mistake."""

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

CONTROL = Qt.KeyboardModifier.ControlModifier


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget(), key, modifier)


async def writing(desk, text: str = "I will ") -> QWidget:
    """The first conversation with something written; its field."""
    desk.window.window().activateWindow()
    desk.wiring.open(desk.window.list.list.rows.rows[0].conversation.id)
    composer = desk.timeline.composer
    async with asyncio.timeout(30):
        while composer.place is None or composer.loading or desk.timeline.row is None:
            await asyncio.sleep(0.02)
    composer.editor.setFocus()
    QTest.keyClicks(composer.editor, text)
    return composer.editor


async def until_focused(widget: QWidget) -> None:
    async with asyncio.timeout(10):
        while QApplication.focusWidget() is not widget:
            await asyncio.sleep(0.02)


def test_after_a_search_one_goes_on_writing(play) -> None:
    async def story(desk) -> None:
        editor = await writing(desk)
        press(Qt.Key.Key_F, CONTROL)
        assert QApplication.focusWidget() is desk.search.field
        press(Qt.Key.Key_Escape)
        await until_focused(editor)

        QTest.keyClicks(QApplication.focusWidget(), "ask anna")
        assert editor.text() == "I will ask anna"
        assert not desk.session.outbox.pending.items

    play(story, size=(1600, 1000))


def test_after_the_preferences_one_goes_on_writing(play) -> None:
    async def story(desk) -> None:
        editor = await writing(desk)
        press(Qt.Key.Key_Comma, CONTROL)
        assert desk.window.places.currentWidget() is not desk.window.panes
        QTest.keyClick(desk.window.window(), Qt.Key.Key_Escape)
        await until_focused(editor)

    play(story, size=(1600, 1000))


def test_a_contact_panel_that_is_closed_hands_the_keyboard_to_the_list(play) -> None:
    async def story(desk) -> None:
        await writing(desk)
        async with asyncio.timeout(10):
            while not (buttons := _buttons_of_the_contact(desk)):
                await asyncio.sleep(0.02)
        buttons[0].setFocus()
        press(Qt.Key.Key_I)
        await until_focused(desk.window.list.list)

    play(story, size=(1600, 1000))


def test_esc_leaves_the_contacts_form_and_nothing_else(play) -> None:
    async def story(desk) -> None:
        await writing(desk)
        async with asyncio.timeout(10):
            while not [one for one in _buttons_of_the_contact(desk) if "Change" in one.accessibleName()]:
                await asyncio.sleep(0.02)
        (change,) = [one for one in _buttons_of_the_contact(desk) if one.accessibleName() == "Change the contact"]
        change.setFocus()
        press(Qt.Key.Key_Space)
        async with asyncio.timeout(10):
            while desk.window.contact.form is None:
                await asyncio.sleep(0.02)
        QTest.keyClicks(QApplication.focusWidget(), "XX")
        press(Qt.Key.Key_Escape)
        async with asyncio.timeout(10):
            while desk.window.contact.form is not None:
                await asyncio.sleep(0.02)
        assert QApplication.focusWidget() is not desk.window.list.list

    play(story, size=(1600, 1000))


def _buttons_of_the_contact(desk) -> list[QAbstractButton]:
    return [one for one in desk.window.contact.findChildren(QAbstractButton) if one.isVisible() and one.isEnabled()]
