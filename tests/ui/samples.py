"""Rows as in the looks' pictures, built by hand: ten languages, every state of a row."""

from datetime import UTC, datetime, timedelta

from mim_desk.desk.shapes import ListKey, ListRow, ViewCounts
from mim_desk.domain.conversation import Priority, WaitingOn
from mim_desk.domain.message import AuthorType, DeliveryStatus, MessageKind, MessageType
from mim_desk.domain.people import Presence, Role
from mim_desk.protocol import rows

NOW = datetime(2026, 11, 22, 10, 40, tzinfo=UTC)
ME = rows.Agent("agent-lm", "Leo Martins", "leo", Role.AGENT, Presence.ONLINE)
LABELS = {
    "Delivery": "label-green",
    "Booking change": "label-blue",
    "VIP": "label-amber",
    "Refund": "label-red",
    "Returns": "label-magenta",
    "Booking": "label-blue",
    "Gift card": "label-violet",
    "Invoice": "label-amber",
    "Stock question": "label-green",
    "Pick-up": "label-green",
}


def clock(left_s: float, target_s: int = 900, at_risk_s: int = 180, state: str = "running") -> rows.Clock:
    """A clock that is due ``left_s`` after NOW."""
    due = NOW + timedelta(seconds=left_s)
    return rows.Clock(
        name="next_response",
        state=state,
        started_at=due - timedelta(seconds=target_s),
        due_at=due,
        target_s=target_s,
        at_risk_at=due - timedelta(seconds=at_risk_s),
        stopped_at=NOW if state == "met" else None,
    )


def row(
    number: int,
    name: str,
    channel: str,
    text: str,
    *,
    labels: tuple[str, ...] = (),
    left_s: float | None = None,
    unread: int = 0,
    kind: MessageKind = MessageKind.INCOMING,
    **changed: object,
) -> ListRow:
    """One list row; ``changed`` alters conversation or row."""
    author = rows.Author(AuthorType.AGENT, ME.id) if kind is MessageKind.REPLY else rows.Author(AuthorType.CONTACT)
    at = NOW - timedelta(minutes=number)
    conversation: dict[str, object] = {
        "id": f"c{number:04}",
        "number": 48200 + number,
        "contact_id": f"contact-{number}",
        "inbox_id": f"inbox-{channel}",
        "brand_id": "brand",
        "created_at": at,
        "version": 1,
        "labels": list(labels),
        "unread": unread,
        "assignee_id": ME.id,
        "last_activity_at": at,
        "last_message": rows.LastMessage(f"m{number}", kind, MessageType.TEXT, text, author, at),
        "clocks": [clock(left_s)] if left_s is not None else [],
    }
    own = {key: changed.pop(key) for key in list(changed) if key in ListRow.__struct_fields__}
    conversation.update(changed)
    return ListRow(
        conversation=rows.Conversation(**conversation),  # type: ignore[arg-type]
        contact_name=name,
        channel=channel,
        inbox_name=channel.title(),
        assignee_name=ME.name,
        key=ListKey(number, f"c{number:04}"),
        **own,  # type: ignore[arg-type]
    )


def inbox_rows() -> list[ListRow]:
    """The rows of looks/desk_light.png."""
    failed = rows.LastMessage(
        "mf", MessageKind.REPLY, MessageType.TEXT, "phone switched off", rows.Author(AuthorType.AGENT, ME.id), NOW,
        DeliveryStatus.FAILED,
    )  # fmt: skip
    return [
        row(1, "田中 結衣", "line", "荷物はいつ届きますか？出発は明日です。", labels=("Delivery",), left_s=-72, unread=2),
        row(2, "Marta Lindqvist", "whatsapp", "Will the driver wait if our flight is late?", labels=("Booking change", "VIP"), left_s=108),
        row(3, "王晓雯", "wechat", "请问酒店可以改到十二月三号吗？", labels=("Booking change",), left_s=250, unread=1),
        row(4, "김서연", "kakaotalk", "환불은 며칠 정도 걸리나요?", labels=("Refund",), left_s=391, unread=1, human_only=True),
        row(5, "Diego Fuentes", "messenger", "¿Puedo cambiar la talla del abrigo?", labels=("Returns",), left_s=685,
            reply_window_until=NOW + timedelta(minutes=42)),
        row(6, "Оксана Бондар", "viber", "Дякую! Чекаю на підтвердження бронювання.", labels=("Booking",), left_s=842),
        row(7, "Ravi Menon", "telegram", "", labels=("Gift card",), left_s=1320, draft="Hi Ravi, your pass is on its way to"),
        row(8, "Amira Khalil", "email", "Invoice for booking JS-47719", labels=("Invoice",), left_s=4800),
        row(9, "Visitor 4821", "web_chat", "do you have the linen shirt in", labels=("Stock question",), clocks=[clock(60, state="met")]),
        row(10, "+44 7700 900123", "sms", "", labels=("Pick-up",), waiting_on=WaitingOn.CUSTOMER, last_message=failed),
        row(11, "Sofia Brandt", "instagram", "Thank you, Sofia. Enjoy the trip!", kind=MessageKind.REPLY, priority=Priority.URGENT),
        row(12, "خالد العتيبي", "whatsapp", "هل ينتظر السائق إذا تأخرت الرحلة؟", labels=("VIP",), left_s=900),
    ]  # fmt: skip


def counts() -> ViewCounts:
    """The counts of looks/desk_light.png."""
    return ViewCounts(
        mine=11, unassigned=23, all=148, snoozed=5, drafts=1, failed=1,
        inboxes={f"inbox-{channel}": number for channel, number in
                 (("whatsapp", 41), ("line", 22), ("instagram", 19), ("messenger", 16), ("wechat", 14), ("web_chat", 12))},
        labels={"VIP": 6, "Returns": 14, "Delivery": 9},
    )  # fmt: skip
