// Reads an export with the program it is for, and prints what that program holds: {nodes: {id: data}, edges: {id: [source, target, data]}}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const [form, path] = process.argv.slice(3);
const text = readFileSync(path, "utf-8");

function print(nodes, edges, more = {}) {
  process.stdout.write(JSON.stringify({ nodes, edges, ...more }), () => process.exit(0));
}

function printGraph(graph) {
  const nodes = {}, edges = {};
  graph.forEachNode((key, data) => { nodes[key] = data; });
  graph.forEachEdge((key, data, source, target) => { edges[key] = [source, target, data]; });
  print(nodes, edges);
}

if (form === "cytoscape") {
  const cytoscape = require("cytoscape");
  const complaints = [];
  for (const level of ["warn", "error"]) console[level] = (...said) => complaints.push(said.join(" "));
  const cy = cytoscape({ headless: true, styleEnabled: true, ...JSON.parse(text) });
  const nodes = {}, edges = {}, colours = {};
  cy.nodes().forEach((node) => { nodes[node.id()] = node.data(); colours[node.id()] = node.style("background-color"); });
  cy.edges().forEach((edge) => { edges[edge.id()] = [edge.source().id(), edge.target().id(), edge.data()]; });
  cy.destroy();
  print(nodes, edges, { complaints, colours });
} else {
  const { MultiDirectedGraph: Graph } = require("graphology");
  if (form === "sigma") {
    printGraph(Graph.from(JSON.parse(text)));
  } else {
    const { parse } = require(form === "gexf" ? "graphology-gexf" : "graphology-graphml");
    const { DOMParser } = require("@xmldom/xmldom");
    globalThis.DOMParser = DOMParser;
    printGraph(parse(Graph, text));
  }
}
