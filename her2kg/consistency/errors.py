"""What can go wrong while reading printed statistics; a leaf that imports nothing from the package."""

_SHOWN = 40


def shorten(text: str, limit: int = _SHOWN) -> str:
    """Return `text` quoted for a one-line message, cut after `limit` characters."""
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")


class ConsistencyError(ValueError):
    """Base of every error of the consistency checks."""


class PrintedNumberError(ConsistencyError):
    """A text that cannot be read as a number.

    Attributes
    ----------
    value : the offending text as printed
    """

    def __init__(self, value: str, problem: str) -> None:
        super().__init__(f"{shorten(value)} {problem}")
        self.value = value
        self.problem = problem

    def __reduce__(self) -> tuple[type["PrintedNumberError"], tuple[str, str]]:
        """Rebuild from both arguments: the default would pass the message alone and break across processes."""
        return type(self), (self.value, self.problem)


class ImpossibleNumberError(PrintedNumberError):
    """A readable number that its kind cannot take, such as a negative hazard ratio or a p value above one."""


class UnknownMeasureError(ConsistencyError):
    """A measure the checks have no rules for."""


class TableError(ConsistencyError):
    """A table that cannot be read; the message is one line and names the file and, where known, the line."""

    def __init__(self, name: str, problem: str, line: int | None = None) -> None:
        # A name may hold line breaks, and the message must stay one line.
        shown = "".join(char if char.isprintable() else "\ufffd" for char in name)
        where = shown if line is None else f"{shown}, line {line}"
        super().__init__(f"{where}: {problem}")
        self.name = name
        self.problem = problem
        self.line = line

    def __reduce__(self) -> tuple[type["TableError"], tuple[str, str, int | None]]:
        """Rebuild from all arguments, see `PrintedNumberError.__reduce__`."""
        return type(self), (self.name, self.problem, self.line)
