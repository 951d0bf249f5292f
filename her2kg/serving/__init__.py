"""The graph over HTTP: a SPARQL endpoint, the named queries, and a page for each thing.

One process speaks HTTP and holds no graph; others hold the graph and speak no HTTP. A query cannot be cancelled
inside the engine, a process can be killed: so every question is answered in a worker process, and a worker that takes
too long, too much memory, or its parser over the edge takes nothing with it but the one question it was given.

Questions run in two lanes. In the quick lane they have a quarter of a second; what is not done by then is stopped and
starts again in the slow lane, whose workers give way to everybody else (`her2kg.serving.pool`). This is why a look-up
beside five runaway queries is hardly slower than alone, and it costs an honest long query a quarter of a second.

Measured alternatives, in ``benchmarks/serving.py`` and ``docs/serving.md``: evaluating inside the HTTP process saves
the way to a worker and back, but what runs there cannot be stopped without dropping everybody's connection.
"""
