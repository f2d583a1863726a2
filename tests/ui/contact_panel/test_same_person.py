"""Who may be the same person is a card in the panel, never a dialog; merges are taken out; facts are changed."""

import pytest
from PySide6.QtCore import Qt

from mim_desk.protocol import rows
from mim_desk.protocol.api import ContactMerges, ContactPatch, Merge, MergedContact, MergeSuggestion, SharedKey
from mim_desk.ui.contact_panel.same_person import MergedLine, SuggestionCard, differing
from mim_desk.ui.contact_panel.view import ContactPanel
from mim_desk.ui.texts import PlainLabel
from mim_desk.ui.theme import Theme
from tests.ui.contact_panel.test_contact_panel import known
from tests.ui.samples import NOW

OTHER = rows.Contact(
    "contact-9",
    "M. Lindqvist",
    NOW,
    language="en",
    identities=[rows.Identity("email", "i2", "marta@example.com", "marta@example.com")],
    fields={"booking": "JS-1", "claimed.city": "x"},
)
SURE = MergeSuggestion(OTHER, [SharedKey("phone", "+46705550142", True)])
WEAK = MergeSuggestion(OTHER, [SharedKey("email", "marta@example.com", False)], ["i1"])
MERGED = MergedContact("contact-8", "Marta at home", NOW, "a1", list(OTHER.identities))


@pytest.fixture
def panel(qtbot) -> ContactPanel:
    made = ContactPanel(Theme("light"))
    qtbot.addWidget(made)
    made.resize(304, 1000)
    made.show()
    made.show_known(known(), NOW)
    return made


def card(panel: ContactPanel) -> SuggestionCard:
    found = panel.widget().findChild(SuggestionCard)
    assert found is not None
    return found


def test_a_suggestion_says_why_and_merges_only_after_a_look(panel, qtbot) -> None:
    panel.show_merges(known().contact, ContactMerges([], [SURE]))
    shown = card(panel)

    assert "Perhaps the same person" in shown.accessibleName()
    assert "+46705550142" in shown.accessibleName()
    assert not shown.merge.isVisible(), "nothing can be merged before the preview"
    qtbot.keyClick(shown.look, Qt.Key.Key_Space)
    assert shown.merge.isVisible()

    with qtbot.waitSignal(panel.merge_wanted) as told:
        qtbot.keyClick(shown.merge, Qt.Key.Key_Space)

    assert told.args == ["contact-2", Merge("contact-9", {})]


def test_what_survives_is_chosen_fact_by_fact(panel, qtbot) -> None:
    panel.show_merges(known().contact, ContactMerges([], [SURE]))
    shown = card(panel)
    assert [fact for fact, *_ in differing(known().contact, OTHER)] == ["name", "language", "fields.booking"]
    shown.look.click()
    shown.choices["fields.booking"].click()

    with qtbot.waitSignal(panel.merge_wanted) as told:
        shown.merge.click()

    assert told.args[1] == Merge("contact-9", {"fields.booking": "other"})


def test_what_nobody_proved_and_what_speaks_against_it_is_said(panel) -> None:
    panel.show_merges(known().contact, ContactMerges([], [WEAK]))

    assert "Nobody proved it" in card(panel).accessibleName()
    assert any("they may be two" in one.text() for one in card(panel).findChildren(PlainLabel))


def test_the_preview_stays_open_when_the_contact_is_told_anew(panel) -> None:
    panel.show_merges(known().contact, ContactMerges([], [SURE]))
    card(panel).look.click()

    panel.show_known(known(), NOW)

    assert card(panel).merge.isVisible()


def test_two_people_are_told_apart(panel, qtbot) -> None:
    panel.show_merges(known().contact, ContactMerges([], [SURE]))

    with qtbot.waitSignal(panel.apart_wanted) as told:
        card(panel).apart.click()

    assert told.args == ["contact-2", "contact-9"]


def test_who_was_merged_is_shown_and_taken_out(panel, qtbot) -> None:
    panel.show_merges(known().contact, ContactMerges([MERGED], []))
    line = panel.widget().findChild(MergedLine)
    assert line.out.accessibleName() == "Take Marta at home out again"

    with qtbot.waitSignal(panel.unmerge_wanted) as told:
        line.out.click()

    assert told.args == ["contact-2", "contact-8"]


def test_suggestions_of_another_contact_are_not_shown(panel) -> None:
    panel.show_merges(rows.Contact("contact-3", "X", NOW), ContactMerges([], [SURE]))

    assert panel.widget().findChild(SuggestionCard) is None


def test_name_and_fields_are_changed_by_keyboard_and_nothing_typed_is_lost(panel, qtbot) -> None:
    panel.edit()
    form = panel.form
    assert form is not None
    form.name.input.setText("Marta L.")
    form.fields["email"].input.setText("marta@example.com")
    panel.show_known(known(name="Told by the channel"), NOW)
    assert panel.form is form, "what arrives meanwhile does not take the form away"

    with qtbot.waitSignal(panel.change_wanted) as told:
        qtbot.keyClick(form.name.input, Qt.Key.Key_Return)

    assert told.args == ["contact-2", ContactPatch(name="Marta L.", fields={"email": "marta@example.com"})]


def test_esc_leaves_the_contact_as_it_was(panel, qtbot) -> None:
    panel.edit()

    with qtbot.assertNotEmitted(panel.change_wanted):
        qtbot.keyClick(panel.form.name.input, Qt.Key.Key_Escape)

    assert panel.form is None
    assert panel.widget().findChild(SuggestionCard) is None
