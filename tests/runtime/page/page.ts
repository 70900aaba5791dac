/**
 * A page that runs Python as Pellucid's pages do, without their protocol: RuntimeFiles here, boot() in a data: worker of an
 * opaque-origin frame that may connect to nothing.
 */
import type { BootBytes } from '../../../web/src/sandbox/boot';
import type { Part } from '../../../web/src/sandbox/messages';
import { RuntimeFiles } from '../../../web/src/sandbox/runtime-files';

declare const WORKER_SOURCE: string;

const CSP = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' data:; worker-src data:; connect-src 'none'";
const FRAME = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${CSP}"><script>
const worker = new Worker('data:text/javascript;base64,WORKER');
worker.onerror = (event) => parent.postMessage({ broken: event.message }, '*');
onmessage = ({ data, ports }) => worker.postMessage(data.order, [...data.transfer, ...ports]);
parent.postMessage({ hello: true }, '*');
</script>`;

class Bench {
  readonly files = new RuntimeFiles('/runtime/manifest.json');
  #frame: HTMLIFrameElement | null = null;

  /** A new frame and worker, booted. */
  async start(maxMemory = 2 ** 30, change: (bytes: BootBytes) => BootBytes = (bytes) => bytes): Promise<boolean> {
    const parts: Partial<BootBytes> = {};
    const take = ({ name, bytes }: Part) => Object.assign(parts, { [name]: bytes });
    await Promise.all([this.files.core(take), this.open()]);
    const bytes = parts as BootBytes;
    const own = await this.#order({ kind: 'boot', bytes: change(bytes), maxMemory });
    if (own) await this.files.keepSnapshot(own as Uint8Array);
    return own !== null;
  }

  async open(): Promise<void> {
    this.#frame?.remove();
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.srcdoc = FRAME.replace('WORKER', btoa(unescape(encodeURIComponent(WORKER_SOURCE))));
    document.body.append(frame);
    this.#frame = frame;
    await new Promise((resolve) => addEventListener('message', resolve, { once: true }));
  }

  /** Mounts what the modules need and runs the source. */
  async run(source: string, modules: string[] = []): Promise<string> {
    for (const name of await this.files.packagesFor(modules)) {
      await this.#order({ kind: 'mount', packs: await this.files.pack(name) });
    }
    return (await this.#order({ kind: 'run', source })) as string;
  }

  #order(order: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data.value));
      const transfer = buffersOf(order);
      this.#frame?.contentWindow?.postMessage({ order, transfer }, '*', [port2, ...transfer]);
    });
  }
}

function buffersOf(value: unknown): ArrayBuffer[] {
  if (value instanceof ArrayBuffer) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(buffersOf) : [];
}

Object.assign(globalThis, { bench: new Bench() });
