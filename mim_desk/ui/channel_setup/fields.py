"""The fields of a channel's form, made from its manifest: texts, secrets, choices, opening hours and questions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import rows
from mim_desk.protocol.api import ChannelManifest, Check
from mim_desk.ui import texts
from mim_desk.ui.channel_setup.hours import Hours
from mim_desk.ui.channel_setup.more import More
from mim_desk.ui.channel_setup.page import bring_into_sight
from mim_desk.ui.channel_setup.questions import Questions
from mim_desk.ui.texts import tr
from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.flow import Flow
from mim_desk.ui.widgets.form import Field, TextField, label
from mim_desk.ui.widgets.segment import Segment

_MOST_SEGMENTS = 4


class Choice(QWidget):
    """One of a few values with a label above and help or a refusal below.

    Attributes:
        chosen: another value was marked.
    """

    chosen = Signal()

    def __init__(
        self, theme: Theme, title: str, choices: Mapping[str, str], *, help_text: str = "", value: str = ""
    ) -> None:
        super().__init__()
        self._help = help_text
        self.below = label(theme, help_text, "meta", "muted", wrap=True)
        self.segments = {choice: Segment(theme, named) for choice, named in choices.items()}
        first = next(iter(choices), "")
        self.setAccessibleName(title)
        for choice, segment in self.segments.items():
            segment.setAccessibleName(f"{title}: {choices[choice]}")
            segment.setChecked(choice == (value or first))
            segment.clicked.connect(lambda: self.refuse(""))
            segment.clicked.connect(self.chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        column.addWidget(label(theme, title, "label"))
        column.addWidget(Flow(theme, list(self.segments.values())))
        column.addWidget(self.below)
        self.below.setVisible(bool(help_text))

    @property
    def text(self) -> str:
        """The value that is marked."""
        return next((choice for choice, segment in self.segments.items() if segment.isChecked()), "")

    def refuse(self, reason: str) -> None:
        """Say what is wrong; empty takes it back."""
        self.below.setObjectName("danger" if reason else "muted")
        self.below.setText(reason or self._help)
        self.below.setVisible(bool(reason or self._help))
        self.below.style().unpolish(self.below)
        self.below.style().polish(self.below)


Part = Field | TextField | Choice | Hours | Questions
_OBJECTS: Mapping[str, type[Hours | Questions]] = {"hours": Hours, "form": Questions}
"""Settings that are objects, and the controls for them."""


class AccountFields:
    """Name, settings and secrets of an account.

    Attributes:
        name, settings, secrets: the fields.
        inbox: the one that is changed, None for a new one: its secrets are kept where nothing is typed.
        more: what is optional, None where everything is needed.
    """

    def __init__(self, theme: Theme, manifest: ChannelManifest, inbox: rows.Inbox | None = None) -> None:
        self.manifest = manifest
        self.inbox = inbox
        self.name = Field(
            theme, tr("channel_setup", "Name of this inbox"), value=inbox.name if inbox else manifest.name
        )
        given = inbox.settings if inbox else {}
        self.settings: dict[str, Part] = {
            each["name"]: _setting(theme, each, given.get(each["name"])) for each in manifest.settings
        }
        self.secrets = {each["name"]: self._secret(theme, each) for each in manifest.secrets}
        folded = [self._of(each) for each in (*manifest.settings, *manifest.secrets) if not _is_foremost(each)]
        self.more = More(theme, folded) if folded else None
        told = [each["name"] for each in manifest.settings if not _is_foremost(each) and given.get(each["name"])]
        if self.more is not None and told:
            self.more.open()
        for part in self.settings.values():
            if isinstance(part, Choice):
                part.chosen.connect(self._show_asked)
        self._show_asked()

    def _show_asked(self) -> None:
        """Show what is asked with the values that are chosen."""
        for each in (*self.manifest.settings, *self.manifest.secrets):
            part, asked = self._of(each), self._is_asked(each)
            if part.parentWidget() is not None or not asked:  # without a place yet it would be a window of its own
                part.setVisible(asked)

    def _is_asked(self, each: Mapping[str, Any]) -> bool:
        """Whether the account needs it: some is for one of several dealers alone."""
        wanted: Mapping[str, Sequence[str]] = each.get("only_for") or {}
        return all(self.settings[name].text in values for name, values in wanted.items() if name in self.settings)

    def _secret(self, theme: Theme, each: Mapping[str, Any]) -> Field:
        field = Field(theme, _title(each, asks=self.inbox is None), help_text=each.get("help", ""), secret=True)
        if self.inbox is not None:
            field.input.setPlaceholderText(texts.isolated(tr("channel_setup", "Kept. Type to replace it.")))
        return field

    def parts(self) -> list[QWidget]:
        """What is needed in the order in which it is asked, then the rest."""
        asked = [self._of(each) for each in (*self.manifest.settings, *self.manifest.secrets) if _is_foremost(each)]
        return [self.name, *asked, *([self.more] if self.more is not None else [])]

    def on_enter(self, act: Callable[[], object]) -> None:
        """Enter in a line of the form does what its button does."""
        for part in (self.name, *self.settings.values(), *self.secrets.values()):
            if isinstance(part, Field):
                part.input.returnPressed.connect(act)

    def filled_settings(self) -> dict[str, Any]:
        """What was typed, as the manifest's types want it; of an existing inbox also what was emptied."""
        kinds = {each["name"]: each for each in self.manifest.settings}
        return {
            name: _value(field, kinds[name])
            for name, field in self.settings.items()
            if (field.text and self._is_asked(kinds[name]))
            or (self.inbox is not None and self.inbox.settings.get(name))
        }

    def filled_secrets(self) -> dict[str, str]:
        """Only what was typed."""
        asked = {each["name"] for each in self.manifest.secrets if self._is_asked(each)}
        return {name: field.text for name, field in self.secrets.items() if field.text and name in asked}

    def complete(self) -> bool:
        """Whether what is needed is there; what is not says so at its field."""
        if not self.name.text:
            told = tr("channel_setup", "Give the inbox a name, so that agents can tell it from others.")
            self._blame(self.name, told)
            return False
        secrets = [] if self.inbox else self.manifest.secrets
        missing = [
            each
            for each in (*self.manifest.settings, *secrets)
            if each.get("required") and self._is_asked(each) and not self._of(each).text
        ]
        for each in reversed(missing):
            named = each.get("label", each["name"])
            self._blame(self._of(each), tr("channel_setup", "{label} is needed.").format(label=named))
        return not missing

    def _of(self, each: Mapping[str, Any]) -> Part:
        return self.settings.get(each["name"]) or self.secrets[each["name"]]

    def praise(self) -> None:
        """The provider took what was typed: a tick in each line that was filled."""
        for field in (self.name, *self.settings.values(), *self.secrets.values()):
            if isinstance(field, Field) and field.text:
                field.praise()

    def blame(self, refusal: Refusal | Check) -> bool:
        """Say a no beside the field it names, and go there; whether there is such a field."""
        name = refusal.field.rpartition(".")[2]
        field = {**self.settings, **self.secrets, "name": self.name}.get(name)
        if field is not None:
            self._blame(field, refusal.reason if isinstance(refusal, Refusal) else refusal.told)
        return field is not None

    def _blame(self, field: Part, reason: str) -> None:
        """Say a no beside a field, and go there."""
        if self.more is not None and field in self.more.parts:
            self.more.open()
        field.refuse(reason)
        if isinstance(field, Field | TextField):
            field.input.setFocus()
        elif isinstance(field, Choice):
            field.segments[field.text].setFocus(Qt.FocusReason.TabFocusReason)
        bring_into_sight(field)


