"""A channel's set-up guide as plain labels: our own Markdown, told line by line and never as markup."""

import re
from textwrap import dedent
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mim_desk.ui.theme import Theme
from mim_desk.ui.widgets.form import Card
from mim_desk.ui.widgets.paragraph import Paragraph

_LINK: Final = re.compile(r"\[([^]]+)\]\(([^)]+)\)")
_MARKS: Final = re.compile(r"\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)")
_CODE: Final = "    "
_ITEM: Final = re.compile(r"(?:[-*]|\d+\.) ")
_MARK: Final = re.compile(r"(?:\u2022|\d+\.) ")
_RULE: Final = re.compile(r"\|?[\s:|-]+\|?")


def guide_lines(markdown: str) -> list[tuple[str, str]]:
    """Type role and words of each paragraph; tables become lines, links are followed by their address.

    What is to be copied letter by letter has the role ``mono``, with its own line breaks.
    """
    found: list[tuple[str, str]] = []
    is_open = is_fenced = False
    for raw in markdown.splitlines():
        line = raw.strip()
        if line.startswith("```"):
            is_open, is_fenced = False, not is_fenced
        elif is_fenced or (line and not is_open and raw.startswith(_CODE)):
            _add_code(found, raw.rstrip())
        elif not line:
            is_open = False
        elif is_open and not line.startswith(("#", "|")) and not _ITEM.match(line):
            found[-1] = (found[-1][0], f"{found[-1][1]} {_words(line)}")
        elif not _RULE.fullmatch(line):
            found.append(_paragraph(line))
            is_open = not line.startswith(("#", "|"))
    told = [(role, dedent(words) if role == "mono" else words) for role, words in found]
    return told[1:] if told and told[0][0] == "body-strong" else told


def _paragraph(line: str) -> tuple[str, str]:
    if line.startswith("#"):
        return "body-strong", _words(line.lstrip("# "))
    if line.startswith("|"):
        return "body", _words(" \u2013 ".join(cell.strip() for cell in line.strip("|").split("|")))
    if _ITEM.match(line) and line[0] in "-*":
        return "body", _words(f"\u2022 {line[2:]}")
    return "body", _words(line)


def _add_code(found: list[tuple[str, str]], line: str) -> None:
    if found and found[-1][0] == "mono":
        found[-1] = ("mono", f"{found[-1][1]}\n{line}")
    else:
        found.append(("mono", line))


def _words(line: str) -> str:
    """Without marks; what stands in backticks is meant letter by letter."""
    plain = _LINK.sub(lambda match: f"{match[1]} ({match[2]})", line)
    return "".join(part if place % 2 else _MARKS.sub("", part) for place, part in enumerate(plain.split("`")))


def guide_page(theme: Theme, markdown: str) -> QWidget:
    """The same as labels below each other."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.space(2))
    for role, words in guide_lines(markdown):
        if role == "body-strong":
            column.addSpacing(theme.space(2))
        if role == "mono":
            column.addWidget(_code(theme, words))
            continue
        shown = Paragraph(theme, words, role)
        shown.setObjectName("" if role == "body-strong" else "secondary")
        mark = _MARK.match(words)
        shown.hang(mark[0] if mark is not None else "")
        column.addWidget(shown)
    return page


def _code(theme: Theme, lines: str) -> Card:
    shown = Paragraph(theme, lines, "meta")
    shown.setFont(theme.mono())
    shown.setObjectName("secondary")
    shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return Card(theme, shown, sunken=True)
