"""Shapes of Twilio's forms and answers: the fields we read, everything else is ignored.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import msgspec


class Message(msgspec.Struct, frozen=True, rename="pascal"):
    """``MessageSid=SM…&From=%2B15550001111&To=%2B15550002222&Body=Hi&NumMedia=1&MediaUrl0=https…&SmsStatus=received``.

    Attributes:
        sender: a number; with a scheme before it (``whatsapp:``) the message came by another network of Twilio's.
        original_replied_message_sid: of the message that is quoted; this and what follows on WhatsApp only.
        opt_out_type: STOP, START or HELP where Twilio's Advanced Opt-Out saw such a word.
    """

    message_sid: str
    sender: str = msgspec.field(name="From")
    to: str = ""
    body: str = ""
    num_media: str = ""
    opt_out_type: str = ""
    profile_name: str = ""
    button_text: str = ""
    button_payload: str = ""
    latitude: str = ""
    longitude: str = ""
    address: str = ""
    label: str = ""
    list_id: str = ""
    list_title: str = ""
    message_type: str = ""
    original_replied_message_sid: str = ""
    forwarded: str = ""
    frequently_forwarded: str = ""
    referral_ctwa_clid: str = ""
    referral_source_type: str = ""
    referral_source_id: str = ""
    referral_source_url: str = ""
    referral_headline: str = ""
    referral_body: str = ""
    from_city: str = ""
    from_state: str = ""
    from_country: str = ""


class Status(msgspec.Struct, frozen=True, rename="pascal"):
    """``MessageSid=SM…&MessageStatus=undelivered&ErrorCode=30003&To=…&From=…``; RawDlrDoneDate has minutes only."""

    message_sid: str
    message_status: str
    error_code: str = ""
    error_message: str = ""
    to: str = ""


class Listed(msgspec.Struct, frozen=True):
    """``{"sid": "SM…", "to": "+1…", "from": "+1…", "body": "Hi", "status": "sent", "direction": "outbound-api", …}``.

    Attributes:
        date_created: as in mails: ``Sun, 22 Nov 2026 20:00:00 +0000``.
    """

    sid: str
    to: str = ""
    sender: str | None = msgspec.field(name="from", default=None)
    messaging_service_sid: str | None = None
    body: str | None = None
    status: str = ""
    direction: str = ""
    date_created: str | None = None
    num_media: str | None = None
    error_code: int | None = None
    error_message: str | None = None


class Listing(msgspec.Struct, frozen=True):
    """``{"messages": [...]}``, the newest first."""

    messages: list[Listed] = []


class Created(msgspec.Struct, frozen=True):
    """``{"sid": "SM…", "status": "queued", "error_code": null, "error_message": null, "num_segments": "1"}``."""

    sid: str = ""
    status: str = ""
    error_code: int | None = None
    error_message: str | None = None


class Problem(msgspec.Struct, frozen=True):
    """``{"code": 21610, "message": "…", "more_info": "https://…", "status": 400}``."""

    code: int = 0
    message: str | None = None


class AccountFacts(msgspec.Struct, frozen=True):
    """``{"sid": "AC…", "status": "active", "friendly_name": "…"}``."""

    status: str = ""
