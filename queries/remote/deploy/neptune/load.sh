#!/bin/sh -e
# Amazon Neptune's bulk loader, from a machine in its network, with rights to the bucket. Then, signed by a proxy on
# this machine if the cluster wants signed requests:
#   her2kg show ToGA --endpoint "https://CLUSTER:8182/sparql?default-graph-uri=https://w3id.org/her2kg/graph"
: "${CLUSTER:?the endpoint of the cluster}" "${BUCKET:?s3://bucket/folder}" "${ROLE:?ARN of the role that may read it}" "${REGION:?its region}"
load() {
  aws s3 cp "$1" "$BUCKET/$1"
  curl -fsS -H "Content-Type: application/json" "https://$CLUSTER:8182/loader" -d "{
    \"source\": \"$BUCKET/$1\", \"format\": \"ntriples\", \"iamRoleArn\": \"$ROLE\", \"region\": \"$REGION\",
    \"failOnError\": \"TRUE\", \"queueRequest\": \"TRUE\", \"parserConfiguration\": { \"namedGraphUri\": \"$2\" } }"
}
load her2kg.nt https://w3id.org/her2kg/graph
load her2kg-derived.nt https://w3id.org/her2kg/graph/derived
