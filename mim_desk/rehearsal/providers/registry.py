"""The simulated providers there are: one line each."""

from collections.abc import Sequence

from mim_desk.rehearsal.providers.provider import Provider
from mim_desk.rehearsal.providers.viber import Viber

PROVIDERS: Sequence[type[Provider]] = (Viber,)
