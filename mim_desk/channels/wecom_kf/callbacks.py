"""WeCom's callback: sealed, and it says only that there is something to be asked for."""

from typing import Final

from mim_desk.channels.base import Account, HandshakeAnswer, Nudge, Parsed, RawRequest, Unknown
from mim_desk.channels.shared.safe_xml import UnreadableXml, read_xml
from mim_desk.channels.shared.tencent import is_signed, query_of, sealed_in, unsealed
from mim_desk.domain.refusal import Refusal

SUCCESS: Final = HandshakeAnswer(b"success")
WORD_LASTS_S: Final = 570.0
"""WeCom's word is good for ten minutes; the question with it takes a moment."""


def verify(account: Account, request: RawRequest) -> None:
    """Raise a Refusal unless the callback is WeCom's own and opens with the inbox's key."""
    sealed = sealed_in(request.body)
    if not (sealed and is_signed(account, query_of(request), "msg_signature", sealed)):
        raise Refusal("bad-signature", "The signature of the sealed message does not match.")
    _opened(account, sealed)


def parsed(account: Account, body: bytes) -> Parsed:
    """A nudge for the news it tells of, which brings no message; anything else is not known."""
    try:
        told = read_xml(_opened(account, sealed_in(body))).leaves()
    except (Refusal, UnreadableXml) as problem:
        return Parsed((Unknown("body", str(problem)),), SUCCESS)
    name = told.get("event", "").strip().lower()
    if name != "kf_msg_or_event":
        return Parsed((Unknown(name[:60] or "callback"),), SUCCESS)
    ours, theirs = str(account.settings.get("open_kfid", "")), told.get("openkfid", "").strip()
    if theirs and theirs != ours:
        return Parsed((), SUCCESS)  # of another account of the company, which has an inbox of its own
    return Parsed((), SUCCESS, nudge=Nudge(told.get("token", "").strip(), WORD_LASTS_S))


def echo(account: Account, request: RawRequest) -> HandshakeAnswer:
    """The sealed word that WeCom wants to hear opened."""
    asked = query_of(request)
    word = asked.get("echostr", "")
    if not (word and is_signed(account, asked, "msg_signature", word)):
        raise Refusal("forbidden", "The token is not the one of this inbox.")
    return HandshakeAnswer(_opened(account, word))


def _opened(account: Account, sealed: str) -> bytes:
    return unsealed(account, sealed, str(account.settings.get("corp_id", "")))
