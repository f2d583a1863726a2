"""Buttons as WhatsApp's interactive messages: reply buttons, a list behind a button, or one address."""

from typing import Any, Final

from mim_desk.channels.base import Outgoing
from mim_desk.channels.shared.offers import is_list, sections
from mim_desk.domain.buttons import Button

OPENS_LIST: Final = "☰"
"""On the button above a list: understood in every language."""


def interactive(message: Outgoing, text: str) -> dict[str, Any]:
    """The part of a message that holds its text and what can be chosen."""
    body = {"body": {"text": text}}
    if any(one.asks_place for one in message.buttons):
        return {"type": "location_request_message", **body, "action": {"name": "send_location"}}
    body = {**_around("header", message.frame.header), **body, **_around("footer", message.frame.footer)}
    link = next((one for one in message.buttons if one.url), None)
    if link is not None:
        parameters = {"display_text": link.title, "url": link.url}
        return {"type": "cta_url", **body, "action": {"name": "cta_url", "parameters": parameters}}
    if is_list(message):
        return {"type": "list", **body, "action": {"button": OPENS_LIST, "sections": _sections(message)}}
    buttons = [{"type": "reply", "reply": {"id": one.id, "title": one.title}} for one in message.buttons]
    return {"type": "button", **body, "action": {"buttons": buttons}}


def _around(name: str, words: str) -> dict[str, Any]:
    """A line above or below the text."""
    if not words:
        return {}
    return {name: {"type": "text", "text": words} if name == "header" else {"text": words}}


def _sections(message: Outgoing) -> list[dict[str, Any]]:
    """Several sections must each have a title; one alone need not."""
    found = sections(message.buttons)
    return [
        {**({"title": title} if title or len(found) > 1 else {}), "rows": [_row(one) for one in rows]}
        for title, rows in found
    ]


def _row(button: Button) -> dict[str, str]:
    described = {"description": button.description} if button.description else {}
    return {"id": button.id, "title": button.title, **described}
