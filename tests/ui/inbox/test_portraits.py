"""Pictures of contacts in the list: letters until they are here, one small drawing for each size, nothing read in a paint."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.shapes import ListQuery
from mim_desk.protocol import rows
from mim_desk.ui.inbox.portraits import Portraits
from mim_desk.ui.inbox.view import ConversationList
from mim_desk.ui.timeline.header import ThreadHeader
from mim_desk.ui.timeline.thumbnails import Thumbnails
from tests.desk.workspace import contact_id
from tests.ui.stage import Stage

RED = QColor(200, 30, 30)


def picture_of(color: QColor, width: int = 200, height: int = 100) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(color)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def give_picture(stage: Stage, number: int, id_: str, color: QColor = RED) -> None:
    """What an event of a contact who has another picture does."""
    stage.run(stage.session.cache.keep_file(id_, picture_of(color)))
    contact = stage.run(stage.session.cache.contact(contact_id(number)))
    avatar = rows.Attachment(id_, "picture", "image/png", 200, url=f"/api/v1/attachments/{id_}")
    told = msgspec.structs.replace(contact, avatar=avatar, version=contact.version + 1)
    batch = Batch()
    batch.put("contact", told, msgspec.json.encode(told))
    _, seq = stage.run(stage.session.cache.cursor())
    stage.publish(stage.run(stage.session.cache.apply(lambda: batch, seq + 1)))


def made(stage: Stage) -> tuple[ConversationList, Portraits, Thumbnails]:
    shown = stage.keep(ConversationList(stage.theme, stage.session.hub_now), 344, 600)
    pictures = Thumbnails(stage.session, shown)
    portraits = Portraits(stage.session, pictures, shown)
    shown.show_portraits(portraits)
    shown.rows.restart(stage.run(stage.session.cache.conversations(ListQuery("all"))), more=False)
    return shown, portraits, pictures


def side_of(stage: Stage) -> int:
    return stage.theme.size("avatar-row")


def here(stage: Stage, portraits: Portraits, number: int) -> Callable[[], object]:
    return lambda: portraits.of(contact_id(number), side_of(stage), 1.0)


def end(portraits: Portraits, pictures: Thumbnails) -> None:
    portraits.close()
    pictures.close()


def test_a_picture_takes_the_place_of_the_letters_round_and_in_its_place(stage: Stage) -> None:
    give_picture(stage, 1, "face-1")
    _, portraits, pictures = made(stage)

    stage.until(here(stage, portraits, 1))

    image = portraits.of(contact_id(1), side_of(stage), 2.0)
    assert image is not None
    shown = image.toImage()
    middle = shown.width() // 2
    assert (shown.width(), image.devicePixelRatio()) == (2 * side_of(stage), 2.0)
    assert shown.pixelColor(middle, middle).red() == RED.red()
    assert shown.pixelColor(0, 0).alpha() == 0, "a circle"
    end(portraits, pictures)


def test_the_row_on_screen_shows_it(stage: Stage) -> None:
    for number in range(1, 9):
        give_picture(stage, number, f"face-{number}")
    shown, portraits, pictures = made(stage)

    def reds() -> int:
        image = shown.grab().toImage()
        x = stage.theme.space(4) + side_of(stage) // 2
        return sum(image.pixelColor(x, y).red() == RED.red() for y in range(image.height()))

    stage.until(lambda: reds() > side_of(stage) // 2, seconds=30)
    end(portraits, pictures)


def test_who_has_none_keeps_the_letters_and_is_asked_for_once(stage: Stage) -> None:
    _, portraits, pictures = made(stage)
    came: list[str] = []
    portraits.came.connect(lambda: came.append("painted again"))

    first = portraits.of(contact_id(2), side_of(stage), 1.0)
    stage.until(lambda: portraits.knows(contact_id(2)))

    assert (first, portraits.of(contact_id(2), side_of(stage), 1.0)) == (None, None)
    assert came == [], "nothing is painted anew for letters"
    end(portraits, pictures)


def test_another_picture_comes_by_itself_and_the_same_one_is_made_once(stage: Stage) -> None:
    give_picture(stage, 1, "face-1")
    _, portraits, pictures = made(stage)
    stage.until(here(stage, portraits, 1))
    before = portraits.of(contact_id(1), side_of(stage), 1.0)
    assert portraits.of(contact_id(1), side_of(stage), 1.0) is before

    give_picture(stage, 1, "face-2", QColor(20, 20, 220))

    def blue() -> bool:
        found = portraits.of(contact_id(1), side_of(stage), 1.0)
        return found is not None and found.toImage().pixelColor(18, 18).blue() == 220

    stage.until(blue, seconds=30)
    end(portraits, pictures)


def test_the_bar_over_the_timeline_shows_it_too(stage: Stage) -> None:
    give_picture(stage, 1, "face-1")
    _, portraits, pictures = made(stage)
    header = stage.keep(ThreadHeader(stage.theme, stage.session.hub_now), 700, stage.theme.size("bar-top"))
    header.show_portraits(portraits)

    header.tell(stage.row(1), "")
    side = stage.theme.size("avatar-header")

    def red() -> bool:
        image = header.grab().toImage()
        at = stage.theme.space(4) + side // 2
        return image.pixelColor(at, image.height() // 2 - 1).red() == RED.red()

    stage.until(red, seconds=30)
    end(portraits, pictures)
