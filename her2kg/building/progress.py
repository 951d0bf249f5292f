"""One line that tells how far long work has come: on standard error, and only where a person watches."""

from __future__ import annotations

import sys
import time

_EVERY = 0.2


class Progress:
    """A counter shown as one line that is written over; silent unless standard error is a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._last = 0.0
        self._width = 0

    def say(self, what: str, done: int = 0, total: int = 0) -> None:
        """Show a step, or how much of it is done; at most five times a second."""
        now = time.monotonic()
        if not self._shown or (0 < done < total and now - self._last < _EVERY):
            return
        self._last = now
        line = f"{what}: {done:,} of {total:,}" if total else what
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)

    def end(self) -> None:
        """Wipe the line."""
        if self._shown and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
