"""A contact card as vCard 3.0 (RFC 2426), for networks that take one beside the first number."""

from mim_desk.domain.enclosed import ContactCard


def vcard(card: ContactCard) -> str:
    """The card with all its numbers and mail addresses."""
    name = _escaped(card.name)
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"N:{name};;;;", f"FN:{name}"]
    lines += [f"TEL:{_escaped(one)}" for one in card.phones]
    lines += [f"EMAIL:{_escaped(one)}" for one in card.emails]
    return "\r\n".join([*lines, "END:VCARD"])


def _escaped(value: str) -> str:
    for char in ("\\", ";", ","):
        value = value.replace(char, "\\" + char)
    return " ".join(value.split())
