"""Choosing, filling and sending a template where the reply window is closed."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mim_desk.desk.shapes import Draft
from mim_desk.domain.template import TemplateStatus
from mim_desk.protocol import api, rows
from mim_desk.ui.composer.checks import first_name
from mim_desk.ui.composer.panel import ComposerPanel
from mim_desk.ui.templates.fields import FileField, TextField
from mim_desk.ui.templates.model import TemplateModel, entries
from mim_desk.ui.templates.view import TemplatePicker
from tests.desk.workspace import conversation_id
from tests.ui.composer.writing import WEB_CHAT, WHATSAPP
from tests.ui.stage import Stage, names_of
from tests.ui.templates.made import INBOX, TEMPLATES, bring, closed

VALUES = ("Diego", "abrigo, talla L", "Valencia Centro", "R-20874")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def composer(stage: Stage, qtbot) -> ComposerPanel:
    """A composer whose conversation's reply window closed yesterday."""
    bring(stage, *TEMPLATES)
    made = stage.keep(ComposerPanel(stage.theme, stage.session), width=600, height=600)
    opened(stage, made)
    return made


def opened(stage: Stage, composer: ComposerPanel, number: int = WHATSAPP) -> None:
    composer.open(closed(stage, stage.row(number)))
    stage.until(lambda: not composer.loading and composer.inbox is not None)
    if number == WHATSAPP:
        stage.until(lambda: picker_of(composer).form.row is not None and picker_of(composer)._loaded)


def picker_of(composer: ComposerPanel) -> TemplatePicker:
    return composer.picking.picker


def lines(picker: TemplatePicker) -> list[TextField]:
    return [field for field in picker.form._fields if isinstance(field, TextField)]


def fill(picker: TemplatePicker, *values: str) -> None:
    """Type values into the fields, one after the other."""
    for field, value in zip(lines(picker), values, strict=True):
        field.field.input.clear()
        QTest.keyClicks(field.field.input, value)


def choose(picker: TemplatePicker, name: str) -> None:
    place = picker.model.place(name)
    picker.list.setCurrentIndex(picker.model.index(place, 0))


def sent(stage: Stage) -> list[api.NewMessage]:
    items = stage.session.outbox.pending.items.values()
    return [item.body for item in items if isinstance(item.body, api.NewMessage)]


# -- where it stands -------------------------------------------------------------------------------


def test_a_closed_window_puts_the_picker_in_the_texts_place(composer: ComposerPanel) -> None:
    assert composer.picking.is_on
    assert not composer.editor.isVisible()
    assert not composer.frame.send.isVisible()
    assert composer.frame.closed_line.isVisible()
    assert picker_of(composer).send.text() in ("Send template", "Leaves when online")


def test_a_channel_without_templates_has_no_picker(stage: Stage, composer: ComposerPanel) -> None:
    opened(stage, composer, WEB_CHAT)

    assert not composer.picking.is_on
    assert composer.editor.isVisible()
    assert not composer.frame.template.isVisible()


def test_a_note_can_still_be_written(stage: Stage, composer: ComposerPanel) -> None:
    picker_of(composer).note.click()

    assert composer.mode == "note"
    assert composer.editor.isVisible()
    composer.use("reply")
    assert composer.picking.is_on


def test_in_an_open_window_the_tool_opens_it_and_escape_goes_back(stage: Stage, composer: ComposerPanel) -> None:
    composer.open(stage.row(WHATSAPP))
    assert not composer.picking.is_on

    composer.frame.template.click()
    assert composer.picking.is_on
    QTest.keyClick(picker_of(composer).search, Qt.Key.Key_Escape)

    assert not composer.picking.is_on
    assert composer.editor.isVisible()


def test_a_window_that_closes_while_somebody_types_keeps_the_text(stage: Stage, composer: ComposerPanel) -> None:
    open_row = stage.row(WHATSAPP)
    composer.open(open_row)
    QTest.keyClicks(composer.editor, "half a sentence")

    composer.open(closed(stage, open_row, hours=0.001))

    assert composer.picking.is_on
    composer.drafts.flush()
    stage.until(lambda: stage.run(stage.session.draft(conversation_id(WHATSAPP), "reply")) is not None)
    composer.open(open_row)
    assert not composer.picking.is_on
    assert composer.editor.text() == "half a sentence"


# -- the list --------------------------------------------------------------------------------------


def test_what_can_be_sent_comes_first_and_each_name_once(stage: Stage) -> None:
    found = entries(TEMPLATES, "es")

    assert [one.name for one in found] == [
        "appointment",
        "item_ready",
        "order_shipped",
        "photo",
        "old_offer",
        "we_missed_you",
    ]


@pytest.mark.parametrize(
    ("language", "shown"),
    [("es", "es"), ("es_MX", "es"), ("en", "en_US"), ("en_US", "en_US"), ("de", "es"), ("", "es")],
)
def test_a_template_is_offered_in_the_contacts_language(language: str, shown: str) -> None:
    (ready,) = [one for one in entries(TEMPLATES, language) if one.name == "item_ready"]

    assert ready.shown.language == shown


