"""What is known of a contact that others were merged into: its own facts joined with theirs, and back again.

Nothing is overwritten by a merge: each contact keeps its own facts, and what is shown is joined from them anew. So a
merge can be undone in any order, and what people changed meanwhile stays with the contact that they changed.
(Consents have a ledger of their own, see ``consents``.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from mim_desk.protocol import rows

SCALARS = ("name", "language", "time_zone")
OTHER = "other"
"""As a choice: the fact of the contact that went into the other one survives."""
Choices = Mapping[str, str]
"""Fact (``name``, ``language``, ``time_zone``, ``fields.<name>``) to ``own`` or ``other``."""


@dataclass
class Branch:
    """A contact in the tree of merges.

    Attributes:
        own: its own facts; the identities of this row do not count.
        into: how its facts join those of the contact it went into.
        branches: who went into it, the oldest merge first.
    """

    own: rows.Contact
    into: dict[str, str] = field(default_factory=dict)
    branches: "list[Branch]" = field(default_factory=list)

    def everyone(self) -> "list[Branch]":
        """It and all that went into it."""
        return [self, *(one for branch in self.branches for one in branch.everyone())]


def shown(branch: Branch) -> rows.Contact:
    """The contact's facts with those of all that went into it."""
    told = branch.own
    for one in branch.branches:
        told = joined(told, shown(one), one.into)
    return told


def joined(target: rows.Contact, source: rows.Contact, choices: Choices) -> rows.Contact:
    """The target's facts win, unless the source's was chosen or the target has none."""
    scalars = {name: _picked(getattr(target, name), getattr(source, name), choices.get(name)) for name in SCALARS}
    fields = {**source.fields, **target.fields}
    fields |= {name: value for name, value in source.fields.items() if choices.get(f"fields.{name}") == OTHER}
    return msgspec.structs.replace(
        target,
        **scalars,
        fields=fields,
        labels=list(dict.fromkeys([*target.labels, *source.labels])),
        avatar=target.avatar or source.avatar,
    )


def _picked(target: str, source: str, choice: str | None) -> str:
    return source if source and (choice == OTHER or not target) else target


def settle(branch: Branch, now: rows.Contact) -> None:
    """What was changed since the facts were joined becomes the contact's own; what was taken away goes from all."""
    was = shown(branch)
    for name in SCALARS:
        if getattr(now, name) != getattr(was, name):
            branch.own = msgspec.structs.replace(branch.own, **{name: getattr(now, name)})
            _withdraw(branch, name)
    for name, value in now.fields.items():
        if was.fields.get(name) != value:
            branch.own = msgspec.structs.replace(branch.own, fields={**branch.own.fields, name: value})
            _withdraw(branch, f"fields.{name}")
    labels = [one for one in now.labels if one not in was.labels]
    branch.own = msgspec.structs.replace(branch.own, labels=[*branch.own.labels, *labels])
    gone = (set(was.fields) - set(now.fields), [one for one in was.labels if one not in now.labels])
    for one in branch.everyone():
        one.own = _without(one.own, *gone)


def _withdraw(branch: Branch, choice: str) -> None:
    for one in branch.branches:
        one.into.pop(choice, None)


def _without(own: rows.Contact, fields: set[str], labels: Sequence[str]) -> rows.Contact:
    return msgspec.structs.replace(
        own,
        fields={name: value for name, value in own.fields.items() if name not in fields},
        labels=[one for one in own.labels if one not in labels],
    )
