"""What can go wrong in a synthesis; a leaf."""

from her2kg.errors import Her2kgError


class SynthesisError(Her2kgError):
    """Base of every error of the synthesis: a method that the data do not allow, or an unknown one."""


class EstimateError(SynthesisError):
    """An estimate that cannot enter a synthesis, such as one without an interval; the message names it."""


class InadmissiblePoolError(SynthesisError):
    """Estimates that must not be pooled.

    Attributes
    ----------
    objections : every reason, one sentence each
    """

    def __init__(self, objections: tuple[str, ...]) -> None:
        super().__init__(
            f"not pooled: {'; '.join(objections)}. Narrow the selection, or force it and read the warnings"
        )
        self.objections = objections

    def __reduce__(self) -> tuple[type["InadmissiblePoolError"], tuple[tuple[str, ...]]]:
        """Rebuild from the objections: the default would pass the message alone and break across processes."""
        return type(self), (self.objections,)
