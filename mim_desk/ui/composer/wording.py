"""The composer's sentences."""

from mim_desk.ui import texts


def tr(text: str, n: int = -1) -> str:
    """``text`` in the agent's language."""
    return texts.tr("composer", text, n)
