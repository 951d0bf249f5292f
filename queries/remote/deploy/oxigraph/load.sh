#!/bin/sh -e
# Oxigraph server: pip install oxigraph. Run in this folder; then
#   her2kg ask "which agents failed phase III in second line" --endpoint http://127.0.0.1:7878/query
# It forwards SERVICE and does not hold its own time limit: keep it on a trusted network.
oxigraph load --location store --file her2kg.nt
oxigraph load --location store --file her2kg-derived.nt --graph https://w3id.org/her2kg/graph/derived
oxigraph optimize --location store
exec oxigraph serve-read-only --location store --bind "127.0.0.1:${PORT:-7878}"
