/** A worker that boots from posted bytes and evaluates what it is sent: the sandbox's worker without its protocol. */
import { type BootBytes, type BootParts, boot, type Pyodide } from '../../../web/src/sandbox/boot';
import { mountPack } from '../../../web/src/sandbox/packs';

type Order =
  | { kind: 'boot'; bytes: BootBytes; maxMemory: number }
  | { kind: 'mount'; packs: ArrayBuffer[] }
  | { kind: 'run'; source: string };

let python: Pyodide | undefined;

async function obey(order: Order): Promise<unknown> {
  if (order.kind === 'boot') {
    let own: Uint8Array | null = null;
    const keepSnapshot = (image: Uint8Array) => {
      own = image;
    };
    python = await boot(promised(order.bytes), { maxMemory: order.maxMemory, keepSnapshot });
    return own;
  }
  if (!python) throw new Error('not booted');
  if (order.kind === 'run') return String(python.runPython(order.source));
  for (const pack of order.packs) mountPack(python, pack);
  return null;
}

function promised(bytes: BootBytes): BootParts {
  return Object.fromEntries(Object.entries(bytes).map(([name, part]) => [name, Promise.resolve(part)])) as BootParts;
}

self.onmessage = async ({ data, ports }: MessageEvent<Order>) => {
  try {
    ports[0]?.postMessage({ value: await obey(data) });
  } catch (error) {
    ports[0]?.postMessage({ error: String(error) });
  }
};
