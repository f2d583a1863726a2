"""The people of the realistic workspace: names and words in many scripts, none of them real."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """One contact: what they are called, where they write, what they say and what they are told."""

    name: str
    channel: str
    address: str
    language: str
    lines: tuple[str, ...]
    answers: tuple[str, ...]
    label: str = ""


PEOPLE = (
    Person(
        "田中 結衣",
        "line",
        "yui.tanaka",
        "ja",
        ("こんにちは。注文番号は JS-47102 です。", "荷物はいつ届きますか？出発は明日です。"),
        ("お問い合わせありがとうございます。確認します。",),
        "Delivery",
    ),
    Person(
        "Marta Lindqvist",
        "whatsapp",
        "+46 70 555 01 42",
        "sv",
        (
            "Hi! Can I still change my booking?",
            "My flight to Lisbon was moved to 06:10 tomorrow. Can you change the hotel transfer?",
            "04:05 is fine 👍 We are two, with three suitcases.",
            "Will the driver wait if our flight is late?",
        ),
        (
            "Yes, Marta. Order by Wednesday and it arrives by Friday 27 November.",
            "Thank you, Marta. Pick-up would be at 04:05 from Hotel Avenida. Does that suit you?",
        ),
        "Booking change",
    ),
    Person(
        "王晓雯",
        "wechat",
        "xiaowen_wang",
        "zh",
        ("您好，我想改一下预订。", "请问酒店可以改到十二月三号吗？", "如果不行可以退款吗？"),
        ("您好，晓雯，我马上为您查询。",),
        "Booking change",
    ),
    Person(
        "김서연",
        "kakaotalk",
        "seoyeon.kim",
        "ko",
        ("안녕하세요, 환불 신청했어요.", "환불은 며칠 정도 걸리나요?"),
        ("안녕하세요, 확인해 드리겠습니다.",),
        "Refund",
    ),
    Person(
        "Diego Fuentes",
        "messenger",
        "diego.fuentes",
        "es",
        ("Hola, compré un abrigo.", "¿Puedo cambiar la talla del abrigo?"),
        ("Hola Diego, claro que sí.",),
        "Returns",
    ),
    Person(
        "Оксана Бондар",
        "viber",
        "+380 50 555 01 77",
        "uk",
        ("Добрий день! Я забронювала номер.", "Дякую! Чекаю на підтвердження бронювання."),
        ("Вітаємо, Оксано! Перевіряємо.",),
        "Booking",
    ),
    Person(
        "Ravi Menon",
        "telegram",
        "@ravimenon",
        "en",
        ("Is my gift card still valid?", "The code ends in 4471."),
        ("Hi Ravi, I am looking it up.",),
        "Gift card",
    ),
    Person(
        "Amira Khalil",
        "email",
        "amira@khalil.example",
        "ar",
        ("مرحبا، أحتاج فاتورة الحجز.", "Invoice for booking JS-47719", "هل يمكن إرسالها اليوم؟"),
        ("أهلاً أميرة، سنرسلها اليوم.",),
        "Invoice",
    ),
    Person(
        "Visitor 4821",
        "web_chat",
        "",
        "en",
        ("Hello", "do you have the linen shirt in blue?"),
        ("Hello! Let me check the shelves.",),
        "Stock question",
    ),
    Person(
        "+44 7700 900123",
        "sms",
        "+44 7700 900123",
        "en",
        ("Where is my pick-up?",),
        ("Your driver is two minutes away.",),
        "Pick-up",
    ),
    Person(
        "Sofia Brandt",
        "instagram",
        "sofia.brandt",
        "de",
        ("Ist das Kleid noch da?", "Gibt es das auch in Grün?"),
        ("Hallo Sofia, ja, beides.",),
        "",
    ),
    Person(
        "ณัฐวดี ศรีสุข",
        "line",
        "nattawadee",
        "th",
        ("สวัสดีค่ะ อยากทราบสถานะคำสั่งซื้อ", "สินค้าจะมาถึงวันไหนคะ"),
        ("สวัสดีค่ะ กำลังตรวจสอบให้นะคะ",),
        "Delivery",
    ),
    Person(
        "Nguyễn Thị Lan",
        "web_chat",
        "",
        "vi",
        ("Chào shop, tôi muốn đổi hàng.", "Đổi sang cỡ M được không?"),
        ("Chào chị Lan, được ạ.",),
        "Returns",
    ),
    Person(
        "יעל כהן",
        "whatsapp",
        "+972 55 555 0190",
        "he",
        ("שלום, ההזמנה עוד לא הגיעה.", "מתי המשלוח מגיע?"),
        ("שלום יעל, אנחנו בודקים.",),
        "Delivery",
    ),
)

CHANNELS = {
    "whatsapp": "WhatsApp",
    "line": "LINE",
    "instagram": "Instagram",
    "messenger": "Messenger",
    "wechat": "WeChat",
    "web_chat": "Web chat",
    "kakaotalk": "KakaoTalk",
    "viber": "Viber",
    "telegram": "Telegram",
    "email": "Email",
    "sms": "SMS",
}

LABELS = {
    "Delivery": "label-green",
    "Booking change": "label-blue",
    "VIP": "label-amber",
    "Refund": "label-red",
    "Returns": "label-pink",
    "Booking": "label-green",
    "Gift card": "label-purple",
    "Invoice": "label-amber",
    "Stock question": "label-green",
    "Pick-up": "label-green",
}

CANNED_REPLIES = (
    ("hello", "Greeting", "Hello {{contact.name|there}}, thank you for writing. How can we help?"),
    ("wait", "One moment", "One moment, {{contact.name|please}}. I am looking it up."),
    ("transfer", "Transfer time", "Your pick-up is at {{order.transfer_time}} from the hotel's main door."),
    ("refund", "Refund time", "A refund takes three to five working days after we receive the parcel."),
    ("bye", "Goodbye", "Thank you, {{contact.name|and}} have a good day. {{agent.name}}"),
    ("退款", "退款时间", "您好，退款一般需要三到五个工作日。"),
)
