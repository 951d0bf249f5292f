"""Views of the graph as typed property graphs, for tools that know nodes, edges and attributes but no RDF.

``from her2kg.projection.views import project``; this module imports nothing, so that naming the views costs nothing.
"""
