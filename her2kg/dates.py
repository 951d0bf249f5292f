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


def day_before(text: str) -> str:
    """Return the ISO day before a date, or before the first day of a month or year.

    Raises
    ------
    ParameterError : it is no date

    >>> day_before("2013"), day_before("2020-03"), day_before("2020-01-01")
    ('2012-12-31', '2020-02-29', '2019-12-31')
    """
    import datetime

    parse_date(text)
    first = datetime.date.fromisoformat(text.strip() + "-01-01"[3 * text.strip().count("-") :])
    return (first - datetime.timedelta(days=1)).isoformat() if first > datetime.date.min else first.isoformat()


def today() -> str:
    """Return today's date, ISO."""
    import datetime

    return datetime.date.today().isoformat()
