"""Writers of the graph, or of a view of it, in the formats of other tools; one thin module per format."""
