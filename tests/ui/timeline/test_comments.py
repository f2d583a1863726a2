"""The menu of a public comment: answered both ways, hidden, deleted only after a question; and what lines say of it."""

import msgspec
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction

from mim_desk.desk.shapes import TimelineItem
from mim_desk.domain.message import Activity, AuthorType, MessageKind
from mim_desk.domain.people import Role
from mim_desk.protocol import rows
from mim_desk.ui.timeline import facts, wording
from mim_desk.ui.timeline.comments import DeleteComment
from mim_desk.ui.timeline.view import TimelineView
from tests.desk.workspace import contact_id, conversation_id
from tests.ui.composer.comment_talk import NUMBER, comment, talk_below_a_post
from tests.ui.stage import Stage

pytestmark = pytest.mark.qt_log_ignore("grabbing the keyboard", "propagateSizeHints")


@pytest.fixture
def view(stage: Stage, qtbot) -> TimelineView:
    """The timeline with one comment at its end."""
    talk_below_a_post(stage, comment(stage))
    return shown(stage)


def shown(stage: Stage) -> TimelineView:
    made = stage.keep(TimelineView(stage.theme, stage.session))
    made.show_contact(contact_id(NUMBER), conversation_id(NUMBER))
    stage.until(lambda: made.model.entries and made.feed.sheets)
    stage.pause(0.1)
    return made


def offered(view: TimelineView, message: rows.Message) -> dict[str, QAction]:
    """The menu's entries by their words."""
    place = next(place for place, entry in enumerate(view.model.entries) if entry.id == message.id)
    view.acts.menu(view.bubble_of(place), QPoint(5, 5))
    assert view.acts._menu is not None
    return {action.text(): action for action in view.acts._menu.actions()}


def pick(view: TimelineView, message: rows.Message, words: str) -> list[str]:
    """Choose an entry; all there were."""
    menu = offered(view, message)
    menu[words].trigger()
    words_of_all = list(menu)
    if view.acts._menu is not None:
        view.acts._menu.close()
    return words_of_all


def test_a_comment_is_answered_publicly_or_privately_from_its_menu(stage: Stage, view: TimelineView) -> None:
    wanted: list[tuple[str, str]] = []
    view.answer_wanted.connect(lambda message, how: wanted.append((message.text, how)))

    menu = pick(view, comment(stage), "Reply publicly")
    pick(view, comment(stage), "Reply privately")

    assert wanted == [("Price please?", "public"), ("Price please?", "private")]
    assert "Quote" not in menu


def test_a_comment_is_hidden_and_a_hidden_one_shown_again(stage: Stage, view: TimelineView) -> None:
    wanted: list[tuple[str, bool]] = []
    view.hide_wanted.connect(lambda id_, hidden: wanted.append((id_, hidden)))

    pick(view, comment(stage), "Hide the comment from others")
    talk_below_a_post(stage, comment(stage, hidden="yes"))
    stage.until(lambda: view.model.entries[-1].item.message.details.get("hidden"))
    pick(view, comment(stage), "Show the comment again")

    assert wanted == [(comment(stage).id, True), (comment(stage).id, False)]


def test_a_comment_is_deleted_only_after_a_question(stage: Stage, view: TimelineView) -> None:
    view.session.me = msgspec.structs.replace(view.session.me, role=Role.SUPERVISOR)
    wanted: list[str] = []
    view.take_back_wanted.connect(wanted.append)

    pick(view, comment(stage), "Delete the comment…")
    (window,) = view.window().findChildren(DeleteComment)
    assert wanted == []
    assert window.focusWidget() is window.keep, "a key pressed by mistake keeps it"
    window.delete.click()

    assert wanted == [comment(stage).id]


def test_an_agent_is_not_offered_to_delete(stage: Stage, view: TimelineView) -> None:
    view.session.me = msgspec.structs.replace(view.session.me, role=Role.AGENT)

    assert "Delete the comment…" not in offered(view, comment(stage))


def test_what_was_answered_privately_is_not_offered_again(stage: Stage, qtbot) -> None:
    talk_below_a_post(stage, comment(stage, private_reply="some-id"))

    menu = offered(shown(stage), comment(stage))

    assert "Reply publicly" in menu
    assert "Reply privately" not in menu


def told(stage: Stage, **changes: object) -> TimelineItem:
    return TimelineItem(msgspec.structs.replace(comment(stage), **changes), "", "facebook_comments")


def test_bubbles_say_who_can_read_them(stage: Stage) -> None:
    reply = {"kind": MessageKind.REPLY}

    assert facts.captions(told(stage)) == ["Public comment"]
    assert facts.captions(told(stage, details={**comment(stage).details, "hidden": "yes"})) == [
        "Public comment, hidden from others"
    ]
    assert facts.captions(told(stage, **reply, details={"public": "yes"})) == ["Public reply"]
    assert facts.captions(told(stage, **reply, details={"private": "yes"})) == ["Private reply to a comment"]


@pytest.mark.parametrize(
    ("activity", "words"),
    [
        (Activity.COMMENT_HIDDEN, "Ben hid the comment “Price please?”"),
        (Activity.COMMENT_SHOWN, "Ben shows the comment “Price please?” again"),
        (Activity.COMMENT_DELETED, "Ben deleted the comment “Price please?”"),
    ],
)
def test_lines_say_who_hid_or_deleted_which_comment(stage: Stage, activity: Activity, words: str) -> None:
    line = told(
        stage,
        kind=MessageKind.ACTIVITY,
        author=rows.Author(AuthorType.AGENT, "ben"),
        activity=activity.value,
        details={"text": "Price please?", "message_id": "m"},
    )

    said = wording.line_text(line, {"ben": "Ben"})

    assert "".join(letter for letter in said if letter not in "\u2068\u2069") == words