def _is_foremost(each: Mapping[str, Any]) -> bool:
    return bool(each.get("required") or each.get("foremost"))


def _setting(theme: Theme, each: Mapping[str, Any], value: Any) -> Part:
    choices = list(each.get("choices") or ())
    title, told = _title(each), each.get("help", "")
    made = _OBJECTS.get(each.get("type", ""))
    if made is not None:
        return made(theme, title, help_text=told, value=value)
    if 1 < len(choices) <= _MOST_SEGMENTS:
        return Choice(theme, title, choice_names(each), help_text=told, value=str(value or ""))
    if each.get("type") == "object":
        return TextField(theme, title, told, _written(value))
    shown = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return Field(theme, title, help_text=told, value=shown)


def _value(field: Part, given: Mapping[str, Any]) -> Any:
    return field.value if isinstance(field, Hours | Questions) else typed(field.text, given)


def _written(value: Any) -> str:
    """An object as people write it, in lines."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() if value else ""


def choice_names(each: Mapping[str, Any]) -> dict[str, str]:
    """What a setting may be, and how people read it."""
    named: Mapping[str, str] = each.get("choice_names") or {}
    return {one: named.get(one) or one.replace("_", " ").capitalize() for one in each.get("choices") or ()}


def _title(each: Mapping[str, Any], *, asks: bool = True) -> str:
    """The label; what may stay empty says so, which a choice never is."""
    named = str(each.get("label", each["name"]))
    if each.get("required") or each.get("choices") or not asks:
        return named
    return tr("channel_setup", "{label} (optional)").format(label=named)


def typed(text: str, given: Mapping[str, Any]) -> Any:
    """The value as the manifest's type wants it."""
    kind = given.get("type", "text")
    if kind == "object" and text:
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text  # which the hub refuses by the field's name
    if kind == "list":
        return [part for part in text.replace(",", " ").split() if part]
    return int(text) if kind in ("int", "integer", "number") and text.isdigit() else text
