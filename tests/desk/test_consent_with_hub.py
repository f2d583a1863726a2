"""What an agent notes of a contact's consent at the desk, at a real hub: added to, never changed."""

from pathlib import Path

import pytest

from mim_desk.domain.refusal import Refusal
from mim_desk.protocol import api, rows
from tests.desk.hubs import conversation_with, talking

pytestmark = pytest.mark.timeout(120)


def counted(contact: rows.Contact) -> list[tuple[str, bool, str, str]]:
    return [(one.purpose, one.granted, one.source, one.reason) for one in contact.consents]


async def test_consent_noted_at_the_desk_counts_and_its_opposite_takes_it_back(tmp_path: Path) -> None:
    async with talking(tmp_path) as (session, gateway):
        await gateway.customer_writes("marta", "Do send me offers")
        id_ = (await conversation_with(session, "marta")).conversation.contact_id

        given = await session.note_consent(id_, api.NewConsent(True, "Told on the phone", "marketing"))
        back = await session.note_consent(id_, api.NewConsent(False, "Called again", "marketing"))

        assert counted(given) == [("marketing", True, "agent", "Told on the phone")]
        assert counted(back) == [("marketing", False, "agent", "Called again")]
        with pytest.raises(Refusal, match="no address in this inbox"):
            await session.note_consent(id_, api.NewConsent(False, "Called", "marketing", "no-such-inbox"))
