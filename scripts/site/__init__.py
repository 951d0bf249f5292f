"""The documentation site: pages generated from ontology, queries, rules and shapes beside those written by hand.

``python -m scripts.site`` builds it. Nothing here knows what the graph is about: titles, terms, examples and rows are
read from the graph and its ontology.
"""
