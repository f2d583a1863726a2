"""What tests of the composer do and look at again and again."""

from PySide6.QtTest import QTest

from mim_desk.ui.composer.panel import ComposerPanel
from tests.desk.workspace import conversation_id
from tests.ui.stage import Stage

WHATSAPP, WEB_CHAT = 1, 8


def write_in(stage: Stage, composer: ComposerPanel, number: int) -> None:
    """Open a conversation and wait until one can write."""
    composer.open(stage.row(number))
    stage.until(lambda: not composer.loading and composer.inbox is not None)
    stage.pause(0.02)


def kept(stage: Stage, number: int, mode: str = "reply") -> str:
    """The draft in the outbox."""
    draft = stage.run(stage.session.draft(conversation_id(number), mode))
    return draft.text if draft is not None else ""


def unsent(stage: Stage) -> list[str]:
    """The texts in the outbox."""
    return [item.body.text for item in stage.session.outbox.pending.items.values() if item.is_message]


def type_in(composer: ComposerPanel, text: str) -> None:
    """Key by key."""
    QTest.keyClicks(composer.editor, text)
