"""The simulated providers there are: one line each."""

from collections.abc import Sequence

from mim_desk.rehearsal.providers.custom import Custom
from mim_desk.rehearsal.providers.email import Email
from mim_desk.rehearsal.providers.facebook_comments import FacebookComments
from mim_desk.rehearsal.providers.instagram import Instagram
from mim_desk.rehearsal.providers.kakaotalk import KakaoTalk
from mim_desk.rehearsal.providers.line import Line
from mim_desk.rehearsal.providers.matrix import Matrix
from mim_desk.rehearsal.providers.messenger import Messenger
from mim_desk.rehearsal.providers.provider import Provider
from mim_desk.rehearsal.providers.rcs import Rcs
from mim_desk.rehearsal.providers.sms_smpp import SmsSmpp
from mim_desk.rehearsal.providers.sms_twilio import SmsTwilio
from mim_desk.rehearsal.providers.telegram import Telegram
from mim_desk.rehearsal.providers.viber import Viber
from mim_desk.rehearsal.providers.wechat import WeChat
from mim_desk.rehearsal.providers.wecom_kf import WeComKf
from mim_desk.rehearsal.providers.whatsapp import WhatsApp

PROVIDERS: Sequence[type[Provider]] = (
    WhatsApp,
    Messenger,
    Instagram,
    FacebookComments,
    Line,
    Viber,
    Telegram,
    WeChat,
    WeComKf,
    KakaoTalk,
    SmsTwilio,
    SmsSmpp,
    Rcs,
    Matrix,
    Custom,
    Email,
)
