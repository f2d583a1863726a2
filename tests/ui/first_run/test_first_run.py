"""The first minute."""

import asyncio
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt

from mim_desk.desk.freshness import FreshnessState
from mim_desk.desk.settings import Network
from mim_desk.protocol.api import ChannelManifest
from mim_desk.ui import texts
from mim_desk.ui.at_work import DeskAtWork
from mim_desk.ui.first_run.view import ChannelTile, FirstRun, Tiles, first_line
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.form import Pick
from tests.desk.workspace import conversation_id
from tests.ui.channel_setup.test_setup import SHEET


def shown(qtbot, width: int = 1440) -> FirstRun:
    page = FirstRun(Theme("light"))
    qtbot.addWidget(page)
    page.resize(width, 900)
    page.show()
    return page


def test_it_offers_to_work_alone_with_a_team_or_to_try_the_rehearsal(qtbot) -> None:
    page = shown(qtbot)
    assert page.choice == "own"

    qtbot.mouseClick(page.picks["rehearsal"], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.begun) as told:
        page.go.click()

    assert told.args == ["rehearsal"]


def test_a_channel_can_be_chosen_at_once(qtbot) -> None:
    page = shown(qtbot)
    page.show_channels([ChannelManifest("web_chat", "Web chat", [], [], SHEET)])

    with qtbot.waitSignal(page.channel_chosen) as told:
        page.findChild(ChannelTile).click()

    assert told.args == ["web_chat"]


def test_the_chat_page_that_is_ready_is_shown(qtbot) -> None:
    page = shown(qtbot)
    assert not page.page_card.isVisible()

    page.show_chat_page("http://127.0.0.1:8642/chat/wpub_x")

    assert page.page_card.isVisible()


def test_card_and_foot_agree_where_nothing_is_kept(qtbot) -> None:
    page = shown(qtbot)
    assert "Kept encrypted" in page.picks["own"].accessibleName()

    page.tell_keeping("Kept for this session only. Closing the desk erases it.")

    assert page.keeping.text() == "Kept for this session only. Closing the desk erases it."
    assert "Kept encrypted" not in page.picks["own"].accessibleName()


def test_a_narrow_card_has_more_lines(qtbot) -> None:
    theme = Theme("light")
    pick = Pick(theme, "person", "On my own", "Kept encrypted on this computer. No server needed.")
    qtbot.addWidget(pick)
    pick.resize(448, pick.height())
    pick.show()
    assert pick.height() == theme.size("pick")

    pick.resize(300, pick.height())

    assert pick.height() > theme.size("pick")


def test_channels_are_offered_once(qtbot) -> None:
    page = shown(qtbot)
    for _ in range(2):
        page.show_channels([ChannelManifest("web_chat", "Web chat", [], [], SHEET)])

    assert len(page.findChildren(ChannelTile)) == 1


def test_a_picture_waits_until_the_first_screen_is_filled(play, monkeypatch) -> None:
    async def story(desk: DeskAtWork) -> None:
        desk.session.settings.change(first_run_done=False, network=Network.ONLINE)
        desk._show_first_run()
        desk.session.line.fares(FreshnessState.LIVE, 1, "")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await desk.settled()

        async def channels() -> list[ChannelManifest]:
            return [ChannelManifest("web_chat", "Web chat", [], [], SHEET)]

        monkeypatch.setattr(desk.session, "channels", channels)
        desk.wiring.inboxes_read.emit()

        async with asyncio.timeout(3):
            await desk.settled()

    play(story)


def test_a_narrow_window_shows_the_question_alone(qtbot) -> None:
    assert not shown(qtbot, 720)._side.isVisible()
    assert shown(qtbot, 1440)._side.isVisible()


def test_the_answer_is_kept_and_the_inbox_opens(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        desk.session.settings.change(first_run_done=False)
        desk._show_first_run()
        page = desk.window.front.currentWidget()
        assert isinstance(page, FirstRun)

        page.go.click()

        assert desk.session.settings.current.first_run_done
        assert desk.window.front.currentWidget() is desk.window.frame

    play(story)


def test_a_team_signs_in_and_a_refusal_stands_at_its_field(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        desk._begin("team")
        page = desk.window.front.currentWidget()

        page.fields["url"].input.setText("http://127.0.0.1:9")
        await desk._sign_in(page)

        told = page.refusal.text() or page.fields["url"].below.text()
        assert told
        assert page.go.isEnabled()

        page.went_back.emit()
        assert desk.window.front.currentWidget() is desk.window.frame

    play(story)


def test_the_sign_in_screen_says_whose_messages_wait_here(play) -> None:
    async def story(desk: DeskAtWork) -> None:
        await desk.session.send(conversation_id(1), kind="note", text="written offline")
        desk._show_sign_in()
        page = desk.window.front.currentWidget()
        while not page.unsent.isVisible():
            await asyncio.sleep(0)

        words = page.unsent.text()
        assert words.startswith("One unsent message of")
        assert "Leo Martins" in words

    play(story)


def test_the_name_of_a_channel_stands_on_two_lines_rather_than_be_cut(qtbot) -> None:
    page = shown(qtbot)
    page.show_channels([ChannelManifest("custom", "Custom channel (signed HTTP)", [], [], SHEET)] * 3)
    tile = page.findChildren(ChannelTile)[0]
    qtbot.waitUntil(tile.isVisible)
    font = page.theme.font("body")

    lines = first_line(tile.text(), font, tile.room().width())

    assert lines == ("Custom channel", "(signed HTTP)")
    assert all(texts.metrics(font).horizontalAdvance(line) <= tile.room().width() for line in lines)


def test_in_a_low_window_the_question_scrolls_and_the_way_on_stays(qtbot) -> None:
    page = shown(qtbot, 720)
    page.resize(720, 520)
    qtbot.waitUntil(lambda: page.height() == 520)

    tops = [pick.mapTo(page, pick.rect().topLeft()).y() for pick in page.picks.values()]

    assert all(below - above >= page.picks["own"].height() for above, below in pairwise(tops))
    assert page.rect().contains(page.go.mapTo(page, page.go.rect().bottomRight()))


def test_few_columns_of_channels_stand_where_room_is_short(qtbot) -> None:
    tiles = Tiles(Theme("light"))
    qtbot.addWidget(tiles)
    tiles.offer([ChannelManifest("custom", "Custom", [], [], SHEET)] * 3, lambda _: None)
    tiles.show()

    for width, columns in ((520, 3), (330, 2), (200, 1)):
        tiles.resize(width, 200)
        qtbot.waitUntil(lambda columns=columns: len({tile.x() for tile in tiles.tiles}) == columns)


def test_in_a_low_window_the_channels_scroll_and_never_cover_each_other(qtbot) -> None:
    page = shown(qtbot)
    page.resize(960, 640)
    page.show_channels([ChannelManifest(f"c{n}", f"Channel {n}", [], [], SHEET) for n in range(17)])
    qtbot.waitUntil(lambda: page.tiles.tiles[-1].y() > page.tiles.tiles[0].height())

    columns = {x: sorted(one.geometry().top() for one in page.tiles.tiles if one.x() == x) for x in
               {tile.x() for tile in page.tiles.tiles}}  # fmt: skip

    assert all(
        lower - upper > page.tiles.tiles[0].height() for tops in columns.values() for upper, lower in pairwise(tops)
    )
