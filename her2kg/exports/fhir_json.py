"""JSON whose numbers keep their digits: 0.60 is written 0.60, as FHIR asks (its decimals have a precision).

The standard library writes a `Decimal` not at all, or as a float that drops the zero.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def dumps(value: Any, margin: str = "") -> str:
    """Return JSON, indented, of dictionaries, lists, texts, booleans, integers and decimals.

    Control characters, which FHIR forbids in a text, become U+FFFD.

    >>> dumps({"value": Decimal("0.60")})
    '{\\n "value": 0.60\\n}'
    """
    inner = margin + " "
    if isinstance(value, dict):
        items = [f"{inner}{dumps(key)}: {dumps(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{margin}}}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + dumps(item, inner) for item in value) + f"\n{margin}]"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str):
        value = _CONTROL.sub("\ufffd", value)
    return json.dumps(value, ensure_ascii=False)
