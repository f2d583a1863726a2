"""What a person typed into search: words, and filters such as ``from:marta`` or ``has:file``."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_FILTER: Final = re.compile(r'(?<!\S)(from|channel|before|label|has|in):(?:"([^"]*)"|(\S*))', re.IGNORECASE)


@dataclass(frozen=True)
class SearchQuery:
    """Words that must be found, and what the message must be besides.

    Attributes:
        sender: words of the contact's name.
        channel: a channel's name such as ``whatsapp``.
        before: messages that arrived earlier.
        label: a label of the conversation.
        has_file: with an attachment.
        in_note: notes alone.
    """

    words: str = ""
    sender: str = ""
    channel: str = ""
    before: datetime | None = None
    label: str = ""
    has_file: bool = False
    in_note: bool = False

    @property
    def is_filtered(self) -> bool:
        """Whether there is more than words."""
        return self != SearchQuery(self.words)


def search_query(typed: str) -> SearchQuery:
    """``typed`` taken apart; a filter with a value nobody knows is searched for as words."""
    found: dict[str, str] = {}

    def take(match: re.Match[str]) -> str:
        name, value = match[1].lower(), match[2] if match[2] is not None else match[3]
        if not value or not _is_known(name, value):
            return match[0]
        found[name] = value
        return " "

    words = " ".join(_FILTER.sub(take, typed).split())
    return SearchQuery(
        words=words,
        sender=found.get("from", ""),
        channel=found.get("channel", "").lower().replace(" ", "_"),
        before=_day(found.get("before", "")),
        label=found.get("label", ""),
        has_file="has" in found,
        in_note="in" in found,
    )


def _is_known(name: str, value: str) -> bool:
    if name == "before":
        return _day(value) is not None
    if name in ("has", "in"):
        return value.lower() == {"has": "file", "in": "note"}[name]
    return True


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
