/**
 * The runtime's files, fetched once and kept in the browser's Cache, so that a second visit needs no network. The page does this:
 * the sandbox has neither network nor cache. Every file is checked against the manifest's SHA-256 before it is used.
 */
import { atRest } from '../idle';
import type { Part } from './messages';

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

const CACHE = 'pellucid-runtime';

/** How long after the last download the files are kept: writing tens of megabytes would hold up the start that waits for them. */
const KEEP_AFTER_MS = 3_000;

/** Whether an earlier visit left the runtime in this browser, so that a start costs no download. */
export async function isRuntimeKept(): Promise<boolean> {
  const cache = await findCache();
  return ((await cache?.keys()) ?? []).length > 1;
}

export class RuntimeFiles {
  readonly #manifestUrl: string;
  readonly #downloads = new Map<string, Promise<ArrayBuffer>>();
  /** Downloaded since the last keep(). */
  readonly #unkept = new Map<string, Response | null>();
  /** What an earlier visit left, looked up once. */
  #kept: Promise<Cache | null> | null = null;
  #manifest: Promise<Manifest> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

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

  /**
   * Everything that boot() needs, each part given as soon as it is there and checked; resolves when all are given. The buffers are the
   * caller's own, to be transferred.
   */
  async core(give: (part: Part) => void): Promise<void> {
    const manifest = await this.manifest();
    const { core, pellucid, preloaded, snapshot } = manifest;
    const own = await this.#ownSnapshot(manifest);
    const parts: Promise<Part>[] = [
      ...(['loader', 'asm', 'wasm', 'stdlib', 'lock'] as const).map(async (name) => ({
        name,
        bytes: await this.#read(core[name]),
      })),
      this.#all(preloaded.map((name) => this.#package(manifest, name).file)).then((bytes) => ({
        name: 'packs',
        bytes,
      })),
      (own || !snapshot ? Promise.resolve(own) : this.#read(snapshot)).then((bytes) => ({ name: 'snapshot', bytes })),
      (pellucid ? this.#read(pellucid) : Promise.resolve(null)).then((bytes) => ({ name: 'pellucid', bytes })),
    ];
    await Promise.all(parts.map((part) => part.then(give)));
  }

  #all(files: RuntimeFile[]): Promise<ArrayBuffer[]> {
    return Promise.all(files.map((file) => this.#read(file)));
  }

  /** The package and what it depends on, dependencies first, without those in `have` and those that are there from the start. */
  async order(name: string, have: Iterable<string> = []): Promise<string[]> {
    const manifest = await this.manifest();
    return this.#order(manifest, name, new Set([...manifest.preloaded, ...have]));
  }

  /** The bytes of the packages that `order` names. */
  async pack(name: string, have: Iterable<string> = []): Promise<ArrayBuffer[]> {
    const manifest = await this.manifest();
    return this.#all((await this.order(name, have)).map((each) => this.#package(manifest, each).file));
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

  /**
   * Puts what was downloaded into the browser's Cache. Happens by itself, a while after the last download. The bytes come from the
   * browser's HTTP cache: those that were downloaded have been handed over.
   */
  async keep(): Promise<void> {
    clearTimeout(this.#timer);
    const unkept = [...this.#unkept];
    this.#unkept.clear();
    const cache = await openCache();
    for (const [url, answer] of cache ? unkept : []) {
      const response = answer ?? (await fetch(url, { cache: 'force-cache' }));
      if (response.ok) await cache?.put(url, response);
    }
    if (cache) await this.#prune(cache, await this.manifest());
  }

  #keepSoon(url: string, answer: Response | null = null): void {
    this.#unkept.set(url, answer);
    clearTimeout(this.#timer);
    // A full disk must not disturb the session.
    this.#timer = setTimeout(() => atRest(() => this.keep().catch(() => undefined)), KEEP_AFTER_MS);
  }

  async #findKept(url: string): Promise<Response | undefined> {
    this.#kept ??= findCache();
    return (await this.#kept)?.match(url);
  }

  async #loadManifest(): Promise<Manifest> {
    try {
      const response = await fetch(this.#manifestUrl, { cache: 'no-cache' });
      if (!response.ok) throw new Error(`${this.#manifestUrl}: the server answered ${response.status}`);
      this.#keepSoon(this.#manifestUrl, response.clone());
      return (await response.json()) as Manifest;
    } catch (error) {
      const kept = await this.#findKept(this.#manifestUrl);
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

  /** The snapshot that this browser made, where the server's did not fit it. */
  async #ownSnapshot(manifest: Manifest): Promise<ArrayBuffer | null> {
    return (await (await this.#findKept(this.#ownSnapshotUrl(manifest)))?.arrayBuffer()) ?? null;
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
  async #read(file: RuntimeFile): Promise<ArrayBuffer> {
    const url = this.#url(file);
    const kept = await (await this.#findKept(url))?.arrayBuffer();
    if (kept && (await isWhole(kept, file))) return kept;
    const running = this.#downloads.get(url);
    const download = running ?? this.#download(file);
    if (!running) this.#downloads.set(url, download);
    const bytes = await download.finally(() => this.#downloads.delete(url));
    return running ? bytes.slice(0) : bytes;
  }

  async #download(file: RuntimeFile): Promise<ArrayBuffer> {
    const url = this.#url(file);
    for (const mode of ['default', 'reload'] as const) {
      const response = await fetch(url, { cache: mode });
      if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
      const bytes = await response.arrayBuffer();
      if (await isWhole(bytes, file)) {
        this.#keepSoon(url);
        return bytes;
      }
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

/** Null where the browser has none (a page without TLS) or refuses it (some private windows). */
async function openCache(): Promise<Cache | null> {
  try {
    return (await globalThis.caches?.open(CACHE)) ?? null;
  } catch {
    return null;
  }
}

/** Null where no visit has kept anything. */
async function findCache(): Promise<Cache | null> {
  try {
    return (await globalThis.caches?.has(CACHE)) ? await openCache() : null;
  } catch {
    return null;
  }
}

async function isWhole(bytes: ArrayBuffer, file: RuntimeFile): Promise<boolean> {
  if (bytes.byteLength !== file.size) return false;
  // Pages without TLS have no digest; there the size must do.
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === file.sha256;
}