def test_search_finds_by_title_and_by_words(qtmodeltester) -> None:
    model = TemplateModel()
    model.show(entries(TEMPLATES, "es"))
    qtmodeltester.check(model)

    model.search("PEDIDO llega")
    assert [model.entry(0).name, model.rowCount()] == ["order_shipped", 1]
    model.search("ready")
    assert model.entry(0).name == "item_ready"
    assert model.total == 6


def test_what_cannot_be_sent_says_why_and_has_no_way_out(composer: ComposerPanel) -> None:
    picker = picker_of(composer)

    choose(picker, "old_offer")

    assert not picker.send.isEnabled()
    assert picker.form.why.text() == "The provider rejected it. Its reason: invalid format."
    picker.submit()
    choose(picker, "we_missed_you")
    assert picker.why_not() == "Provider review is under way"


def test_an_inbox_without_any_says_so_and_can_ask_again(stage: Stage, qtbot) -> None:
    bring(stage)
    composer = stage.keep(ComposerPanel(stage.theme, stage.session), width=600, height=600)
    composer.open(closed(stage, stage.row(WHATSAPP)))
    stage.until(picker_of(composer).empty.isVisible)

    assert picker_of(composer).empty.title.text() == "No templates"
    picker_of(composer).empty.acted.emit(0)
    stage.until(lambda: "hub cannot be reached" in picker_of(composer).hint.text())
    assert not picker_of(composer).send.isEnabled()


# -- filling in ------------------------------------------------------------------------------------


