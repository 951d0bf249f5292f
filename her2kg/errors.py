"""Every error the package raises; a leaf that imports nothing from it.

A message is one line and says what, where, and what to do next. The command line turns each of these into that line and
exit code 2.
"""


class Her2kgError(ValueError):
    """Base of all errors raised on purpose."""


class ResourceError(Her2kgError):
    """A file the package ships, or one the user names, cannot be used."""


class TurtleError(Her2kgError):
    """A Turtle file that cannot be read; the message names file and line."""


class QueryError(Her2kgError):
    """A SPARQL query that cannot be read or run."""


class HeaderError(QueryError):
    """A query file whose header is missing, malformed or does not fit its text."""


class ParameterError(Her2kgError):
    """A parameter that a query does not have, or a value of the wrong kind."""


class UnknownNameError(Her2kgError):
    """A name that nothing in the graph goes by."""


class AmbiguousNameError(Her2kgError):
    """A name that several things go by."""


class EndpointError(Her2kgError):
    """A SPARQL endpoint that cannot be reached, answers with an error, or holds no graph of this kind."""
