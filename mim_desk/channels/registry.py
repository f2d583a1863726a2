"""The channels there are: one line each."""

from collections.abc import Mapping
from functools import cache

from mim_desk.channels.base import Adapter
from mim_desk.channels.connection import Driver
from mim_desk.channels.custom.adapter import CustomAdapter
from mim_desk.channels.email.adapter import EmailAdapter
from mim_desk.channels.email.driver import EmailDriver
from mim_desk.channels.facebook_comments.adapter import FacebookCommentsAdapter
from mim_desk.channels.instagram.adapter import InstagramAdapter
from mim_desk.channels.kakaotalk.adapter import KakaotalkAdapter
from mim_desk.channels.line.adapter import LineAdapter
from mim_desk.channels.manifest import Manifest, load_manifest
from mim_desk.channels.matrix.adapter import MatrixAdapter
from mim_desk.channels.messenger.adapter import MessengerAdapter
from mim_desk.channels.rcs.adapter import RcsAdapter
from mim_desk.channels.sms_smpp.adapter import SmsSmppAdapter
from mim_desk.channels.sms_smpp.driver import SmsSmppDriver
from mim_desk.channels.sms_twilio.adapter import SmsTwilioAdapter
from mim_desk.channels.telegram.adapter import TelegramAdapter
from mim_desk.channels.viber.adapter import ViberAdapter
from mim_desk.channels.web_chat.adapter import WebChatAdapter
from mim_desk.channels.wechat.adapter import WeChatAdapter
from mim_desk.channels.wecom_kf.adapter import WecomKfAdapter
from mim_desk.channels.whatsapp.adapter import WhatsappAdapter

ADAPTERS: Mapping[str, Adapter] = {
    "whatsapp": WhatsappAdapter(),
    "messenger": MessengerAdapter(),
    "instagram": InstagramAdapter(),
    "facebook_comments": FacebookCommentsAdapter(),
    "wechat": WeChatAdapter(),
    "wecom_kf": WecomKfAdapter(),
    "kakaotalk": KakaotalkAdapter(),
    "line": LineAdapter(),
    "viber": ViberAdapter(),
    "telegram": TelegramAdapter(),
    "sms_twilio": SmsTwilioAdapter(),
    "sms_smpp": SmsSmppAdapter(),
    "rcs": RcsAdapter(),
    "email": EmailAdapter(),
    "matrix": MatrixAdapter(),
    "web_chat": WebChatAdapter(),
    "custom": CustomAdapter(),
}
"""In the order in which they are offered."""

DRIVERS: Mapping[str, type[Driver]] = {"email": EmailDriver, "sms_smpp": SmsSmppDriver}
"""Of the channels above that hold a connection."""


@cache
def manifest(channel: str) -> Manifest:
    """What a registered channel announces."""
    return load_manifest(f"mim_desk.channels.{channel}")
