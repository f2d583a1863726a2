"""Answering a public comment: nobody writes in public by mistake, and both ways are reached by the keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mim_desk.protocol import api, rows
from mim_desk.ui.composer.answering import PRIVATE, PUBLIC, private_way
from mim_desk.ui.composer.panel import ComposerPanel
from tests.ui.composer.comment_talk import MESSENGER, NUMBER, PAGE, comment, talk_below_a_post
from tests.ui.composer.writing import type_in, write_in
from tests.ui.stage import Stage


@pytest.fixture
def composer(stage: Stage, qtbot) -> ComposerPanel:
    """A composer open below a comment."""
    talk_below_a_post(stage, comment(stage))
    made = stage.keep(ComposerPanel(stage.theme, stage.session), height=400)
    write_in(stage, made, NUMBER)
    stage.until(lambda: made.answering.comment is not None)
    return made


def sent(stage: Stage) -> list[api.NewMessage]:
    return [item.body for item in stage.session.outbox.pending.items.values() if item.is_message]


def test_undecided_nothing_leaves_and_the_composer_says_why(stage: Stage, composer: ComposerPanel) -> None:
    type_in(composer, "20 EUR")

    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.pause()

    assert sent(stage) == []
    assert composer.frame.refusal.text == "Choose whether everybody reads this or its author alone."
    assert composer.editor.text() == "20 EUR"
    assert composer.frame.answer.isVisible()


def test_a_public_answer_says_so_and_stands_below_the_comment(stage: Stage, composer: ComposerPanel) -> None:
    QTest.mouseClick(composer.frame.answer.segments[PUBLIC], Qt.MouseButton.LeftButton)
    type_in(composer, "20 EUR")

    assert composer.frame.answer.words == "Everybody can read this, below the post."
    assert composer.frame.send.text() == "Reply publicly"
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: sent(stage))

    (body,) = sent(stage)
    assert (body.private, body.inbox_id) == (False, None)
    assert body.reply_to == rows.ReplyTo(message_id=comment(stage).id)


def test_a_private_answer_goes_by_messenger_and_shows_as_private_at_once(stage: Stage, composer: ComposerPanel) -> None:
    QTest.keyClick(
        composer.editor, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    type_in(composer, "Only for you")

    assert "gets this, on Messenger" in composer.frame.answer.words
    assert composer.frame.send.text() == "Reply privately"
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: sent(stage))

    (body,) = sent(stage)
    assert (body.private, body.inbox_id) == (True, MESSENGER)
    (item,) = stage.session.outbox.pending.items.values()
    assert item.as_message().details == {"private": "yes"}
    assert composer.answering.how == "", "the next answer is decided anew"


def test_a_private_answer_is_one_message(composer: ComposerPanel) -> None:
    composer.answering.choose(PRIVATE)
    composer.editor.replace("long " * 500)

    assert composer.why_not() == "A private reply is one message: a text, or one file."


def test_another_comment_is_decided_anew(stage: Stage, composer: ComposerPanel) -> None:
    composer.answering.choose(PRIVATE)

    talk_below_a_post(stage, comment(stage), comment(stage, "And in blue?", place=2, days=-0.001))
    composer.open(stage.row(NUMBER))
    stage.until(lambda: composer.answering.comment is not None and composer.answering.comment.text == "And in blue?")

    assert composer.answering.how == ""


def test_the_menu_names_the_way_for_an_older_comment(stage: Stage, composer: ComposerPanel) -> None:
    older = comment(stage, "Older one", place=3, days=1)

    composer.quote(older, PRIVATE)
    type_in(composer, "Hi")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    stage.until(lambda: sent(stage))

    (body,) = sent(stage)
    assert (body.private, body.reply_to) == (True, rows.ReplyTo(message_id=older.id))


def test_a_note_never_asks(stage: Stage, composer: ComposerPanel) -> None:
    composer.use("note")
    stage.until(lambda: not composer.loading)
    type_in(composer, "for the team")

    assert not composer.frame.answer.isVisible()
    assert composer.frame.send.isEnabled()


@pytest.mark.parametrize(
    ("days", "told", "messenger", "why"),
    [
        (7.1, {}, True, "Older than 7 days: it can only be answered publicly."),
        (0.1, {"private_reply": "some-id"}, True, "This comment was answered privately already."),
        (0.1, {}, False, "They would answer on Messenger: connect it first."),
        (0.1, {"private_as": ""}, True, ""),
    ],
    ids=["too old", "answered already", "no Messenger", "a review"],
)
def test_why_it_cannot_be_private_is_said_before_anybody_writes(
    stage: Stage, days: float, told: dict[str, str], messenger: bool, why: str
) -> None:
    talk_below_a_post(stage, comment(stage), messenger=messenger)
    inboxes = {one.id: one for one in stage.run(stage.session.cache.inboxes())}

    way = private_way(comment(stage, days=days, **told), inboxes, stage.home.now)

    assert (way.inbox, way.why_not) == (None, why)
    assert inboxes[PAGE].capabilities.comments is not None


def test_where_it_cannot_be_private_the_choice_is_off_and_the_key_stays_public(stage: Stage, qtbot) -> None:
    talk_below_a_post(stage, comment(stage, private_reply="some-id"))
    made = stage.keep(ComposerPanel(stage.theme, stage.session), height=400)
    write_in(stage, made, NUMBER)
    stage.until(lambda: made.answering.comment is not None)

    made.answering.turn()

    assert made.answering.how == PUBLIC
    private = made.frame.answer.segments[PRIVATE]
    assert (private.isEnabled(), private.accessibleDescription()) == (
        False,
        "This comment was answered privately already.",
    )


LONG_NAMES = (
    "Maximiliane Freifrau von Hohenlohe-Waldenburg-Schillingsfürst",
    "خالد بن عبدالله العتيبي",
    "上海浦东新区国际旅行社有限公司客户服务部",
    "W" * 40,
)


@pytest.mark.parametrize("rtl", [False, True], ids=["left to right", "right to left"])
@pytest.mark.parametrize("width", [420, 526, 712])
@pytest.mark.parametrize("name", LONG_NAMES, ids=["German", "Arabic", "Chinese", "no break"])
def test_who_reads_the_answer_is_never_cut_off(
    stage: Stage, composer: ComposerPanel, name: str, width: int, rtl: bool
) -> None:
    line = composer.frame.answer
    composer.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    composer.resize(width, 500)
    line.tell(PRIVATE, f"Only {name} gets this, on Messenger. Once for this comment.", "", on=True)
    stage.until(lambda: line.width() > width - 60)

    laid, height = line.laid()

    assert laid.text() == line.words, "nothing is left out"
    rows_ = [laid.lineAt(place) for place in range(laid.lineCount())]
    assert sum(row.textLength() for row in rows_) == len(line.words)
    assert all(row.naturalTextWidth() <= line.room.width() for row in rows_)
    assert line.height() >= line.above + height
    assert line.room.top() >= max(each.geometry().bottom() for each in line.segments.values())
