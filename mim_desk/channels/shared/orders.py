"""An order as lines of text, the same in each network of Meta."""


def order_line(quantity: object, name: object, price: object, currency: str | None) -> str:
    """``2 × SKU-1 (30 EUR)``; one piece where no number is told."""
    told = f" ({price} {currency or ''}".rstrip() + ")" if price is not None else ""
    return f"{1 if quantity is None else quantity} × {name or '?'}{told}"
