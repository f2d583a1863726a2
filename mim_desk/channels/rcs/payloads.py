"""What RCS Business Messaging says, with the fields we read; a trimmed sample above each.

See https://developers.google.com/business-communications/rcs-business-messaging/guides/build/events.
"""

import msgspec


class Pushed(msgspec.Struct, frozen=True):
    """The inner part of the envelope: Base64 of the event."""

    data: str = ""


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """``{"message": {"data": "eyJ0...", "attributes": {}}}``, or at set-up ``{"clientToken": "...", "secret": "..."}``."""

    message: Pushed | None = None
    client_token: str = ""
    secret: str = ""


class FileFacts(msgspec.Struct, frozen=True, rename="camel"):
    """``{"mimeType": "image/png", "fileSizeBytes": 1, "fileUri": "https://...", "fileName": "a.png"}``."""

    mime_type: str = ""
    file_size_bytes: int | str = 0
    file_uri: str = ""
    file_name: str = ""


class UserFile(FileFacts, frozen=True, rename="camel"):
    """A file with its thumbnail, which we do not need; gateways leave out the inner object."""

    payload: FileFacts | None = None


class Tapped(msgspec.Struct, frozen=True, rename="camel"):
    """``{"postbackData": "size-m", "text": "M", "type": "REPLY"}``."""

    postback_data: str = ""
    text: str = ""


class Location(msgspec.Struct, frozen=True):
    """Degrees."""

    latitude: float = 0.0
    longitude: float = 0.0


class Told(msgspec.Struct, frozen=True, rename="camel"):
    """``{"senderPhoneNumber": "+1...", "agentId": "brand", "sendTime": "2025-...Z", "messageId": "...", "text": "Hi"}``.

    Attributes:
        phone_number: names the contact in events of the platform's own.
    """

    sender_phone_number: str = ""
    phone_number: str = ""
    agent_id: str = ""
    send_time: str = ""
    message_id: str = ""
    event_id: str = ""
    event_type: str = ""
    text: str | None = None
    user_file: UserFile | None = None
    suggestion_response: Tapped | None = None
    location: Location | None = None


class ServiceAccount(msgspec.Struct, frozen=True):
    """The key file of a service account."""

    client_email: str
    private_key: str


class TokenAnswer(msgspec.Struct, frozen=True):
    """``{"access_token": "...", "expires_in": 3599}``."""

    access_token: str = ""
    expires_in: float = 0.0


class Sent(msgspec.Struct, frozen=True):
    """``{"name": "phones/+1.../agentMessages/<id>"}``."""

    name: str = ""
