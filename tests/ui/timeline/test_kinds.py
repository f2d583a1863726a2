"""Every kind of message says in plain words what it is: bubble, quote, list row, screen reader."""

import pytest
from PySide6.QtWidgets import QFileDialog

from mim_desk.desk.shapes import TimelineItem, TimelinePage
from mim_desk.domain.message import MessageType
from mim_desk.hub.store import derive
from mim_desk.ui import kinds
from mim_desk.ui.timeline import facts, wording
from mim_desk.ui.timeline.view import TimelineView
from tests.ui.stage import Stage, names_of
from tests.ui.timeline.kinds import KINDS

CASES = [pytest.param(told, said, id=name) for name, (told, said) in KINDS.items()]


def test_no_kind_is_forgotten() -> None:
    assert {told.message.type for told, _ in KINDS.values()} == set(MessageType)


@pytest.mark.parametrize(("told", "said"), CASES)
def test_screen_readers_hear_what_it_is(stage: Stage, told: TimelineItem, said: str) -> None:
    view = stage.keep(TimelineView(stage.theme, stage.session))

    view.model.replace(TimelinePage([told], False, False, 7))

    assert said in names_of(view)[0]


@pytest.mark.parametrize(("told", "said"), CASES)
def test_lists_and_quotes_never_stay_silent(told: TimelineItem, said: str) -> None:
    assert kinds.preview(derive.last_message(told.message))
    assert wording.preview(told.message)


def test_a_deleted_message_says_so_in_the_list() -> None:
    told = KINDS["deleted"][0].message

    assert kinds.preview(derive.last_message(told)) == "This message was deleted."


@pytest.mark.parametrize("name", ["file on its way", "file that failed", "file that expired"])
def test_a_file_that_is_not_here_is_a_tile_and_never_saved(stage: Stage, name: str) -> None:
    view = stage.keep(TimelineView(stage.theme, stage.session))
    view.model.replace(TimelinePage([KINDS[name][0]], False, False, 7))
    bubble = view.placed[0].bubble

    view.acts.click(bubble, bubble.spots[0])

    assert [spot.kind for spot in bubble.spots] == ["file"]
    assert view.findChildren(QFileDialog) == []


def test_a_voice_message_is_named_below_its_file() -> None:
    message = KINDS["voice"][0].message

    assert wording.kind_line(message.attachments[0], message.type).startswith("Voice message, ")


def test_links_lead_to_web_addresses_only() -> None:
    story = KINDS["story reply"][0].message

    assert facts.link(story) == ("Open the story", "https://a.example/s")
    assert facts.link(KINDS["text"][0].message) == ("", "")
