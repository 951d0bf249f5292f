// Builds dist/: index.html, explorer.css, explorer.js and engine.js. The graph is no part of it: her2kg adds data.js.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = new URL("dist/", import.meta.url);
const at = (path) => new URL(path, import.meta.url);
const options = { bundle: true, minify: true, target: "es2023", charset: "utf8", legalComments: "none" };

const wasm = await readFile(at("node_modules/oxigraph/web_bg.wasm"));
const oxigraph = JSON.parse(await readFile(at("node_modules/oxigraph/package.json"), "utf8"));
// The package says its licence in its metadata alone, so the notice is made from that.
const notices = [
  `${oxigraph.name} ${oxigraph.version}, ${oxigraph.license}. ${oxigraph.homepage}. Copyright the Oxigraph contributors.`,
];

/** Put a file in its place whole, as somebody may be reading the one it replaces. */
async function put(name, content) {
  const written = new URL(`../.dist-${process.pid}-${name}`, out);
  await writeFile(written, content);
  await rename(written, new URL(name, out));
}

async function bundled(entry) {
  const { outputFiles } = await build({ ...options, entryPoints: [at(entry).pathname], format: "iife", write: false });
  return outputFiles[0].contents;
}

await mkdir(out, { recursive: true });
// A page from file:// may not load a worker or WebAssembly from beside it: both travel as text.
await put(
  "engine.js",
  `/* ${notices.join("\n")} */\nglobalThis.her2kgEngine=${JSON.stringify({
    worker: Buffer.from(await bundled("src/worker.ts")).toString(),
    wasm: gzipSync(wasm, { level: 9 }).toString("base64"),
    notices,
  })};\n`,
);
await put("explorer.js", await bundled("src/main.ts"));
await put("explorer.css", await bundled("src/style.css"));
await put("index.html", await readFile(at("src/index.html")));
