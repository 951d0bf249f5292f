// Asking the engine, with a time limit that holds: a query that runs too long is ended with its thread.
import { data, inflate } from "./data";
import type { Reply } from "./worker";

declare global {
  var her2kgEngine: { worker: string; wasm: string; notices: string[] };
  var her2kgData: string;
}

export const JSON_RESULTS = "application/sparql-results+json";
let wasm: Promise<ArrayBuffer> | undefined;

export class TimeLimit extends Error {}

export class Engine {
  private worker: Worker | undefined;
  private waiting = new Map<number, { done: (text: string) => void; failed: (error: Error) => void }>();
  private last = 0;

  /** Open the graph in a thread; resolves when it can be asked. */
  private async start(): Promise<Worker> {
    wasm ??= inflate(globalThis.her2kgEngine.wasm);
    const code = await wasm;
    if (this.worker) return this.worker;
    const address = URL.createObjectURL(new Blob([globalThis.her2kgEngine.worker], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    this.worker = worker;
    worker.onmessage = ({ data: reply }: MessageEvent<Reply>) => {
      const asked = this.waiting.get(reply.id);
      this.waiting.delete(reply.id);
      if (reply.error !== undefined) asked?.failed(new Error(reply.error));
      else asked?.done(reply.text ?? "");
    };
    worker.onerror = (event) => this.stop(new Error(event.message || "the query engine did not start"));
    worker.postMessage({ wasm: code, ...data.graph });
    return worker;
  }

  /** Run a query and return what it gives in a format of SPARQL results or of RDF. */
  async ask(sparql: string, format = JSON_RESULTS, seconds = Infinity): Promise<string> {
    const worker = await this.start();
    return new Promise((done, failed) => {
      const id = ++this.last;
      const timer = Number.isFinite(seconds)
        ? setTimeout(() => this.stop(new TimeLimit(`stopped after ${seconds} seconds`)), seconds * 1000)
        : undefined;
      this.waiting.set(id, {
        done: (text) => (clearTimeout(timer), done(text)),
        failed: (error) => (clearTimeout(timer), failed(error)),
      });
      worker.postMessage({ id, sparql, format });
    });
  }

  /** End the thread and whatever runs in it; the next query opens the graph anew. */
  stop(why: Error): void {
    this.worker?.terminate();
    this.worker = undefined;
    const left = [...this.waiting.values()];
    this.waiting.clear();
    for (const { failed } of left) failed(why);
  }
}

/** The engine of the pages. The SPARQL tab has one of its own, so that a query there holds up no page. */
export const engine = new Engine();
