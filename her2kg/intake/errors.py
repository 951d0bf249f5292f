"""What can go wrong on the way in; every message is one line that names file and place."""

from her2kg.errors import Her2kgError


class IntakeError(Her2kgError):
    """A file that cannot be imported, or is not what it is said to be."""


class ClashError(IntakeError):
    """A draft says of a thing what the data say otherwise."""


class RefusedError(IntakeError):
    """A draft that did not pass validation or checks; `findings` holds what they said, one line each."""

    def __init__(self, message: str, findings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class LockedError(IntakeError):
    """Another process is writing to the same data folder."""
