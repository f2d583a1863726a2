"""A reply is kept on the disk from the press of Enter on, or stands in the composer again."""

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from mim_desk.desk.shapes import Draft, LocalFile
from mim_desk.ui.composer.drafts import DraftKeeper
from mim_desk.ui.composer.panel import REPLY, ComposerPanel
from tests.desk.workspace import conversation_id
from tests.ui.composer.writing import WEB_CHAT, WHATSAPP, kept, type_in, unsent, write_in
from tests.ui.stage import Stage


def read_only(stage: Stage, *, on: bool) -> None:
    """As when the disk can be read and not written."""
    held = stage.session.outbox._opened()
    stage.run(asyncio.to_thread(held.read, lambda connection: connection.execute(f"PRAGMA query_only = {int(on)}")))


def test_a_reply_that_cannot_be_kept_stands_in_the_composer_again(stage: Stage, composer: ComposerPanel) -> None:
    told: list[str] = []
    stage.session.on_notice(lambda notice: told.append(notice.text))
    composer.attaching.take(composer.place, LocalFile("f" * 32, "plan.txt", "text/plain", b"x"), QImage())
    read_only(stage, on=True)
    type_in(composer, "ten minutes of work")

    for turn in (1, 2):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
        assert composer.editor.text() == ""
        stage.until(lambda: composer.editor.text() == "ten minutes of work")
        stage.until(lambda: composer.frame.refusal.text)
        assert [file.name for file in composer.attaching.files] == ["plan.txt"]
        assert "read-only" in composer.frame.refusal.text
        assert sum("read-only" in each for each in told) >= turn
    assert unsent(stage) == []
    read_only(stage, on=False)
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: unsent(stage))

    assert unsent(stage) == ["ten minutes of work"]
    assert composer.editor.text() == ""
    assert told[-1] == ""


def test_a_reply_is_on_its_way_to_the_disk_before_the_press_of_enter_has_an_end(
    stage: Stage, composer: ComposerPanel
) -> None:
    type_in(composer, "at once")
    turn = stage.session.outbox._turn
    stage.until(lambda: not turn.locked())

    QTest.keyClick(composer.editor, Qt.Key.Key_Return)

    assert turn.locked()
    assert composer.editor.text() == ""
    stage.until(lambda: unsent(stage) == ["at once"])


def test_what_cannot_be_kept_waits_for_the_agent_elsewhere_too(stage: Stage, composer: ComposerPanel) -> None:
    read_only(stage, on=True)
    type_in(composer, "for Marta")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    write_in(stage, composer, WEB_CHAT)
    type_in(composer, "for the guest")
    stage.until(lambda: len(stage.session.outbox.unkept) == 2)

    write_in(stage, composer, WHATSAPP)
    assert composer.editor.text() == "for Marta"
    read_only(stage, on=False)
    stage.run(stage.session.outbox.keep_unkept())

    assert kept(stage, WHATSAPP) == "for Marta"
    assert kept(stage, WEB_CHAT) == "for the guest"
    assert not stage.session.outbox.unkept


def test_a_reply_nobody_foresaw_the_end_of_comes_back_too(stage: Stage, composer: ComposerPanel) -> None:
    problems: list[str] = []
    stage.session.owner._on_problem = lambda doing, _error: problems.append(doing)
    type_in(composer, "still here")
    outbox, held = stage.session.outbox, stage.session.outbox._held
    outbox._held = None

    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    type_in(composer, " and more")
    stage.until(lambda: "composer.send" in problems)
    stage.until(lambda: not composer.loading)
    outbox._held = held

    assert composer.editor.text() == "still here and more"


def test_what_comes_back_elsewhere_does_not_keep_the_draft_that_is_being_read(stage: Stage, qtbot) -> None:
    keeper, loaded = DraftKeeper(stage.session), []
    keeper.loaded.connect(lambda conversation, mode, _draft: loaded.append((conversation, mode)))
    here, elsewhere = (conversation_id(WEB_CHAT), REPLY), (conversation_id(WHATSAPP), REPLY)

    async def both() -> None:
        keeper.load(here)
        await keeper.give_back(elsewhere, Draft("for Marta"), instead=False)

    stage.run(both())
    stage.until(lambda: loaded)

    assert loaded == [here]
    assert kept(stage, WHATSAPP).startswith("for Marta")
