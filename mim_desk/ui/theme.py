"""Named tokens as Qt values: colours of the chosen theme, fonts by role, sizes in pixels.

Everything that is drawn asks here; a hex value or a pixel anywhere else is a mistake.
"""

import json
import re
from typing import Any, Final, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette

from mim_desk.resources import resource
from mim_desk.ui.fonts import KeyedFont

Mode = Literal["system", "light", "dark", "high_contrast"]

MODES: Final[tuple[Mode, ...]] = ("system", "light", "dark", "high_contrast")
_TABULAR: Final = QFont.Tag("tnum")
_TOKEN: Final = re.compile(r"@(color|size|space|radius|icon)\(([\w-]+)\)")
_PALETTE: Final = (
    (QPalette.ColorRole.Window, "window"),
    (QPalette.ColorRole.WindowText, "text"),
    (QPalette.ColorRole.Base, "surface"),
    (QPalette.ColorRole.AlternateBase, "surface-list"),
    (QPalette.ColorRole.Text, "text"),
    (QPalette.ColorRole.PlaceholderText, "text-muted"),
    (QPalette.ColorRole.Button, "surface"),
    (QPalette.ColorRole.ButtonText, "text"),
    (QPalette.ColorRole.Highlight, "text-selection"),
    (QPalette.ColorRole.HighlightedText, "text"),
    (QPalette.ColorRole.ToolTipBase, "text"),
    (QPalette.ColorRole.ToolTipText, "surface"),
    (QPalette.ColorRole.Link, "accent-text"),
    (QPalette.ColorRole.Mid, "hairline"),
    (QPalette.ColorRole.Accent, "accent"),
)


def load_fonts() -> None:
    """Register the shipped faces; once, before the first widget."""
    for weight in ("Regular", "Medium", "SemiBold"):
        QFontDatabase.addApplicationFont(str(resource(f"fonts/Inter-{weight}.otf")))


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(resource(f"themes/{name}.json").read_text(encoding="utf-8"))
    return loaded


