"""Pictures that could not be had are asked for again when the hub is back; what is no picture is not."""

import pytest

from mim_desk.desk.hub_client import Unreachable
from mim_desk.protocol import rows
from mim_desk.ui.timeline.thumbnails import Thumbnails
from tests.ui.inbox.test_portraits import RED, picture_of
from tests.ui.stage import Stage


class Hub:
    """A source of files that can be out of reach."""

    def __init__(self, stage: Stage, data: bytes) -> None:
        self.owner = stage.session.owner
        self.data = data
        self.is_away = True
        self.asked = 0

    async def attachment(self, attachment: rows.Attachment) -> bytes:
        self.asked += 1
        if self.is_away:
            raise Unreachable("nobody answers")
        return self.data


@pytest.fixture
def attachment() -> rows.Attachment:
    return rows.Attachment("a1", "picture", "image/png", 200, url="/api/v1/attachments/a1")


def test_a_picture_that_was_out_of_reach_comes_when_the_hub_is_back(stage: Stage, attachment: rows.Attachment) -> None:
    hub = Hub(stage, picture_of(RED))
    pictures = Thumbnails(hub)
    pictures.ready.connect(lambda _: pictures.picture(attachment))  # as what shows it paints again
    assert pictures.picture(attachment) is None
    stage.until(lambda: hub.asked == 1)
    stage.pause(0.05)
    assert pictures.picture(attachment) is None
    assert hub.asked == 1

    hub.is_away = False
    pictures.retry()

    stage.until(lambda: pictures.picture(attachment))
    assert hub.asked == 2
    pictures.close()


def test_what_is_no_picture_is_not_asked_for_again(stage: Stage, attachment: rows.Attachment) -> None:
    hub = Hub(stage, b"words")
    hub.is_away = False
    pictures = Thumbnails(hub)
    pictures.picture(attachment)
    stage.until(lambda: pictures._failed)

    pictures.retry()

    assert pictures.picture(attachment) is None
    assert hub.asked == 1
    pictures.close()
