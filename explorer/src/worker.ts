// The query engine in a thread of its own, so that a query can be stopped by ending the thread.
import init, { namedNode, Store } from "oxigraph/web.js";

export interface Start {
  wasm: ArrayBuffer;
  plain: string;
  derived: string;
  derivedName: string;
}
export interface Ask {
  id: number;
  sparql: string;
  format: string;
}
export interface Reply {
  id: number;
  text?: string;
  error?: string;
}

const scope = self as unknown as { onmessage: (event: MessageEvent<Start | Ask>) => void; postMessage(reply: Reply): void };
let store: Promise<Store> | undefined;

async function open(start: Start): Promise<Store> {
  await init({ module_or_path: start.wasm });
  const made = new Store();
  const options = { format: "text/turtle", lenient: true, no_transaction: true };
  made.load(start.plain, options);
  // What rules derived is in the default graph and, so that it can be told apart, in a graph of its own.
  made.load(start.derived, options);
  made.load(start.derived, { ...options, to_graph_name: namedNode(start.derivedName) });
  return made;
}

scope.onmessage = async ({ data }) => {
  if ("wasm" in data) {
    store = open(data);
    try {
      await store;
      scope.postMessage({ id: 0 });
    } catch (error) {
      scope.postMessage({ id: 0, error: String(error) });
    }
    return;
  }
  try {
    const found = (await store!).query(data.sparql, { results_format: data.format });
    scope.postMessage({ id: data.id, text: found as string });
  } catch (error) {
    scope.postMessage({ id: data.id, error: error instanceof Error ? error.message : String(error) });
  }
};