class Theme(QObject):
    """The look in use.

    Attributes:
        name: ``light``, ``dark`` or ``high_contrast``, never ``system``.
        mode: what the agent chose; ``system`` follows the desktop while running.
        changed: the colours are others now; repaint and drop what was tinted.
    """

    changed = Signal()

    def __init__(self, mode: Mode = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shape = _load("shape")
        self._loaded: dict[str, dict[str, Any]] = {}
        self._fonts: dict[tuple[str, str, bool], QFont] = {}
        self._colors: dict[str, QColor] = {}
        self.mode: Mode = mode
        self.name = ""
        self._use(self._wanted())
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow)
        hints.accessibility().contrastPreferenceChanged.connect(self._follow)

    @property
    def high_contrast(self) -> bool:
        """Whether everything needs a frame."""
        return self.name == "high_contrast"

    def choose(self, mode: Mode) -> None:
        """Take the agent's choice."""
        self.mode = mode
        self._follow()

    def _follow(self) -> None:
        wanted = self._wanted()
        if wanted != self.name:
            self._use(wanted)
            self.changed.emit()

    def _wanted(self) -> str:
        if self.mode != "system":
            return self.mode
        hints = QGuiApplication.styleHints()
        if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return "high_contrast"
        return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"

    def _use(self, name: str) -> None:
        self.name = name
        if name not in self._loaded:
            self._loaded[name] = _load(name)
        self._tokens = self._loaded[name]
        self._colors.clear()

    def color(self, role: str) -> QColor:
        """The colour of a role such as ``text-muted``; unknown roles are a KeyError."""
        found = self._colors.get(role)
        if found is None:
            found = self._colors[role] = _parsed(self._tokens[role])
        return found

    def label(self, role: str) -> QColor:
        """The colour of a label; one that this version does not know is grey."""
        return self.color(role if role.startswith("label-") and role in self._tokens else "label-grey")

    def avatar(self, seed: str) -> tuple[QColor, QColor]:
        """Background and text of somebody's avatar, the same for the same seed everywhere."""
        pairs = self._tokens["avatar"]
        pair = pairs[sum(seed.encode()) % len(pairs)]
        return QColor(pair["background"]), QColor(pair["text"])

    def channel(self, channel: str) -> tuple[QColor, QColor]:
        """Ground and letter of a channel's mark; unknown channels look like web chat."""
        marks = self._shape["channel"]
        mark = marks.get(channel, marks["web_chat"])
        return QColor(mark["mark"]), QColor(mark["on-mark"])

    def size(self, name: str) -> int:
        """A size of the ``size`` table in pixels."""
        return int(self._shape["size"][name])

    def share(self, name: str) -> float:
        """A share of the ``size`` table, e.g. ``bubble-max-share``."""
        return float(self._shape["size"][name])

    def space(self, step: int | str) -> int:
        """A step of the spacing scale: 4 is 16 px, ``half`` 2 px."""
        return int(self._shape["space"][str(step)])

    def radius(self, name: str) -> int:
        """A corner radius in pixels."""
        return int(self._shape["radius"][name])

    def motion(self, name: str) -> int:
        """A duration in milliseconds."""
        return int(self._shape["motion"][name])

    def line(self, role: str) -> int:
        """Line height of a type role in pixels."""
        return int(self._shape["type"][role]["line"])

    def families(self, script: str = "") -> list[str]:
        """Faces in the order Qt shall try them; the script's own face right after Inter."""
        fonts = self._shape["font"]
        own = fonts["family_by_script"].get(script)
        latin, *rest = fonts["family"][:2]
        ordered = [own, latin] if script == "Arabic" else [latin, own]
        return [name for name in (*ordered, *rest, fonts["family_by_script"]["emoji"]) if name]

    def font(self, role: str, *, script: str = "", tabular: bool = False) -> QFont:
        """The font of a type role; ``tabular`` gives all digits one width. Do not alter it, copy it."""
        key = (role, script, tabular)
        found = self._fonts.get(key)
        if found is None:
            found = self._fonts[key] = KeyedFont(self._font(role, script, tabular))
        return found

    def mono(self) -> QFont:
        """The face for addresses and code, in the size of meta text."""
        font = QFont(self.font("meta"))
        font.setFamilies(self._shape["font"]["mono"])
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        return font

    def _font(self, role: str, script: str, tabular: bool) -> QFont:
        told = self._shape["type"][role]
        font = QFont()
        font.setFamilies(self.families(script))
        font.setPixelSize(told["size"])
        font.setWeight(QFont.Weight(told["weight"]))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        if role in ("display", "title"):
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, -0.2)
        if tabular:
            font.setFeature(_TABULAR, 1)
        return font

    def palette(self) -> QPalette:
        """The palette of built-in widgets."""
        palette = QPalette()
        for role, token in _PALETTE:
            palette.setColor(role, self.color(token))
        for role in (
            QPalette.ColorRole.Text,
            QPalette.ColorRole.WindowText,
            QPalette.ColorRole.ButtonText,
        ):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("text-disabled"))
        return palette

    def sheet(self, name: str) -> str:
        """A style sheet of ``resources/style`` with its tokens filled in."""
        return _TOKEN.sub(self._filled, resource(f"style/{name}.qss").read_text(encoding="utf-8"))

    def _filled(self, token: re.Match[str]) -> str:
        kind, name = token.groups()
        if kind == "color":
            return self.color(name).name(QColor.NameFormat.HexArgb)
        if kind == "icon":
            return resource(f"icons/{name}.svg").as_posix()
        return f"{getattr(self, kind)(name)}px"


def _parsed(value: str) -> QColor:
    """``#RRGGBB`` or, as in CSS, ``#RRGGBBAA``."""
    return QColor(f"#{value[7:]}{value[1:7]}") if len(value) == 9 else QColor(value)
