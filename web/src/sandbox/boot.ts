/**
 * Starts Python inside the sandbox's worker. Everything comes in as bytes: this worker may connect to nothing.
 *
 * The quick way restores a memory image in which NumPy is imported already; where there is none, or it does not fit this browser,
 * the interpreter starts plainly and makes one for the next visit.
 */
import { openPack, RESEED, start, takeImage, WARM } from '../../../src/pellucid/runtime/image.mjs';
import { mountPack } from './packs';
import type { Pyodide } from './pyodide';

export type { Pyodide } from './pyodide';

export interface BootBytes {
  /** Pyodide's loader and the interpreter's script, as text. */
  loader: ArrayBuffer;
  asm: ArrayBuffer;
  /** Bytes, or the module that another worker compiled. */
  wasm: ArrayBuffer | WebAssembly.Module;
  stdlib: ArrayBuffer;
  lock: ArrayBuffer;
  /** Packages that are there from the start, dependencies first; the image holds them. */
  packs: ArrayBuffer[];
  snapshot: ArrayBuffer | null;
  /** Pellucid's own core. */
  pellucid: ArrayBuffer | null;
}

export interface BootOptions {
  /** Writing 2 into its first byte interrupts Python. */
  interrupt?: Uint8Array;
  /** Bytes of memory beyond which Python gets MemoryError. 1 GiB unless said. */
  maxMemory?: number;
  /** Called with the image that this browser made, when none was given or the one given did not fit. */
  keepSnapshot?: (image: Uint8Array) => void;
}

/** Any absolute base will do: the loader asks for files below it, and is answered from the bytes. */
const INDEX = 'https://runtime.invalid/';
const GIBIBYTE = 2 ** 30;

/** An interpreter that has imported NumPy and what an image holds besides, whichever way it started. */
export async function boot(bytes: BootBytes, options: BootOptions = {}): Promise<Pyodide> {
  const pyodide = (await fromImage(bytes, options)) ?? (await startPlainly(bytes, options));
  if (options.interrupt) pyodide.setInterruptBuffer(options.interrupt);
  if (bytes.pellucid) mountPack(pyodide, bytes.pellucid);
  return pyodide;
}

/** An interpreter restored from the image given, else from one made here; null when neither works in this browser. */
async function fromImage(bytes: BootBytes, options: BootOptions): Promise<Pyodide | null> {
  if (bytes.snapshot) {
    const restored = await restore(bytes, options, new Uint8Array(bytes.snapshot));
    if (restored) return restored;
  }
  const image = await makeImage(bytes, options);
  const restored = image && (await restore(bytes, options, image));
  if (restored) options.keepSnapshot?.(image);
  return restored;
}

async function restore(bytes: BootBytes, options: BootOptions, image: Uint8Array): Promise<Pyodide | null> {
  try {
    const pyodide = await launch(bytes, options, image, false);
    pyodide.runPython(RESEED);
    return pyodide;
  } catch (error) {
    console.warn('The memory image does not fit this browser.', error);
    return null;
  }
}

async function makeImage(bytes: BootBytes, options: BootOptions): Promise<Uint8Array | null> {
  if (bytes.packs.length === 0) return null;
  try {
    const fresh = await launch(bytes, options, null, true);
    fresh.runPython(WARM);
    return takeImage(fresh);
  } catch (error) {
    console.warn('This browser cannot make a memory image.', error);
    return null;
  }
}

async function startPlainly(bytes: BootBytes, options: BootOptions): Promise<Pyodide> {
  const pyodide = await launch(bytes, options, null, false);
  if (bytes.packs.length > 0) pyodide.runPython(WARM);
  return pyodide;
}

async function launch(
  bytes: BootBytes,
  options: BootOptions,
  image: Uint8Array | null,
  forImage: boolean,
): Promise<Pyodide> {
  const scope = globalThis as unknown as { loadPyodide?: (options: object) => Promise<Pyodide> };
  if (!scope.loadPyodide) {
    importText(bytes.loader);
    importText(bytes.asm);
  }
  if (!scope.loadPyodide) throw new Error("Pyodide's loader did not define loadPyodide");
  const fetch = globalThis.fetch;
  globalThis.fetch = async (input) => new Response(fileFor(String(input), bytes));
  try {
    return await start({
      loadPyodide: scope.loadPyodide,
      options: { indexURL: INDEX, env: { HOME: '/home/pyodide', MPLBACKEND: 'agg' } },
      wasm: bytes.wasm,
      packs: bytes.packs.map((pack) => openPack(new Uint8Array(pack))),
      image,
      forImage,
      maxMemory: options.maxMemory ?? GIBIBYTE,
    });
  } finally {
    globalThis.fetch = fetch;
  }
}

function fileFor(url: string, bytes: BootBytes): BodyInit | null {
  if (url.endsWith('.zip')) return bytes.stdlib;
  if (url.endsWith('.json')) return bytes.lock;
  return null; // the interpreter itself is instantiated from bytes.wasm
}

/** Runs a script's text. A data: URL, since WebKit imports nothing else in a worker of an opaque origin. */
function importText(text: ArrayBuffer): void {
  const bytes = new Uint8Array(text);
  let binary = '';
  for (let at = 0; at < bytes.length; at += 32_768) binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  (globalThis as unknown as { importScripts(url: string): void }).importScripts(
    `data:text/javascript;base64,${btoa(binary)}`,
  );
}
