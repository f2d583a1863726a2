"""What Messenger and Instagram have in common: people with ids of the account's own, the Send API, events of one person."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from mim_desk.rehearsal.phone import Button, Heard, Phone
from mim_desk.rehearsal.providers.commenting import GONE, Comment, Comments, named_in, refusal
from mim_desk.rehearsal.providers.graph import APP_ID, DAY_S, ORDERED, Graph, error, faults, fields
from mim_desk.rehearsal.providers.history import History
from mim_desk.rehearsal.providers.meta_news import OTHER_APP, notification_wish
from mim_desk.rehearsal.providers.posting import CALM, Mischief
from mim_desk.rehearsal.providers.provider import Clock, Order
from mim_desk.rehearsal.providers.wire import Answer, Call, told
from mim_desk.rehearsal.scripts import Act, Script

HUMAN_DAYS_S: Final = 7 * DAY_S
CLOSED: Final = error(10, "This message is sent outside of allowed window.", 2018278)
ELSEWHERE: Final = error(10, "Message failed to send because another app is controlling this thread now.")
_TYPES: Final = ("RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY", None)
_ACTIONS: Final = ("typing_on", "typing_off", "mark_seen", "react", "unreact")
REFUSALS: Final = {
    **ORDERED,
    Order.WINDOW_CLOSED: CLOSED,
    Order.BLOCKED: error(551, "This person isn't receiving messages from you right now.", 1545041),
    Order.BUSY: error(613, "Calls to this API have exceeded the rate limit.", status=429, retry_after="1"),
}


class SendApi(Graph):
    """An account whose people write privately."""

    refusals = REFUSALS
    senders: ClassVar[Sequence[str]] = ()
    """Whose ``/messages`` takes messages."""
    second_reply: ClassVar[Answer] = error(10900, "This comment was replied to privately already.")
    """To a second private reply to one comment."""

    def __init__(self, mischief: Mischief = CALM, clock: Clock = time.time) -> None:
        super().__init__(mischief, clock)
        self.people: dict[str, PrivatePhone] = {}
        self.attachments: dict[str, bytes] = {}
        self.history = History()

    def node(self) -> Mapping[str, Any]:
        """The account itself."""
        raise NotImplementedError

    def content_fault(self, message: Mapping[str, Any]) -> str:
        """What is wrong with what is to be sent, by the limits of this network."""
        raise NotImplementedError

    def sent(self, phone: "PrivatePhone", mid: str, message: Mapping[str, Any]) -> None:
        """Tell the hub what the network tells of a message of ours."""
        raise NotImplementedError

    def next_mid(self) -> str:
        """The id of a message."""
        return f"m_rehearsal{self.next_number():06}"

    def entries(self, news: Sequence[Any]) -> list[dict[str, Any]]:
        head = {"id": self.account, "time": int(self.clock() * 1000)}
        return [
            {**head, "standby": [one["standby"]]} if "standby" in one else {**head, "messaging": [one]} for one in news
        ]

    def take(self, phone: "PrivatePhone", note: str = "") -> None:
        """Another app takes the chat: from now on what is said there is told to be read alone."""
        phone.is_elsewhere = True
        owners = {"previous_owner_app_id": str(APP_ID), "new_owner_app_id": str(OTHER_APP)}
        self.poster.post({**phone.head(), "take_thread_control": {**owners, "metadata": note}})

    def hand_over(self, phone: "PrivatePhone", note: str = "") -> None:
        """The other app hands the chat to us."""
        phone.is_elsewhere = False
        owners = {"previous_owner_app_id": str(OTHER_APP), "new_owner_app_id": str(APP_ID)}
        self.poster.post({**phone.head(), "pass_thread_control": {**owners, "metadata": note}})

    def asked(self, call: Call, path: Sequence[str]) -> Answer:
        match (call.method, *path):
            case "GET", node if node in self.senders:
                return fields(call, self.node())
            case "GET", person if found := self.people.get(person):
                return fields(call, found.profile())
            case "GET", sender, "conversations" if sender in self.senders:
                return self.history.answer(call, "conversations") or self.unknown(call)
            case "GET", name:
                return self.history.answer(call, name) or self.unknown(call)
            case "POST", sender, "messages" if sender in self.senders:
                if "sender_action" in call.json():
                    return self._act(call.json())
                take = self._take_private if named_in(call.json()) else self._take
                return self.as_ordered(lambda: take(call.json()))
        return self.unknown(call)

    def comments(self) -> Comments:
        """The public comments whose authors can be written to privately."""
        return Comments()

    def private_phone(self, comment: Comment) -> "PrivatePhone | None":
        """The private side of who wrote a comment."""
        raise NotImplementedError

    def _take_private(self, body: Mapping[str, Any]) -> Answer:
        """One message for each comment, addressed by it; the window opens only once the person answers."""
        comment = self.comments().of_person(named_in(body))
        refused = refusal(comment, self.clock(), self.second_reply)
        if refused is not None or comment is None:
            return self.no(f"no private reply to {named_in(body)}", refused or GONE)
        message = body.get("message") or {}
        why = faults(
            (body.keys() & {"messaging_type", "tag", "reply_to"}, "a private reply has neither type nor quote"),
            (len([name for name in ("text", "attachment") if message.get(name)]) != 1, "not one content"),
        ) or self.content_fault(message)
        phone = self.private_phone(comment)
        if why or phone is None:
            return self.no(why, error(100, why))
        comment.answered_privately = True
        mid = self.next_mid()
        heard = replace(self._heard(mid, message, comment.id), kind="private")
        for ear in dict.fromkeys((comment.phone, phone)):
            ear.hear(heard)
        self.history.keep(phone.id, (self.account, phone.id), self.clock(), {**message, "mid": mid})
        self.sent(phone, mid, message)
        return told({"recipient_id": phone.id, "message_id": mid})

    def _act(self, body: Mapping[str, Any]) -> Answer:
        phone = self.people.get(str((body.get("recipient") or {}).get("id", "")))
        payload = body.get("payload") or {}
        action = body["sender_action"]
        why = faults(
            (phone is None, "no such person"),
            (action not in _ACTIONS, f"unknown sender_action {action!r}"),
            (
                body.keys() - {"recipient", "sender_action", "payload", "access_token"},
                "sender_action wants to be alone",
            ),
            (action in ("react", "unreact") and not payload.get("message_id"), "payload.message_id is missing"),
        )
        if why or phone is None:
            return self.no(why, error(100, why))
        if action in ("react", "unreact"):
            emoji = str(payload.get("reaction", ""))
            phone.hear(Heard(str(payload["message_id"]), emoji, self.brand, "reaction"))
        return told({"recipient_id": phone.id})

    def _take(self, body: Mapping[str, Any]) -> Answer:
        phone = self.people.get(str((body.get("recipient") or {}).get("id", "")))
        if phone is None:
            return self.no("no such person", error(100, "No matching user found.", 2018001))
        message, tag = body.get("message") or {}, body.get("tag")
        why = _body_fault(body) or self.content_fault(message) or _card_fault(message)
        if why:
            return self.no(why, error(100, why))
        if phone.is_elsewhere:
            return self.no("another app has the chat", ELSEWHERE)
        age_s = self.clock() - phone.wrote_at
        if age_s > (HUMAN_DAYS_S if tag == "HUMAN_AGENT" else DAY_S) and body.get("messaging_type") != "UTILITY":
            return self.no("the window is closed", CLOSED)
        mid = self.next_mid()
        phone.hear(self._heard(mid, message, str((body.get("reply_to") or {}).get("mid", ""))))
        self.history.keep(phone.id, (self.account, phone.id), self.clock(), {**message, "mid": mid})
        self.sent(phone, mid, message)
        return told({"recipient_id": phone.id, "message_id": mid})

    def _heard(self, mid: str, message: Mapping[str, Any], quotes: str) -> Heard:
        first: Mapping[str, Any] = next(iter(message.get("attachments") or ()), {})
        attached = message.get("attachment") or first
        payload = attached.get("payload") or {}
        card: Mapping[str, Any] = next(iter(payload.get("elements") or ()), {})
        shown = str(payload.get("url") or card.get("image_url") or "")
        file = self.attachments.get(str(payload.get("attachment_id", "")), shown)
        replies = [(one.get("payload"), one.get("title")) for one in message.get("quick_replies") or ()]
        pressed = [
            (one.get("payload"), one.get("title"))
            for one in (*(payload.get("buttons") or ()), *(card.get("buttons") or ()))
        ]
        buttons = tuple(Button(str(id_), str(title)) for id_, title in (*replies, *pressed))
        words = "\n".join(filter(None, (card.get("title"), card.get("subtitle"))))
        text = str(message.get("text") or payload.get("text") or words)
        return Heard(mid, text, self.brand, str(attached.get("type") or "text"), file, buttons, quotes)


def _body_fault(body: Mapping[str, Any]) -> str:
    """What is wrong with a call of the Send API, whoever it is for."""
    message, tag = body.get("message") or {}, body.get("tag")
    return faults(
        (body.get("messaging_type") not in _TYPES, "unknown messaging_type"),
        (body.get("messaging_type") == "MESSAGE_TAG" and tag != "HUMAN_AGENT", f"the tag {tag!r} is retired"),
        (body.get("persona_id"), "the customer would see another name than the brand's"),
        (
            len([name for name in ("text", "attachment", "attachments") if message.get(name)]) != 1,
            "not one content",
        ),
        (len(message.get("quick_replies") or ()) > 13, "more than 13 quick replies"),
        (
            any(len(one.get("title", "")) > 20 for one in message.get("quick_replies") or ()),
            "a long quick reply",
        ),
        (len(str(message.get("metadata", ""))) > 1000, "metadata is longer than 1000"),
    )


def _card_fault(message: Mapping[str, Any]) -> str:
    """What is wrong with the cards of a generic template."""
    payload = (message.get("attachment") or {}).get("payload") or {}
    cards = payload.get("elements") or ()
    if payload.get("template_type") != "generic":
        return ""
    return faults(
        (not 1 <= len(cards) <= 10, "1 to 10 cards"),
        (any(not 0 < len(one.get("title", "")) <= 80 or len(one) < 2 for one in cards), "a title of 80 and more"),
        (any(len(one.get("subtitle", "")) > 80 for one in cards), "a subtitle longer than 80"),
        (any(len(one.get("buttons") or ()) > 3 for one in cards), "more than 3 buttons on a card"),
    )


class PrivatePhone(Phone):
    """A person in a private conversation.

    Attributes:
        id: by which this account, and no other, knows the person.
        is_elsewhere: another app has the chat.
        picture: what the person shows of themselves; none where it is empty.
    """

    def __init__(self, network: SendApi, script: Script, id_: str) -> None:
        super().__init__()
        self.id = id_
        self.wrote_at = 0.0
        self.is_elsewhere = False
        self.picture = b""
        self.name = script.name
        self.network = network
        self.last = ""

    def profile(self) -> dict[str, Any]:
        """What the network tells of the person."""
        first, _, last = self.name.partition(" ")
        return {"id": self.id, "name": self.name, "first_name": first, "last_name": last, **self.shown()}

    def shown(self) -> dict[str, str]:
        """Where the person's picture is."""
        return {"profile_pic": self.network.portrait(self.id, self.picture)} if self.picture else {}

    def tell(self, **event: Any) -> None:
        """Something that the person does now."""
        self.wrote_at = now = self.network.clock()
        if "message" in event:
            self.network.history.keep(self.id, (self.id, self.network.account), now, event["message"])
        told = {**self.head(), **event}
        self.network.poster.post({"standby": told} if self.is_elsewhere else told)

    def head(self) -> dict[str, Any]:
        """Who does something, where and when."""
        now = int(self.network.clock() * 1000)
        return {"sender": {"id": self.id}, "recipient": {"id": self.network.account}, "timestamp": now}

    def come_by(self, ref: str, ad: str = "") -> None:
        """Open the chat by a link of the brand's, or by an ad."""
        shown = {"ads_context_data": {"ad_title": ad}} if ad else {}
        self.tell(referral={"ref": ref, "source": "ADS" if ad else "SHORTLINK", "type": "OPEN_THREAD", **shown})

    def ask_for_news(self, title: str) -> None:
        """Let the brand write about a topic."""
        self.tell(optin=notification_wish(title, self.network.clock()))

    async def do(self, act: Act) -> None:
        ours = self.heard[-1].id if self.heard else ""
        button = self.button(act.text)
        match act.kind:
            case "react" if ours:
                action = {"mid": ours, "action": "react", "reaction": "other", "emoji": act.text}
                return self.tell(reaction=action)
            case "edit" if self.last:
                return self.tell(message_edit={"mid": self.last, "text": act.text, "num_edit": 1})
            case "unsend" if self.last:
                return self.tell(message={"mid": self.last, "is_deleted": True})
        self.last = self.network.next_mid()
        message: dict[str, Any] = {"mid": self.last}
        if act.kind == "press" and button:
            return self.tell(message={**message, "text": button.title, "quick_reply": {"payload": button.id}})
        if act.kind == "quote" and ours:
            message["reply_to"] = {"mid": ours}
        attached = self.attached(act)
        if attached:
            message["attachments"] = [attached]
        if act.text and not (attached and act.kind in ("place", "sticker")):
            message["text"] = act.text
        return self.tell(message=message)

    def attached(self, act: Act) -> dict[str, Any]:
        """The attachment of an act; empty where there is none."""
        if act.kind == "place" and act.at:
            place = {"coordinates": {"lat": act.at[0], "long": act.at[1]}}
            return {"type": "location", "title": act.text, "payload": place}
        if not act.file:
            return {}
        kept = self.network.keep(act)
        family = kept.mime_type.partition("/")[0]
        payload: dict[str, Any] = {"url": f"{self.network.address}/files/{kept.id}"}
        if act.kind == "sticker":
            payload["sticker_id"] = 369239263222822 + 1
        return {"type": family if family in ("image", "video", "audio") else "file", "payload": payload}
