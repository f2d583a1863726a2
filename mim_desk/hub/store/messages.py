"""Messages: how people write them and what is told of them later, for all the hub."""

from mim_desk.hub.store.message_rows import (
    add_line,
    by_id,
    external_ids,
    id_of,
    last_incoming,
    name_parts,
    of_conversation,
    set_line,
)
from mim_desk.hub.store.messages_told import (
    add_echo,
    delete,
    delivery_times,
    edit,
    is_meant,
    merge_delivery,
    reached,
    react,
    read_by_contact,
    refile,
    tell,
    tell_early,
)
from mim_desk.hub.store.replies import AddedMessage, Moved, add_reply

__all__ = [
    "AddedMessage",
    "Moved",
    "add_echo",
    "add_line",
    "add_reply",
    "by_id",
    "delete",
    "delivery_times",
    "edit",
    "external_ids",
    "id_of",
    "is_meant",
    "last_incoming",
    "merge_delivery",
    "name_parts",
    "of_conversation",
    "reached",
    "react",
    "read_by_contact",
    "refile",
    "set_line",
    "tell",
    "tell_early",
]
