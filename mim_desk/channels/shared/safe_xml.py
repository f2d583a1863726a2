"""Reading foreign XML: elements and their text; a document type (and with it every entity of one's own) is refused."""

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

DEEPEST: Final = 12
MOST_ELEMENTS: Final = 5_000


class UnreadableXml(ValueError):
    """It is no XML, or such as nobody sends in good faith."""


@dataclass(slots=True)
class Element:
    """One element; ``text`` is what stands in it outside of other elements."""

    name: str
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def named(self, name: str) -> list["Element"]:
        """The elements of this name at any depth, in their order; large and small letters are the same."""
        found = []
        for child in self.children:
            if child.name.lower() == name:
                found.append(child)
            found += child.named(name)
        return found

    def leaves(self) -> dict[str, str]:
        """The texts of the elements without further ones, by name in small letters; of equal names the first."""
        told: dict[str, str] = {}
        for child in self.children:
            found = child.leaves() if child.children else {child.name.lower(): child.text}
            told = {**found, **told}
        return told


class _Reading:
    """One document on its way."""

    def __init__(self) -> None:
        self.root = Element("")
        self._open = [self.root]
        self._count = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > DEEPEST or self._count > MOST_ELEMENTS:
            raise UnreadableXml("too many elements")
        inner = Element(name)
        self._open[-1].children.append(inner)
        self._open.append(inner)

    def end(self, name: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].text += text


def _refuse(*told: object) -> None:
    raise UnreadableXml("a document type")


def read_xml(body: bytes) -> Element:
    """The root element; UnreadableXml when there is none to be had."""
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.begin
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.characters
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as problem:
        raise UnreadableXml(str(problem)) from problem
    return reading.root.children[0]
