"""Figures: what is drawn from the graph, and the layer it is drawn with.

``scene``     the primitives of a drawing, and the drawing: `her2kg.figures.scene.Scene`. Start here
``metrics``   widths of text, wrapping
``advances``  the widths themselves, made by ``scripts/make_advances.py``
``theme``     colours by role, light and dark
``svg``       a scene as SVG, standard library only
``plates``    a scene as PDF or PNG, by matplotlib (extra ``figures``)
``saving``    a scene to a file, by its suffix
``errors``    what can go wrong

``forest``        what a forest plot shows: rows, groups, pools, notes
``forest_rows``   a forest plot from the graph
``forest_scene``  laid out as a scene; ``forest_marks`` and ``log_axis`` hold what is inside its plot
``forest_text``   in characters, for a terminal
``forest_csv``    the data behind it

``maps``          the maps by name: `her2kg.figures.maps.drawn`
``evidence_map``  agents by line of therapy; ``timeline`` trials over time; ``network`` regimens and comparisons
``mechanism_map`` resistance; ``mechanisms`` holds what it shows
``neighbourhood`` a thing and what its page names
``figure``        a figure with the data behind it, as Python and notebooks get it
``marks``         a shape and a colour for each verdict
``sheet``         title, legend and notes around a figure
``layout``        places for what has none: layers, stacks, orders
"""
