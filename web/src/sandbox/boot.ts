/**
 * Starts Python inside the sandbox's worker. Everything comes in as bytes: this worker may connect to nothing. They come one by one, and
 * what can be compiled is compiled while the largest, the memory image, is still on its way.
 *
 * The quick way restores a memory image in which NumPy is imported already; where there is none, or it does not fit this browser,
 * the interpreter starts plainly and makes one for the next visit.
 */
import {
  compileLibraries,
  type Library,
  openPack,
  type Pack,
  RESEED,
  start,
  takeImage,
  WARM,
} from '../../../src/pellucid/runtime/image.mjs';
import { mountPack } from './packs';
import type { Pyodide } from './pyodide';

export type { Pyodide } from './pyodide';

export interface BootBytes {
  /** Pyodide's loader and the interpreter's script, as text. */
  loader: ArrayBuffer;
  asm: ArrayBuffer;
  wasm: ArrayBuffer;
  stdlib: ArrayBuffer;
  lock: ArrayBuffer;
  /** Packages that are there from the start, dependencies first; the image holds them. */
  packs: ArrayBuffer[];
  snapshot: ArrayBuffer | null;
  /** Pellucid's own core. */
  pellucid: ArrayBuffer | null;
}

/** Bytes that are there or on their way. */
export type BootParts = { [Name in keyof BootBytes]: Promise<BootBytes[Name]> };

/** What every interpreter of this worker starts from. */
interface Machine {
  loadPyodide(options: object): Promise<Pyodide>;
  wasm: WebAssembly.Module;
  packs: Pack[];
  libraries: Library[];
  stdlib: ArrayBuffer;
  lock: ArrayBuffer;
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
export async function boot(parts: BootParts, options: BootOptions = {}): Promise<Pyodide> {
  const machine = await assemble(parts);
  const image = await parts.snapshot;
  const pyodide = (await fromImage(machine, options, image)) ?? (await startPlainly(machine, options));
  if (options.interrupt) pyodide.setInterruptBuffer(options.interrupt);
  const pellucid = await parts.pellucid;
  if (pellucid) mountPack(pyodide, pellucid);
  return pyodide;
}

/** Everything but the image, compiled. */
async function assemble(parts: BootParts): Promise<Machine> {
  const [loadPyodide, wasm, { packs, libraries }, stdlib, lock] = await Promise.all([
    importLoader(parts),
    parts.wasm.then((bytes) => WebAssembly.compile(bytes)),
    openPacks(parts),
    parts.stdlib,
    parts.lock,
  ]);
  return { loadPyodide, wasm, packs, libraries, stdlib, lock };
}

async function importLoader(parts: BootParts): Promise<Machine['loadPyodide']> {
  importText(await parts.loader);
  importText(await parts.asm);
  const { loadPyodide } = globalThis as unknown as Partial<Machine>;
  if (!loadPyodide) throw new Error("Pyodide's loader did not define loadPyodide");
  return loadPyodide;
}

async function openPacks(parts: BootParts): Promise<Pick<Machine, 'packs' | 'libraries'>> {
  const packs = (await parts.packs).map((pack) => openPack(new Uint8Array(pack)));
  return { packs, libraries: await compileLibraries(packs) };
}

/** An interpreter restored from the image given, else from one made here; null when neither works in this browser. */
async function fromImage(machine: Machine, options: BootOptions, given: ArrayBuffer | null): Promise<Pyodide | null> {
  if (given) {
    const restored = await restore(machine, options, new Uint8Array(given));
    if (restored) return restored;
  }
  const image = await makeImage(machine, options);
  const restored = image && (await restore(machine, options, image));
  if (restored) options.keepSnapshot?.(image);
  return restored;
}

async function restore(machine: Machine, options: BootOptions, image: Uint8Array): Promise<Pyodide | null> {
  try {
    const pyodide = await launch(machine, options, image, false);
    pyodide.runPython(RESEED);
    return pyodide;
  } catch (error) {
    console.warn('The memory image does not fit this browser.', error);
    return null;
  }
}

async function makeImage(machine: Machine, options: BootOptions): Promise<Uint8Array | null> {
  if (machine.packs.length === 0) return null;
  try {
    const fresh = await launch(machine, options, null, true);
    fresh.runPython(WARM);
    return takeImage(fresh);
  } catch (error) {
    console.warn('This browser cannot make a memory image.', error);
    return null;
  }
}

async function startPlainly(machine: Machine, options: BootOptions): Promise<Pyodide> {
  const pyodide = await launch(machine, options, null, false);
  if (machine.packs.length > 0) pyodide.runPython(WARM);
  return pyodide;
}

async function launch(
  machine: Machine,
  options: BootOptions,
  image: Uint8Array | null,
  forImage: boolean,
): Promise<Pyodide> {
  const fetch = globalThis.fetch;
  globalThis.fetch = async (input) => new Response(fileFor(String(input), machine));
  try {
    return await start({
      ...machine,
      indexURL: INDEX,
      image,
      forImage,
      maxMemory: options.maxMemory ?? GIBIBYTE,
    });
  } finally {
    globalThis.fetch = fetch;
  }
}

function fileFor(url: string, { stdlib, lock }: Machine): BodyInit | null {
  if (url.endsWith('.zip')) return stdlib;
  if (url.endsWith('.json')) return lock;
  return null; // the interpreter itself is instantiated from its module
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
