"""A sign-in service at the edge: access tokens for refresh tokens (RFC 6749, section 6), each refresh token good once."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.hub.edge import Call
from tests.hub.gateway import Answer

CLIENT_ID, CLIENT_SECRET = "client-of-the-tests", "client-secret-of-the-tests"


@dataclass
class TokenService:
    """Answers calls for tokens.

    Attributes:
        refresh_token: the only one that is good.
        rotates: each answer brings another, and the one before is good no more.
        lasts_s: what it says of a token's life.
        good: access tokens that mail servers take.
        asked: the forms that came.
        answer: given to the next calls instead.
    """

    refresh_token: str = "refresh-1"
    rotates: bool = True
    lasts_s: int = 3600
    good: set[str] = field(default_factory=set)
    asked: list[dict[str, str]] = field(default_factory=list)
    answer: Answer | None = None

    def __call__(self, call: Call) -> Answer:
        form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        self.asked.append(form)
        if self.answer is not None:
            return self.answer
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _no("invalid_client")
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh_token:
            return _no("invalid_grant")
        token = f"access-{len(self.asked)}"
        self.good.add(token)
        told: dict[str, object] = {"access_token": token, "expires_in": self.lasts_s, "token_type": "Bearer"}
        if self.rotates:
            self.refresh_token = f"refresh-{len(self.asked) + 1}"
            told["refresh_token"] = self.refresh_token
        return Answer(body=json.dumps(told).encode())


def _no(error: str) -> Answer:
    return Answer(400, json.dumps({"error": error, "error_description": "no"}).encode())
