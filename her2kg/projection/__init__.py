"""Views of the graph as typed property graphs, for tools that know nodes, edges and attributes but no RDF."""

from her2kg.projection.model import Attribute, ProjectionError, View
from her2kg.projection.views import VIEWS, project

__all__ = ["VIEWS", "Attribute", "ProjectionError", "View", "project"]
