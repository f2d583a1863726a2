"""The web chat's form in set-up: for each thing whether it is asked, the topics, and the words of a consent."""

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.form import Field, label
from mim_desk.ui.widgets.segment import Segment

_PLAIN: Final = ("name", "email", "phone", "topic")
_CONSENT: Final = "consent"


class Ask(QWidget):
    """Whether one thing is asked: no, if they like, or always."""

    def __init__(self, theme: Theme, title: str, value: str) -> None:
        super().__init__()
        words = {
            "": tr("channel_setup", "Not asked"),
            "optional": tr("channel_setup", "Optional"),
            "required": tr("channel_setup", "Required"),
        }
        self.segments = {key: Segment(theme, word) for key, word in words.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space(2))
        row.addWidget(label(theme, title, "body"), 1)
        for key, segment in self.segments.items():
            segment.setAccessibleName(f"{title}: {words[key]}")
            segment.setChecked(key == value)
            row.addWidget(segment)

    @property
    def chosen(self) -> str:
        """``optional``, ``required``, or empty."""
        return next((key for key, segment in self.segments.items() if segment.isChecked()), "")


class Questions(QWidget):
    """The field.

    Attributes:
        asks: by kind, whether it is asked.
        topics, consent, version: the words of the topic and of the consent.
    """

    def __init__(self, theme: Theme, title: str, *, help_text: str = "", value: object = None) -> None:
        super().__init__()
        given = value.get("fields") if isinstance(value, dict) else None
        known = {one.get("kind", one.get("name")): one for one in given or [] if isinstance(one, dict)}
        self._known = known
        self._others = [one for one in given or [] if isinstance(one, dict) and one.get("kind") == "text"]
        self._help = help_text
        self.setAccessibleName(title)
        self.asks = {kind: Ask(theme, named, _state(known.get(kind))) for kind, named in _names().items()}
        topic, consent = known.get("topic", {}), known.get(_CONSENT, {})
        self.topics = Field(
            theme,
            tr("channel_setup", "Topics to choose from"),
            help_text=tr("channel_setup", "Separated by commas; empty: visitors write one themselves."),
            value=", ".join(map(str, topic.get("choices") or [])),
        )
        self.consent = Field(theme, tr("channel_setup", "Words of the consent"), value=str(consent.get("label", "")))
        self.version = Field(
            theme,
            tr("channel_setup", "Version of these words"),
            help_text=tr("channel_setup", "Kept with each answer, such as 2026-11. Change it with the words."),
            value=str(consent.get("version", "")),
        )
        self.below = label(theme, help_text, "meta", "muted", wrap=True)
        self._lay_out(theme, title)
        self._show()

    def _lay_out(self, theme: Theme, title: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(2))
        column.addWidget(label(theme, title, "label"))
        column.addWidget(self.below)
        for kind, ask in self.asks.items():
            column.addWidget(ask)
            if kind == "topic":
                column.addWidget(self.topics)
            for segment in ask.segments.values():
                segment.clicked.connect(self._show)
        column.addWidget(self.consent)
        column.addWidget(self.version)

    def _show(self) -> None:
        self.topics.setVisible(bool(self.asks["topic"].chosen))
        for part in (self.consent, self.version):
            part.setVisible(bool(self.asks[_CONSENT].chosen))
        self.refuse("")

    @property
    def text(self) -> str:
        """Something where anything is asked."""
        return "asked" if self._others or any(ask.chosen for ask in self.asks.values()) else ""

    @property
    def value(self) -> dict[str, Any] | str:
        """The form as the hub takes it; what set-up has no control for stays as it was."""
        if not self.text:
            return ""
        return {"fields": [*filter(None, map(self._plain, _PLAIN)), *self._others, *self._agreed()]}

    def _plain(self, kind: str) -> dict[str, Any] | None:
        if not self.asks[kind].chosen:
            return None
        told = {**self._known.get(kind, {}), "kind": kind, "required": self.asks[kind].chosen == "required"}
        topics = [" ".join(one.split()) for one in self.topics.text.split(",") if one.strip()]
        if kind == "topic":
            told.pop("choices", None)
        return {**told, "choices": topics} if kind == "topic" and topics else told

    def _agreed(self) -> list[dict[str, Any]]:
        chosen = self.asks[_CONSENT].chosen
        told = {"kind": _CONSENT, "label": self.consent.text, "version": self.version.text}
        return [{**self._known.get(_CONSENT, {}), **told, "required": chosen == "required"}] if chosen else []

    def refuse(self, reason: str) -> None:
        """Say what is wrong; empty takes it back."""
        self.below.setObjectName("danger" if reason else "muted")
        self.below.setText(reason or self._help)
        self.below.setVisible(bool(reason or self._help))
        self.below.style().unpolish(self.below)
        self.below.style().polish(self.below)


def _names() -> Mapping[str, str]:
    return {
        "name": tr("channel_setup", "Name"),
        "email": tr("channel_setup", "Email address"),
        "phone": tr("channel_setup", "Phone number"),
        "topic": tr("channel_setup", "Topic"),
        _CONSENT: tr("channel_setup", "Consent"),
    }


def _state(given: Mapping[str, Any] | None) -> str:
    if given is None:
        return ""
    return "required" if given.get("required") is True else "optional"
