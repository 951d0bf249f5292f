// Builds dist/: index.html, explorer.css, explorer.js and engine.js. The graph is no part of it: her2kg adds data.js.
import { readFile, mkdir, writeFile, rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = new URL("dist/", import.meta.url);
const at = (path) => new URL(path, import.meta.url);
const options = { bundle: true, minify: true, target: "es2023", charset: "utf8", legalComments: "none" };

const worker = await build({ ...options, entryPoints: [at("src/worker.ts").pathname], format: "iife", write: false });
const wasm = await readFile(at("node_modules/oxigraph/web_bg.wasm"));
const oxigraph = JSON.parse(await readFile(at("node_modules/oxigraph/package.json"), "utf8"));
// The package says its licence in its metadata alone, so the notice is made from that.
const notices = [
  `${oxigraph.name} ${oxigraph.version}, ${oxigraph.license}. ${oxigraph.homepage}. Copyright the Oxigraph contributors.`,
];

await rm(out, { recursive: true, force: true });
await mkdir(out);
// A page from file:// may not load a worker or WebAssembly from beside it: both travel as text.
await writeFile(
  new URL("engine.js", out),
  `/* ${notices.join("\n")} */\nglobalThis.her2kgEngine=${JSON.stringify({
    worker: worker.outputFiles[0].text,
    wasm: gzipSync(wasm, { level: 9 }).toString("base64"),
    notices,
  })};\n`,
);
await build({ ...options, entryPoints: [at("src/main.ts").pathname], format: "iife", outfile: new URL("explorer.js", out).pathname });
await build({ ...options, entryPoints: [at("src/style.css").pathname], outfile: new URL("explorer.css", out).pathname });
await writeFile(new URL("index.html", out), await readFile(at("src/index.html")));