def test_each_blank_is_checked_while_it_is_typed(composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")
    fill(picker, *VALUES[:3], "R 20874")

    below = lines(picker)[3].field.below
    assert below.text() == "The end of a link: letters, digits and signs without spaces."
    assert not picker.send.isEnabled()

    fill(picker, *VALUES)
    assert not below.isVisible()
    assert picker.send.isEnabled()


def test_sending_too_early_shows_every_empty_blank_and_goes_to_the_first(stage: Stage, composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")

    picker.submit()

    assert [field.field.below.text() for field in lines(picker)] == ["Fill this in."] * 4
    stage.until(lines(picker)[0].field.input.hasFocus)
    assert sent(stage) == []


def test_the_bubble_reads_as_the_customer_will_see_it(composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")
    fill(picker, *VALUES)

    told = picker.form.bubble.accessibleName()
    assert "Hello Diego, your abrigo, talla L is in the shop Valencia Centro." in told
    assert "▸ Ver el pedido" in told


def test_known_facts_stand_in_the_blanks_that_ask_for_them(stage: Stage, composer: ComposerPanel) -> None:
    picker = picker_of(composer)

    choose(picker, "photo")

    first = stage.row(WHATSAPP).contact_name.split()[0]
    assert lines(picker)[0].value == first


def test_another_customers_name_never_stands_in_a_blank(stage: Stage, composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "photo")
    other = next(n for n in range(2, 24) if stage.row(n).channel == "whatsapp" and n != WHATSAPP)

    composer.open(closed(stage, stage.row(other)))
    stage.until(lambda: picker.row is not None and picker.row.conversation.id == conversation_id(other))
    stage.until(lambda: picker._loaded and picker.form.row is not None)
    choose(picker, "photo")

    assert lines(picker)[0].value == first_name(stage.row(other).contact_name)


def test_an_amount_can_be_sent_as_such(composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "photo")
    price = lines(picker)[1]
    price.use_kind("currency")
    QTest.keyClicks(price.field.input, "cheap")
    assert price.field.below.text() == "An amount and its currency, such as 189.00 EUR."

    price.field.input.clear()
    QTest.keyClicks(price.field.input, "189.00 EUR")

    assert price.field.below.text() == ""
    assert picker.form.chosen().kinds == {"body.price": "currency"}


def test_a_picture_is_chosen_within_the_channels_limits(stage: Stage, composer: ComposerPanel, tmp_path: Path) -> None:
    picker = picker_of(composer)
    choose(picker, "photo")
    (field,) = [one for one in picker.form._fields if isinstance(one, FileField)]
    large, film, right = tmp_path / "large.png", tmp_path / "film.mp4", tmp_path / "right.png"
    large.write_bytes(PNG + b"\0" * 5_000_001)
    film.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 40)
    right.write_bytes(PNG)

    field.wanted.emit(field.blank.key, str(large))
    stage.until(lambda: "carries up to" in field.below.text())
    field.wanted.emit(field.blank.key, str(film))
    stage.until(lambda: field.below.text() == "Another kind of file is wanted here.")
    field.wanted.emit(field.blank.key, str(right))
    stage.until(lambda: field.file is not None and field.file.name == "right.png")

    assert field.below.text() == ""
    assert [file.mime_type for file in picker.form.files] == ["image/png"]


def test_another_language_keeps_what_was_typed(composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")
    fill(picker, *VALUES)

    picker.form.use_language("es")

    assert [field.value for field in lines(picker)] == list(VALUES)
    assert "Hola Diego" in picker.form.bubble.accessibleName()


def test_values_stay_while_other_templates_are_looked_at(composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")
    fill(picker, *VALUES)

    choose(picker, "appointment")
    choose(picker, "item_ready")

    assert [field.value for field in lines(picker)] == list(VALUES)


def test_what_is_begun_is_kept_as_a_draft_and_never_carried_elsewhere(stage: Stage, composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")
    fill(picker, *VALUES)
    picker.drafts.flush()

    opened(stage, composer, WEB_CHAT)
    stage.until(lambda: stage.row(WHATSAPP).draft == "Item ready")
    opened(stage, composer)

    stage.until(lambda: picker.form.row is not None and picker.form.row.name == "item_ready" and picker._loaded)
    assert [field.value for field in lines(picker)] == list(VALUES)


def test_news_of_a_template_reach_the_open_form(stage: Stage, composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")
    fill(picker, *VALUES)

    paused = msgspec.structs.replace(TEMPLATES[0], status=TemplateStatus.PAUSED, version=2)
    english = msgspec.structs.replace(TEMPLATES[1], status=TemplateStatus.PAUSED, version=2)
    bring(stage, paused, english)

    stage.until(picker.form.why.isVisible)
    assert picker.form.why.text() == "The provider paused it"
    assert not picker.send.isEnabled()
    assert [field.value for field in lines(picker)] == list(VALUES)


# -- sending ---------------------------------------------------------------------------------------


def test_it_goes_to_the_outbox_once_with_all_its_values(stage: Stage, composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")
    fill(picker, *VALUES)

    picker.send.click()
    picker.send.click()
    picker.submit()
    stage.until(lambda: sent(stage))

    (message,) = sent(stage)
    assert message.template == rows.ChosenTemplate(
        "item_ready",
        "en_US",
        {"body.1": VALUES[0], "body.2": VALUES[1], "body.3": VALUES[2], "button.0.link": VALUES[3]},
    )
    assert message.text.startswith("Hello Diego, your abrigo")
    (item,) = stage.session.outbox.pending.items.values()
    assert item.as_message().type == "template"
    assert not picker.form.is_touched()
    assert stage.run(stage.session.draft(*picker.place)) is None


def test_only_the_keyboard_is_needed(stage: Stage, composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    composer.editor.setFocus()
    stage.until(picker.search.hasFocus)

    QTest.keyClicks(picker.search, "order")
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert lines(picker)[0].field.input.hasFocus()
    QTest.keyClicks(QApplication.focusWidget(), "A-77")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    QTest.keyClicks(QApplication.focusWidget(), "lunes")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert picker.send.hasFocus()
    assert sent(stage) == []
    QTest.keyClick(picker.send, Qt.Key.Key_Space)

    stage.until(lambda: sent(stage))
    assert sent(stage)[0].template.parameters == {"body.1": "A-77", "body.2": "lunes"}


def test_arrows_in_the_search_move_in_the_list(composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    first = picker.form.row.name

    QTest.keyClick(picker.search, Qt.Key.Key_Down)
    second = picker.form.row.name
    QTest.keyClick(picker.search, Qt.Key.Key_Up)

    assert (first, second, picker.form.row.name) == ("appointment", "item_ready", "appointment")


def test_a_held_template_becomes_one_that_can_be_changed(stage: Stage, composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")
    fill(picker, *VALUES)
    picker.send.click()
    stage.until(lambda: sent(stage))
    (item_id,) = stage.session.outbox.pending.items

    stage.run(stage.session.take_back(item_id))
    composer.take_back(conversation_id(WHATSAPP), template=True)

    stage.until(lambda: picker._loaded and picker.form.is_touched())
    assert [field.value for field in lines(picker)] == list(VALUES)
    assert sent(stage) == []


def test_a_damaged_draft_is_left_aside(stage: Stage, composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    stage.run(stage.session.save_draft(conversation_id(WHATSAPP), "template", Draft("{broken")))

    picker.take_back()

    stage.until(lambda: picker._loaded)
    assert not picker.form.is_touched()


def test_screen_readers_are_told_every_part(composer: ComposerPanel) -> None:
    picker = picker_of(composer)
    choose(picker, "item_ready")

    told = [field.field.input.accessibleName() for field in lines(picker)]

    assert told == ["Blank 1", "Blank 2", "Blank 3", "Button link"]
    assert picker.search.accessibleName() == "Search templates"
    assert "Item ready, Utility, Hello {{1}}" in str(picker.list.currentIndex().data())
    assert names_of(picker)
    assert INBOX.brand.name in picker.sender_line.accessibleName()
