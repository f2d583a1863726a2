"""What the Graph tells to those who ask instead of waiting for the webhook: conversations, and their messages."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from mim_desk.rehearsal.providers.wire import Answer, Call, told

_LATEST: Final = 20


def graph_time(seconds: float) -> str:
    """A time as the Graph writes it, in whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


class History:
    """The messages of an account, by person."""

    def __init__(self) -> None:
        self._by_person: dict[str, list[dict[str, Any]]] = {}

    def keep(self, person: str, sides: tuple[str, str], at: float, message: Mapping[str, Any]) -> None:
        """A message was written; ``sides`` are who wrote it and to whom."""
        if message.get("is_deleted"):
            return
        attached = [*(message.get("attachments") or ()), *filter(None, [message.get("attachment")])]
        kept: dict[str, Any] = {
            "id": message["mid"],
            "created_time": graph_time(at),
            "from": {"id": sides[0]},
            "to": {"data": [{"id": sides[1]}]},
            "message": message.get("text", ""),
        }
        if attached:
            kept["attachments"] = {"data": [_attachment(one) for one in attached]}
        if (message.get("reply_to") or {}).get("mid"):
            kept["reply_to"] = dict(message["reply_to"])
        self._by_person.setdefault(person, []).append(kept)

    def answer(self, call: Call, name: str) -> Answer | None:
        """The conversations, one of them, or a message; None for anything else."""
        if name == "conversations":
            return told(self._listing(call))
        if name.startswith("t_") and name[2:] in self._by_person:
            latest = self._by_person[name[2:]][: -_LATEST - 1 : -1]
            if "{" not in call.query.get("fields", ""):
                latest = [{"id": one["id"], "created_time": one["created_time"]} for one in latest]
            return told({"id": name, "messages": {"data": latest}})
        found = (one for messages in self._by_person.values() for one in messages if one["id"] == name)
        return next((told(one) for one in found), None)

    def _listing(self, call: Call) -> dict[str, Any]:
        changed = {person: messages[-1]["created_time"] for person, messages in self._by_person.items()}
        order = sorted(changed, key=lambda person: changed[person], reverse=True)
        start, most = int(call.query.get("after", "0")), int(call.query.get("limit", "25"))
        paging: dict[str, Any] = {"cursors": {"after": str(start + most)}}
        if start + most < len(order):
            paging["next"] = "https://graph.example/next"
        shown = order[start : start + most]
        return {"data": [{"id": f"t_{one}", "updated_time": changed[one]} for one in shown], "paging": paging}


def _attachment(told_by_webhook: Mapping[str, Any]) -> dict[str, Any]:
    kind, url = told_by_webhook.get("type"), (told_by_webhook.get("payload") or {}).get("url")
    field = {"image": "image_data", "video": "video_data"}.get(str(kind))
    return {field: {"url": url}} if field else {"mime_type": f"{kind}/octet-stream", "file_url": url}
