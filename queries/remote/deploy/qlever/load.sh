#!/bin/sh -e
# QLever: pip install qlever, and Docker for its engine. Run in this folder; then ask as below.
# QLever answers over the union of all graphs where none is named, so the data have their own and the address names it:
#   --endpoint "http://127.0.0.1:7001?default-graph-uri=https://w3id.org/her2kg/graph"
quads() { sed "s|\.\$|<$2> .|" "$1"; }
{ quads her2kg.nt https://w3id.org/her2kg/graph; quads her2kg-derived.nt https://w3id.org/her2kg/graph/derived; } > her2kg.nq
qlever index
exec qlever start
