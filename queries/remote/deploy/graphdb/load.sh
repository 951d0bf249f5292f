#!/bin/sh -e
# GraphDB, already running. Run in this folder; then
#   her2kg show ToGA --endpoint "http://127.0.0.1:7200/repositories/her2kg?default-graph-uri=https://w3id.org/her2kg/graph"
# Its default graph is the union of all graphs, so the data have their own and the address names it. No inference: all
# that follows is in the file.
at=${GRAPHDB:-http://127.0.0.1:7200}
curl -fsS -F config=@repository.ttl "$at/rest/repositories"
put() {
  curl -fsS -X PUT -H "Content-Type: application/n-triples" --data-binary "@$1" \
    "$at/repositories/her2kg/rdf-graphs/service?graph=$2"
}
put her2kg.nt https://w3id.org/her2kg/graph
put her2kg-derived.nt https://w3id.org/her2kg/graph/derived
