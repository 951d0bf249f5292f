"""Days as of which one asks."""

from __future__ import annotations

import re

from her2kg.errors import ParameterError

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def parse_date(text: str) -> str:
    """Return an ISO date; a month or a year alone stands for its last day.

    Raises
    ------
    ParameterError : it is none

    >>> parse_date("2020-04"), parse_date("2020")
    ('2020-04-30', '2020-12-31')
    """
    import calendar
    import datetime

    found = _DATE.fullmatch(text.strip())
    if found:
        year, month = int(found[1]), int(found[2] or 12)
        try:
            day = int(found[3] or (calendar.monthrange(year, month)[1] if 1 <= month <= 12 and year else 0))
            return datetime.date(year, month, day).isoformat()
        except ValueError:
            pass
    shown = text if len(text) <= 60 else text[:57] + "..."
    raise ParameterError(f"{shown!r} is no date: write YYYY-MM-DD, YYYY-MM or YYYY")


def today() -> str:
    """Return today's date, ISO."""
    import datetime

    return datetime.date.today().isoformat()
