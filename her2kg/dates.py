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


_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WHEN = (
    r"(?:(?P<iso>\d{4}(?:-\d{2}(?:-\d{2})?)?)|(?:(?P<day>\d{1,2})\s+)?(?P<month>"
    + "|".join(_MONTHS)
    + r")\s+(?P<year>\d{4})|(?P<now>today|now))\b"
)
_AS_OF = r"\b(?:as (?:of|known (?:on|in))|known (?:by|in|on)|by the end of|until|up to|before|back in)\s+" + _WHEN
_SINCE = r"\b(?:since|after|later than)\s+" + _WHEN


def take_dates(question: str) -> tuple[str, str | None, str | None]:
    """Return a question without its dates, the day it asks as of, and the day since when; None where it has none.

    >>> take_dates("what failed in second line as of April 2020")
    ('what failed in second line  ', '2020-04-30', None)
    >>> take_dates("which verdicts changed since 2023")[2]
    '2023-12-31'
    """
    if not any(word in question for word in ("0", "1", "2", "today", "now")):
        return question, None, None  # no date without a year; compiling the patterns is what costs
    as_of = re.search(_AS_OF, question, re.IGNORECASE)
    if as_of:
        question = question[: as_of.start()] + " " + question[as_of.end() :]
    since = re.search(_SINCE, question, re.IGNORECASE)
    if since:
        question = question[: since.start()] + " " + question[since.end() :]
    day = _day(as_of, before=as_of[0].casefold().startswith("before")) if as_of else None
    return question, day, _day(since) if since else None


def _day(found: re.Match[str], *, before: bool = False) -> str | None:
    if found["now"]:
        return None
    text = found["iso"]
    if not text:
        month = f"{found['year']}-{_MONTHS.index(found['month'].lower()) + 1:02}"
        text = f"{month}-{int(found['day']):02}" if found["day"] else month
    return day_before(text) if before else parse_date(text)
