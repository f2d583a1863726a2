"""What Twilio took since a send was left in doubt: Twilio knows no key of ours, so it is known by what it says.

https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlencode

import msgspec

from mim_desk.channels.base import Outgoing, Receipt, Request, Response
from mim_desk.channels.shared.json_bodies import read
from mim_desk.channels.sms_twilio import errors, payloads
from mim_desk.channels.sms_twilio.reading import STATUSES
from mim_desk.domain.message import DeliveryStatus

PAGE: Final = 100
_SKEW: Final = timedelta(minutes=1)
"""How far Twilio's clock may be behind ours."""
_listing = msgspec.json.Decoder(payloads.Listing, strict=False)


def request(address: str, headers: Mapping[str, str], message: Outgoing, since: datetime) -> Request:
    """The call that lists what went to the recipient since the day before, as days are Twilio's."""
    day = (since - timedelta(days=1)).date().isoformat()
    query = urlencode({"To": message.recipient, "DateSent>": day, "PageSize": PAGE})
    return Request("GET", f"{address}?{query}", headers)


def found(response: Response, message: Outgoing, since: datetime, ours: tuple[str, str]) -> Sequence[Receipt]:
    """Those that may be this message, the oldest first; ``ours`` is the sender, as the call names it."""
    listing = read(_listing, response.body) if 200 <= response.status < 300 else None
    if listing is None:
        return ()
    same = [one for one in listing.messages if _is_same(one, message, since, ours)]
    return [told for one in reversed(same) if (told := _receipt(one, since)) is not None]


def _is_same(one: payloads.Listed, message: Outgoing, since: datetime, ours: tuple[str, str]) -> bool:
    name, sender = ours
    by = one.messaging_service_sid if name == "MessagingServiceSid" else one.sender
    at = _moment(one.date_created)
    return (
        one.to == message.recipient
        and by in (sender, None)
        and one.direction.startswith("outbound")
        and (one.body or "").strip() == message.text.strip()
        and (one.num_media or "0") == str(len(message.files))
        and (at is None or at >= since - _SKEW)
    )


def _moment(told: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(told or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _receipt(one: payloads.Listed, at: datetime) -> Receipt | None:
    status = STATUSES.get(one.status)
    if status is None or not one.sid:
        return None
    code = str(one.error_code or "") if status is DeliveryStatus.FAILED else ""
    reason = errors.reason_of(code, one.error_message or "") if status is DeliveryStatus.FAILED else ""
    return Receipt(status, at, one.sid, reason=reason, code=code)
