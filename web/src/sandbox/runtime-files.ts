/**
 * The runtime's files, fetched once and kept in the browser's Cache, so that a second visit needs no network. The page does this:
 * the sandbox has neither network nor cache. Every file is checked against the manifest's SHA-256 before it is used.
 */
import type { BootBytes } from './boot';

export interface RuntimeFile {
  /** Relative to the manifest; holds the content's hash. */
  url: string;
  /** Bytes, unpacked. */
  size: number;
  sha256: string;
}

export interface RuntimePackage {
  file: RuntimeFile;
  /** Top-level modules that it makes importable. */
  imports: string[];
  depends: string[];
}

export interface Manifest {
  pyodide: string;
  python: string;
  build: string;
  core: { loader: RuntimeFile; asm: RuntimeFile; wasm: RuntimeFile; stdlib: RuntimeFile; lock: RuntimeFile };
  snapshot: RuntimeFile | null;
  /** Packages that are there from the start, dependencies first: those in the snapshot. */
  preloaded: string[];
  pellucid: RuntimeFile | null;
  packages: Record<string, RuntimePackage>;
}

/** Bytes so far, of all that this call fetches. Files that are in the cache already count at once. */
export type OnProgress = (loaded: number, total: number) => void;

const CACHE = 'pellucid-runtime';

/** Whether an earlier visit left the runtime in this browser, so that a start costs no download. */
export async function isRuntimeKept(): Promise<boolean> {
  const cache = (await globalThis.caches?.has(CACHE)) ? await openCache() : null;
  return ((await cache?.keys()) ?? []).length > 1;
}

export class RuntimeFiles {
  readonly #manifestUrl: string;
  readonly #downloads = new Map<string, Promise<ArrayBuffer>>();
  #manifest: Promise<Manifest> | null = null;

  constructor(manifestUrl: string) {
    this.#manifestUrl = new URL(manifestUrl, globalThis.location?.href).href;
  }

