"""What tells fonts apart, for all that is measured once per font."""

from PySide6.QtGui import QFont


class KeyedFont(QFont):
    """A font nobody alters any more; what tells it from others is spelled once, for it is asked at each paint."""

    _key = ""

    @property
    def told_apart_by(self) -> str:
        """As ``font_key`` says it."""
        self._key = self._key or _spelled(self)
        return self._key


def font_key(font: QFont) -> str:
    """What tells fonts apart."""
    return font.told_apart_by if isinstance(font, KeyedFont) else _spelled(font)


def _spelled(font: QFont) -> str:
    """Qt's own key leaves the features out."""
    return f"{font.key()},{len(font.featureTags())}"
