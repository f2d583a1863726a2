"""What an adapter offers is looked up once."""

from typing import Protocol, runtime_checkable

import pytest

from mim_desk.channels import base
from mim_desk.channels.offering import offers
from mim_desk.channels.profiles import TellsPictures, TellsProfiles
from mim_desk.channels.registry import ADAPTERS
from mim_desk.channels.shared_webhooks import SharesWebhook

ASKED_FOR = (base.Polled, base.FetchesMedia, base.HearsOfInboxes, TellsPictures, TellsProfiles, SharesWebhook)


@runtime_checkable
class Sings(Protocol):
    def sing(self) -> str: ...


@pytest.mark.parametrize("channel", sorted(ADAPTERS))
def test_it_is_what_isinstance_says(channel: str) -> None:
    adapter = ADAPTERS[channel]

    assert [offers(adapter, one) for one in ASKED_FOR] == [isinstance(adapter, one) for one in ASKED_FOR]


def test_each_class_is_looked_at_once() -> None:
    class Bird:
        pass

    assert not offers(Bird(), Sings)
    Bird.sing = lambda self: "tweet"  # type: ignore[attr-defined]
    assert isinstance(Bird(), Sings)

    assert not offers(Bird(), Sings)


def test_another_class_of_the_same_name_is_asked_for_itself() -> None:
    def bird(sings: bool) -> object:
        return type("Bird", (), {"sing": lambda self: "tweet"} if sings else {})()

    assert not offers(bird(False), Sings)
    assert offers(bird(True), Sings)
