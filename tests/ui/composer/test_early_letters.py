"""Letters typed before the workspace's canned replies are read."""

from mim_desk.domain.canned_reply import CannedReplies
from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.writing import WHATSAPP, type_in, write_in
from tests.ui.stage import Stage


def test_they_find_their_canned_reply_once_all_are_read(stage: Stage, qtbot) -> None:
    composer = stage.keep(ComposerPanel(stage.theme, stage.session), height=400)
    write_in(stage, composer, WHATSAPP)
    stage.until(lambda: composer.completion._count)
    replies = stage.run(stage.session.cache.canned_replies())
    composer.completion._replies, composer.completion._count = CannedReplies([]), 0

    type_in(composer, f"/{replies[0].shortcut}")
    assert not composer.completion.canned.isVisible()
    stage.run(composer.completion.read())

    assert composer.completion.canned.isVisible()
    assert composer.completion._model.reply(0).shortcut == replies[0].shortcut


def test_a_popup_that_was_put_away_stays_away(stage: Stage, qtbot) -> None:
    composer = stage.keep(ComposerPanel(stage.theme, stage.session), height=400)
    write_in(stage, composer, WHATSAPP)
    stage.until(lambda: composer.completion._count)
    replies = stage.run(stage.session.cache.canned_replies())
    composer.completion._replies, composer.completion._count = CannedReplies([]), 0

    type_in(composer, f"/{replies[0].shortcut}")
    composer.completion.close()
    stage.run(composer.completion.read())

    assert not composer.completion.canned.isVisible()
