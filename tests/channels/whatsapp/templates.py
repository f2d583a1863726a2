"""Templates as Meta lists them, with invented words: one of every kind."""

from typing import Any

ORDER_UPDATE: dict[str, Any] = {
    "name": "order_update",
    "language": "en_US",
    "id": "777001",
    "status": "APPROVED",
    "category": "UTILITY",
    "quality_score": {"score": "GREEN", "date": 1795305600},
    "rejected_reason": "NONE",
    "parameter_format": "POSITIONAL",
    "components": [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://cdn.example/h.jpg"]}},
        {
            "type": "BODY",
            "text": "Hi {{1}}, order {{2}} is on its way.",
            "example": {"body_text": [["Mina", "A-77"]]},
        },
        {"type": "FOOTER", "text": "Acme"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Stop offers"},
                {"type": "URL", "text": "Track", "url": "https://acme.example/t/{{1}}", "example": ["A-77"]},
                {"type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+15555550100"},
            ],
        },
    ],
}


def listed(name: str, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A listed template with other parts."""
    return {**ORDER_UPDATE, "name": name, "id": name, "components": list(components), **more}


NAMED = listed(
    "welcome",
    {"type": "HEADER", "format": "TEXT", "text": "Welcome {{guest}}"},
    {
        "type": "BODY",
        "text": "Your room {{room}} is ready.",
        "example": {"body_text_named_params": [{"param_name": "room", "example": "12"}]},
    },
    parameter_format="NAMED",
)
MEETING = listed(
    "meeting",
    {"type": "HEADER", "format": "LOCATION"},
    {"type": "BODY", "text": "We meet on {{1}}. It costs {{2}}."},
)
PASSCODE = listed(
    "passcode",
    {"type": "BODY", "text": "*{{1}}* is your code."},
    {"type": "FOOTER", "code_expiration_minutes": 5},
    {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy code"}]},
    category="AUTHENTICATION",
)
OFFER = listed(
    "offer",
    {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Expiring offer!", "has_expiration": True}},
    {"type": "BODY", "text": "20 % off."},
    {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": ["SAVE20"]}]},
    category="MARKETING",
)
CAROUSEL = listed(
    "carousel",
    {"type": "BODY", "text": "New for {{1}}"},
    {
        "type": "CAROUSEL",
        "cards": [
            {
                "components": [
                    {"type": "HEADER", "format": "IMAGE"},
                    {"type": "BODY", "text": f"Bag {place} for {{{{1}}}}"},
                    {
                        "type": "BUTTONS",
                        "buttons": [{"type": "URL", "text": "Buy", "url": "https://acme.example/{{1}}"}],
                    },
                ]
            }
            for place in range(2)
        ],
    },
)
PLAIN = listed("hello_world", {"type": "BODY", "text": "Hello."})
PRODUCTS = listed(
    "products",
    {"type": "BODY", "text": "See our list."},
    {"type": "BUTTONS", "buttons": [{"type": "MPM", "text": "View items"}]},
)
FORM = listed(
    "sign_up",
    {"type": "BODY", "text": "Shall we book you in?"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Not now"},
            {"type": "FLOW", "text": "Sign up", "flow_id": 4711, "flow_action": "NAVIGATE", "navigate_screen": "BOOK"},
        ],
    },
)
EVERYTHING = [ORDER_UPDATE, NAMED, MEETING, PASSCODE, OFFER, CAROUSEL, PLAIN, PRODUCTS, FORM]