  /** The newest manifest; without a network, the one of the last visit. */
  manifest(): Promise<Manifest> {
    this.#manifest ??= this.#loadManifest().catch((error) => {
      this.#manifest = null;
      throw error;
    });
    return this.#manifest;
  }

  /** Everything that boot() needs. The buffers are the caller's own, to be transferred. */
  async core(onProgress?: OnProgress): Promise<BootBytes> {
    const { core, pellucid, preloaded, snapshot, ...manifest } = await this.#withOwnSnapshot();
    const early = preloaded.map((name) => this.#package(manifest, name).file);
    const files = [...Object.values(core), ...early, snapshot, pellucid].filter((file) => file !== null);
    const meter = new Meter(files, onProgress);
    const read = (file: RuntimeFile) => this.#read(file, meter);
    const some = async (file: RuntimeFile | null) => (file ? read(file) : null);
    const [[loader, asm, wasm, stdlib, lock], [image, archive], packs] = await Promise.all([
      Promise.all([read(core.loader), read(core.asm), read(core.wasm), read(core.stdlib), read(core.lock)]),
      Promise.all([some(snapshot), some(pellucid)]),
      Promise.all(early.map(read)),
    ]);
    return { loader, asm, wasm, stdlib, lock, packs, snapshot: manifest.own ?? image, pellucid: archive };
  }

  /** The package and what it depends on, dependencies first, without those in `have` and those that are there from the start. */
  async order(name: string, have: Iterable<string> = []): Promise<string[]> {
    const manifest = await this.manifest();
    return this.#order(manifest, name, new Set([...manifest.preloaded, ...have]));
  }

  /** The bytes of the packages that `order` names. */
  async pack(name: string, have: Iterable<string> = [], onProgress?: OnProgress): Promise<ArrayBuffer[]> {
    const manifest = await this.manifest();
    const files = (await this.order(name, have)).map((each) => this.#package(manifest, each).file);
    const meter = new Meter(files, onProgress);
    return Promise.all(files.map((file) => this.#read(file, meter)));
  }

  /** The packages that make these top-level modules importable; modules that no package holds are left out. */
  async packagesFor(modules: string[]): Promise<string[]> {
    const { packages, preloaded } = await this.manifest();
    const wanted = new Set(modules);
    return Object.keys(packages).filter(
      (name) => !preloaded.includes(name) && packages[name]?.imports.some((module) => wanted.has(module)),
    );
  }

  /** Keeps the memory image that this browser made, for this build and this browser alone. */
  async keepSnapshot(bytes: Uint8Array | ArrayBuffer): Promise<void> {
    const manifest = await this.manifest();
    const cache = await openCache();
    await cache?.put(this.#ownSnapshotUrl(manifest), new Response(bytes as Uint8Array<ArrayBuffer>));
  }

  /** Drops every kept file: the next call fetches anew. */
  async forget(): Promise<void> {
    this.#manifest = null;
    await globalThis.caches?.delete(CACHE);
  }

  async #loadManifest(): Promise<Manifest> {
    const cache = await openCache();
    try {
      const response = await fetch(this.#manifestUrl, { cache: 'no-cache' });
      if (!response.ok) throw new Error(`${this.#manifestUrl}: the server answered ${response.status}`);
      const kept = response.clone();
      const manifest = (await response.json()) as Manifest;
      await cache?.put(this.#manifestUrl, kept).catch(() => undefined); // a full disk must not stop the session
      if (cache) void this.#prune(cache, manifest).catch(() => undefined);
      return manifest;
    } catch (error) {
      const kept = await cache?.match(this.#manifestUrl);
      if (kept) return (await kept.json()) as Manifest;
      throw error;
    }
  }

  /** Removes what an older build left. */
  async #prune(cache: Cache, manifest: Manifest): Promise<void> {
    const packages = Object.values(manifest.packages).map(({ file }) => file);
    const files = [...Object.values(manifest.core), ...packages, manifest.snapshot, manifest.pellucid];
    const live = new Set(files.flatMap((file) => (file ? [this.#url(file)] : [])));
    live.add(this.#manifestUrl).add(this.#ownSnapshotUrl(manifest));
    const folder = this.#url({ url: '.' });
    for (const { url } of await cache.keys()) {
      if (url.startsWith(folder) && !live.has(url)) await cache.delete(url);
    }
  }

  /** The manifest, with the snapshot that this browser made in place of the one that the server offers. */
  async #withOwnSnapshot(): Promise<Manifest & { own: ArrayBuffer | null }> {
    const manifest = await this.manifest();
    const own = (await (await (await openCache())?.match(this.#ownSnapshotUrl(manifest)))?.arrayBuffer()) ?? null;
    return { ...manifest, own, snapshot: own ? null : manifest.snapshot };
  }

  #order(manifest: Manifest, name: string, seen: Set<string>): string[] {
    if (seen.has(name)) return [];
    seen.add(name);
    const before = this.#package(manifest, name).depends.flatMap((each) => this.#order(manifest, each, seen));
    return [...before, name];
  }

  #package(manifest: Pick<Manifest, 'packages'>, name: string): RuntimePackage {
    const found = manifest.packages[name];
    if (found) return found;
    throw new Error(`The runtime has no package "${name}". It has: ${Object.keys(manifest.packages).join(', ')}.`);
  }

  /** From the cache if it is whole, else from the server; a fresh buffer for each caller. */
  async #read(file: RuntimeFile, meter: Meter): Promise<ArrayBuffer> {
    const cache = await openCache();
    const url = this.#url(file);
    const kept = await (await cache?.match(url))?.arrayBuffer();
    if (kept && (await isWhole(kept, file))) {
      meter.add(file.size);
      return kept;
    }
    const running = this.#downloads.get(url);
    const download = running ?? this.#download(file, cache, meter);
    if (!running) this.#downloads.set(url, download);
    const bytes = await download.finally(() => this.#downloads.delete(url));
    if (running) meter.add(file.size);
    return running ? bytes.slice(0) : bytes;
  }

  async #download(file: RuntimeFile, cache: Cache | null, meter: Meter): Promise<ArrayBuffer> {
    const url = this.#url(file);
    for (const mode of ['default', 'reload'] as const) {
      const response = await fetch(url, { cache: mode });
      if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
      const before = meter.loaded;
      const bytes = await readBody(response, (count) => meter.add(count));
      if (await isWhole(bytes, file)) {
        // Not waited for: a Response holds a copy, and a start need not wait for the disk. If it fails, the browser's own cache is left.
        void cache?.put(url, new Response(bytes)).catch(() => undefined);
        return bytes;
      }
      meter.add(before - meter.loaded);
    }
    throw new Error(
      `${url}: arrived damaged twice. Reload the page; if it happens again, the server's copy is damaged.`,
    );
  }

  /** An image fits one build and one engine: both are in its name. */
  #ownSnapshotUrl(manifest: Manifest): string {
    return this.#url({
      url: `own-snapshot?${new URLSearchParams({ build: manifest.build, browser: navigator.userAgent })}`,
    });
  }

  #url(file: { url: string }): string {
    return new URL(file.url, this.#manifestUrl).href;
  }
}

class Meter {
  loaded = 0;
  readonly #total: number;

  constructor(
    files: RuntimeFile[],
    private readonly onProgress: OnProgress | undefined,
  ) {
    this.#total = files.reduce((sum, { size }) => sum + size, 0);
  }

  add(count: number): void {
    this.loaded += count;
    this.onProgress?.(this.loaded, this.#total);
  }
}

/** Null where the browser has none (a page without TLS) or refuses it (some private windows). */
async function openCache(): Promise<Cache | null> {
  try {
    return (await globalThis.caches?.open(CACHE)) ?? null;
  } catch {
    return null;
  }
}

async function readBody(response: Response, onBytes: (count: number) => void): Promise<ArrayBuffer> {
  if (!response.body) return response.arrayBuffer();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    chunks.push(step.value);
    onBytes(step.value.length);
  }
  return new Blob(chunks).arrayBuffer();
}

async function isWhole(bytes: ArrayBuffer, file: RuntimeFile): Promise<boolean> {
  if (bytes.byteLength !== file.size) return false;
  // Pages without TLS have no digest; there the size must do.
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === file.sha256;
}
