"""NCP SENS beside the dealer: notices by phone number, each call signed; written from the sheet."""

import base64
import hashlib
import hmac
import itertools
import re
from collections.abc import Mapping
from typing import Any, Final

from mim_desk.rehearsal.providers.provider import Clock
from mim_desk.rehearsal.providers.wire import Answer, Call, told

SERVICE: Final = "ncp:kkobizmsg:kr:1234567:juniper"
ACCESS_KEY: Final = "rehearsal0access"
SECRET_KEY: Final = "rehearsal0secret0of0nobody"  # noqa: S105  # of the rehearsal
PREFIX: Final = "/alimtalk/v2/"
_PATH: Final = f"{PREFIX}services/{SERVICE}/messages"
_SKEW_S: Final = 300.0
_DIGITS: Final = re.compile(r"[0-9]{1,20}")
SETTINGS: Final = {"notices": "sens", "sens_service_id": SERVICE, "sens_access_key": ACCESS_KEY}
SECRETS: Final = {"sens_secret_key": SECRET_KEY}


class Sens:
    """A project with one channel.

    Attributes:
        approved: the texts by code, with ``#{}`` where a blank is; another text than the approved one is refused.
        heard: the notices that phones got: the country and number, and the text.
    """

    def __init__(self, channel: str, clock: Clock) -> None:
        self.channel, self.clock = channel, clock
        self.approved: dict[str, str] = {}
        self.heard: list[tuple[str, str]] = []
        self._ids = itertools.count(1)

    def answer(self, call: Call) -> Answer:
        """Answer a call below ``PREFIX``."""
        why = self._forged(call)
        if why:
            return told({"error": {"errorCode": "200", "message": "Authentication Failed", "details": why}}, 401)
        if call.path != _PATH:
            return told({"error": {"errorCode": "300", "message": "Not Found Exception"}}, 404)
        if call.method != "POST":
            return told({"error": {"errorCode": "300", "message": "Method Not Allowed"}}, 405)
        return self._take(call.json())

    def _forged(self, call: Call) -> str:
        stamp = call.headers.get("x-ncp-apigw-timestamp", "")
        if not _DIGITS.fullmatch(stamp) or abs(self.clock() - int(stamp) / 1000) > _SKEW_S:
            return "Expired timestamp."
        if call.headers.get("x-ncp-iam-access-key") != ACCESS_KEY:
            return "Invalid access key."
        lines = f"{call.method} {call.path}\n{stamp}\n{ACCESS_KEY}"
        mark = base64.b64encode(hmac.new(SECRET_KEY.encode(), lines.encode(), hashlib.sha256).digest()).decode()
        return "" if hmac.compare_digest(mark, call.headers.get("x-ncp-apigw-signature-v2", "")) else "Bad signature."

    def _take(self, body: Mapping[str, Any]) -> Answer:
        messages = body.get("messages") or []
        if body.get("plusFriendId") != self.channel or not 1 <= len(messages) <= 100:
            return told({"status": 400, "errors": ["plusFriendId or messages is wrong"]}, 400)
        results = [self._send(str(body.get("templateCode", "")), one) for one in messages]
        return told({"requestId": f"r-{next(self._ids)}", "statusCode": "202", "messages": results}, 202)

    def _send(self, code: str, message: Mapping[str, Any]) -> dict[str, str]:
        head = {"messageId": f"m-{next(self._ids)}", "to": str(message.get("to", ""))}
        approved = self.approved.get(code)
        pattern = ".+".join(re.escape(part) for part in approved.split("#{}")) if approved is not None else ""
        if not pattern or not re.fullmatch(pattern, str(message.get("content", "")), re.DOTALL):
            desc = "The text differs from the approved template."
            return {**head, "requestStatusCode": "A401", "requestStatusName": "fail", "requestStatusDesc": desc}
        self.heard.append((f"+{message.get('countryCode', '82')} {message.get('to')}", str(message["content"])))
        return {**head, "requestStatusCode": "A000", "requestStatusName": "success", "requestStatusDesc": "ok"}
