"""The page of canned replies: make, change, delete, and what the hub refuses."""

import pytest

from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows
from mim_desk.ui.preferences.canned_replies import CannedRepliesPage
from tests.ui.stage import Stage


@pytest.fixture
def page(stage: Stage) -> CannedRepliesPage:
    """The page over the replies of the workspace."""
    made = stage.keep(CannedRepliesPage(stage.theme, stage.session), 900, 700)
    made.begin()
    stage.until(made.model.rowCount)
    return made


def write(page: CannedRepliesPage, shortcut: str, text: str) -> None:
    """As an agent types it."""
    page.form.shortcut.input.setText(shortcut)
    page.form.text.input.setPlainText(text)


def test_variables_nobody_knows_are_blanks_in_the_preview(page: CannedRepliesPage) -> None:
    write(page, "hi", "Hello {{contact.first_name|there}}, about {{order.number}}")

    assert page.form.preview.accessibleName() == "Preview: Hello Maria, about {{order.number}}"
    assert [each.name for each in page.form.preview._filled.undefined] == ["order.number"]


def test_a_chosen_reply_fills_the_form(page: CannedRepliesPage) -> None:
    page.rows.choose(0)

    assert page.form.shortcut.text == page.model.reply(0).shortcut
    assert page.form.remove.isVisible()


def test_the_list_is_narrowed_by_what_is_typed(page: CannedRepliesPage) -> None:
    all_of_them = page.model.rowCount()
    page.search.setText(page.model.reply(0).shortcut)

    assert 0 < page.model.rowCount() <= all_of_them


def test_without_a_hub_the_reason_stands_in_the_form(stage: Stage, page: CannedRepliesPage) -> None:
    write(page, "hi", "Hello")

    page.form.save.click()
    stage.until(page.form.problem.text)

    assert page.form.problem.isVisible()
    assert page.form.shortcut.text == "hi"


def test_a_refused_field_says_so_itself_until_it_is_changed(page: CannedRepliesPage) -> None:
    page.form.refuse(Refusal("taken", "The shortcut “hi” is in use. Choose another one.", "shortcut"))

    assert "in use" in page.form.shortcut.below.text()
    assert not page.form.problem.isVisible()


def test_what_is_written_is_what_is_saved(page: CannedRepliesPage) -> None:
    write(page, "/hi", "  Hello\nthere ")

    assert page.form.written() == api.NewCannedReply("hi", "hi", "Hello\nthere")
    page.form.show_reply(rows.CannedReply("1", "bye", "Good bye", "Bye"))
    assert page.form.written() == api.NewCannedReply("bye", "Good bye", "Bye")
