"""The contact panel speaks in words, and says what nobody proved."""

from datetime import UTC, datetime

from mim_desk.protocol import rows
from mim_desk.ui.contact_panel.parts import ContactHead, KeyValue, MarkedLine
from mim_desk.ui.contact_panel.view import ContactPanel, Known
from mim_desk.ui.texts import PlainLabel
from mim_desk.ui.theme import Theme

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VISITOR = "visitor:019e1e5f-2c4f-7000-8000-000000000001"


def shown(qtbot, fields: dict[str, str], name: str = "Visitor 4821") -> ContactPanel:
    """The panel with an anonymous visitor."""
    contact = rows.Contact(
        "c", "", NOW, identities=[rows.Identity("web_chat", "inbox", VISITOR, VISITOR)], fields=fields
    )
    conversation = rows.Conversation("k", 7, "c", "inbox", "b", NOW, 1)
    panel = ContactPanel(Theme("light"))
    qtbot.addWidget(panel)
    panel.show_known(Known(contact, conversation, names={"inbox": "Web chat"}, name=name), NOW)
    return panel


def test_a_visitor_without_a_name_is_shown_by_number_and_place(qtbot) -> None:
    panel = shown(qtbot, {})

    assert panel.findChild(ContactHead).name == "Visitor 4821"
    lines = [line.accessibleName() for line in panel.findChildren(MarkedLine)]
    assert lines == ["Web chat: Visitor of Web chat"]


def test_fields_have_names_people_read_and_claims_stand_apart(qtbot) -> None:
    claims = {"claimed.page_title": "Shoes", "claimed.page_url": "https://shop.example/", "claimed.name": "Ana"}
    panel = shown(qtbot, {**claims, "booking_number": "JS-1"})

    keys = [line.key for line in panel.findChildren(KeyValue)]
    assert {"Page", "Page address", "Claimed name", "Booking number"} < set(keys)
    assert not any("_" in key or "claimed." in key for key in keys)
    assert "Not verified" in [label.text() for label in panel.findChildren(PlainLabel)]
