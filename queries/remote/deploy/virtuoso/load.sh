#!/bin/sh -e
# Virtuoso 7: apt-get install virtuoso-opensource-7. Run in this folder; then
#   her2kg ask "which agents failed phase III in second line" \
#     --endpoint "http://127.0.0.1:8890/sparql?default-graph-uri=https://w3id.org/her2kg/graph"
# virtuoso.ini listens on this machine only. Change the password of dba before it listens elsewhere.
virtuoso-t +foreground +configfile virtuoso.ini &
server=$!
trap 'kill "$server"' INT TERM
sql() { isql-vt "127.0.0.1:${SQL_PORT:-1111}" dba dba VERBOSE=OFF ERRORS=STDOUT "$@"; }
tries=0
until sql exec="status();" >/dev/null 2>&1; do
  tries=$((tries + 1)); [ "$tries" -lt 120 ] || { echo "Virtuoso did not start: see virtuoso.log" >&2; exit 1; }
  kill -0 "$server"; sleep 0.25
done
sql exec="DB.DBA.TTLP_MT(file_to_string_output('her2kg.nt'), '', 'https://w3id.org/her2kg/graph', 0);"
sql exec="DB.DBA.TTLP_MT(file_to_string_output('her2kg-derived.nt'), '', 'https://w3id.org/her2kg/graph/derived', 0); checkpoint;"
echo loaded
wait "$server"
