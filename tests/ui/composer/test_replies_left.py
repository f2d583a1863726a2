"""A channel that counts replies: the composer shows what is left and refuses what is more."""

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from mim_desk.domain.splitting import Counting
from mim_desk.protocol.rows import CapabilitySheet
from mim_desk.ui.composer.checks import Written, why_not
from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.writing import WHATSAPP, type_in
from tests.ui.stage import Stage


def counted(stage: Stage, composer: ComposerPanel, left: int) -> None:
    row = stage.row(WHATSAPP)
    until = stage.session.hub_now() + timedelta(hours=46, minutes=1)
    told = msgspec.structs.replace(row.conversation, reply_window_until=until, replies_left=left)
    composer.open(replace(row, conversation=told))
    stage.until(lambda: not composer.loading)


def test_the_replies_that_are_left_stand_beside_the_window(stage: Stage, composer: ComposerPanel) -> None:
    counted(stage, composer, 4)

    assert "4 of " in composer.frame.window_chip.accessibleName()
    assert not composer.editor.isReadOnly()


def test_with_no_reply_left_it_says_so_and_takes_a_note(stage: Stage, composer: ComposerPanel) -> None:
    counted(stage, composer, 0)

    assert composer.editor.isReadOnly()
    assert "no more replies" in composer.frame.closed_line.accessibleName()
    assert "No replies left" in composer.frame.window_chip.accessibleName()
    composer.use("note")
    stage.until(lambda: not composer.loading)
    type_in(composer, "call her")
    assert composer.frame.send.isEnabled()


def test_more_messages_than_are_left_are_refused_in_words(stage: Stage, composer: ComposerPanel, tmp_path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello there, this is a text")
    counted(stage, composer, 1)
    composer.attaching.read([str(path)])
    stage.until(lambda: composer.attaching.files)

    type_in(composer, "and a text")

    assert "This takes 2 messages" in composer.why_not()
    assert not composer.frame.send.isEnabled()


def test_each_part_of_a_long_text_counts() -> None:
    sheet = CapabilitySheet(text_length=3000, part_length=1800, counted=Counting.UTF_8)
    long, short = Written("reply", "十" * 1100, ()), Written("reply", "十", ())

    assert "This takes 2 messages" in why_not(long, sheet, replies_left=1)
    assert why_not(long, sheet, replies_left=2) == why_not(short, sheet, replies_left=1) == ""
