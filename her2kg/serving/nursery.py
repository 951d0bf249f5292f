"""Imported by the fork server, and nowhere else: loads the graph once, so that every worker starts with it.

Where processes are spawned instead (Windows), each worker loads the graph itself.
"""

import json
import os

from her2kg.serving.worker import GRAPH_VARIABLE, graph

_files = os.environ.get(GRAPH_VARIABLE)
if _files is not None:
    graph(tuple(json.loads(_files)))
