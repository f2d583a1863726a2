"""Templates of the workspace's WhatsApp inbox, as the pictures show them."""

from datetime import timedelta

import msgspec

from mim_desk.desk.cache.apply import Batch
from mim_desk.desk.shapes import ListRow
from mim_desk.domain.template import ButtonKind, Parameter, ParameterKind, Part, PartKind, TemplateStatus
from mim_desk.protocol import rows
from tests.desk.workspace import an_id, inbox
from tests.ui.stage import Stage

INBOX = inbox("whatsapp")


def body(text: str, *names: str, also: tuple[ParameterKind, ...] = ()) -> Part:
    blanks = tuple(Parameter(f"body.{name}", name=name, also=also) for name in names)
    return Part("body", PartKind.BODY, text, blanks, longest=1024)


LINK = Part(
    "button.0",
    PartKind.BUTTON,
    "Ver el pedido",
    (Parameter("button.0.link", ParameterKind.LINK_END, "1"),),
    ButtonKind.LINK,
    "https://acme.example/t/{{1}}",
    longest=2000,
)
READY = (
    Part("header", PartKind.HEADER, "Tu artículo ya está aquí"),
    body("Hola {{1}}, tu {{2}} ya está en la tienda {{3}}. Lo guardamos 7 días.", "1", "2", "3"),
    LINK,
)
READY_EN = (body("Hello {{1}}, your {{2}} is in the shop {{3}}. We keep it for 7 days.", "1", "2", "3"), LINK)
PHOTO = (
    Part("header", PartKind.HEADER, parameters=(Parameter("header.image", ParameterKind.IMAGE),)),
    body("Look, {{first_name}}: it costs {{price}}.", "first_name", "price", also=(ParameterKind.CURRENCY,)),
    Part("footer", PartKind.FOOTER, "Juniper & Sail"),
)


def template(number: int, name: str, parts: tuple[Part, ...], **more: object) -> rows.Template:
    told: dict[str, object] = {"language": "es", "category": "utility", **more}
    return rows.Template(an_id(12, number), INBOX.id, name, parts=list(parts), **told)  # type: ignore[arg-type]


TEMPLATES = (
    template(1, "item_ready", READY),
    template(2, "item_ready", READY_EN, language="en_US"),
    template(3, "order_shipped", (body("Tu pedido {{1}} ha salido hoy y llega el {{2}}.", "1", "2"),)),
    template(4, "appointment", (body("Te esperamos el {{1}} a las {{2}}.", "1", "2"),)),
    template(5, "photo", PHOTO, language="en_US", category="marketing"),
    template(
        6,
        "we_missed_you",
        (body("Te echamos de menos."),),
        category="marketing",
        status=TemplateStatus.PENDING,
    ),
    template(
        7,
        "old_offer",
        (body("Solo hoy."),),
        category="marketing",
        status=TemplateStatus.REJECTED,
        reason="Its reason: invalid format.",
    ),
)


def bring(stage: Stage, *templates: rows.Template, inbox_row: rows.Inbox | None = None) -> None:
    """The hub told of templates, and that the inbox has some."""
    sheet = msgspec.structs.replace(INBOX.capabilities, templates=True)
    told: list[tuple[str, rows.Inbox | rows.Template]] = [
        ("inbox", inbox_row or msgspec.structs.replace(INBOX, capabilities=sheet, version=2)),
        *(("template", one) for one in templates),
    ]

    def batch() -> Batch:
        made = Batch()
        for type_, row in told:
            made.put(type_, row, msgspec.json.encode(row))
        return made

    _, seq = stage.run(stage.session.cache.cursor())
    stage.publish(stage.run(stage.session.cache.apply(batch, seq + 1)))


def closed(stage: Stage, row: ListRow, hours: float = 18) -> ListRow:
    """The same conversation some hours after its reply window closed."""
    past = stage.session.hub_now() - timedelta(hours=hours)
    conversation = msgspec.structs.replace(row.conversation, reply_window_until=past)
    return ListRow(**{name: getattr(row, name) for name in ListRow.__struct_fields__} | {"conversation": conversation})
