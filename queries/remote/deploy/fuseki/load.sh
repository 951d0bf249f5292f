#!/bin/sh -e
# Apache Jena Fuseki, its programs on the PATH. Run in this folder; then
#   her2kg show ToGA --endpoint http://127.0.0.1:3030/her2kg/sparql
tdb2.tdbloader --loc store her2kg.nt
tdb2.tdbloader --loc store --graph https://w3id.org/her2kg/graph/derived her2kg-derived.nt
exec fuseki-server --localhost --config config.ttl
