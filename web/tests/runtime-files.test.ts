import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BootBytes } from '../src/sandbox/boot';
import { filesAt } from '../src/sandbox/page-files';
import { type Manifest, type RuntimeFile, RuntimeFiles } from '../src/sandbox/runtime-files';

/** A server and a Cache, in memory. */
class World {
  readonly served = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly asked: string[] = [];
  readonly kept = new Map<string, Uint8Array<ArrayBuffer>>();
  online = true;
  /** Called with each answer before it is sent. */
  damage: (url: string, bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (_, bytes) => bytes;

  fetch = async (input: string): Promise<Response> => {
    if (!this.online) throw new TypeError('offline');
    const name = input.slice(input.lastIndexOf('/') + 1);
    this.asked.push(name);
    const bytes = this.served.get(name);
    return bytes ? new Response(this.damage(name, bytes)) : new Response(null, { status: 404 });
  };

  caches = {
    open: async () => ({
      match: async (url: string) => {
        const bytes = this.kept.get(url);
        return bytes && new Response(bytes.slice());
      },
      put: async (url: string, response: Response) => {
        this.kept.set(url, new Uint8Array(await response.arrayBuffer()));
      },
      keys: async () => [...this.kept.keys()].map((url) => ({ url })),
      delete: async (request: string | { url: string }) =>
        this.kept.delete(typeof request === 'string' ? request : request.url),
    }),
    has: async () => this.kept.size > 0,
  };
}

let world: World;

async function file(name: string, text: string): Promise<RuntimeFile> {
  const bytes = new TextEncoder().encode(text);
  world.served.set(name, bytes);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { url: name, size: bytes.length, sha256 };
}

async function publish(build = 'b1'): Promise<Manifest> {
  const pack = async (name: string, depends: string[], imports = [name]) => ({
    file: await file(`${name}-${build}.pack`, `pack of ${name}`),
    imports,
    depends,
  });
  const manifest: Manifest = {
    pyodide: '0.27.7',
    python: '3.12.7',
    build,
    core: {
      loader: await file('loader.js', 'loader'),
      asm: await file('asm.js', 'asm'),
      wasm: await file('asm.wasm', 'wasm bytes'),
      stdlib: await file('stdlib.zip', 'stdlib'),
      lock: await file('lock.json', '{}'),
    },
    snapshot: await file(`snapshot-${build}.pack`, 'memory'),
    preloaded: ['numpy'],
    pellucid: await file(`pellucid-${build}.pack`, 'core'),
    packages: {
      numpy: await pack('numpy', []),
      openblas: await pack('openblas', [], []),
      scipy: await pack('scipy', ['numpy', 'openblas']),
      'scikit-learn': await pack('scikit-learn', ['scipy', 'joblib'], ['sklearn']),
      joblib: await pack('joblib', []),
    },
  };
  world.served.set('manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));
  return manifest;
}

const open = () => new RuntimeFiles('http://localhost/runtime/manifest.json');

async function core(files = open()): Promise<BootBytes> {
  const parts: Partial<BootBytes> = {};
  await files.core(({ name, bytes }) => Object.assign(parts, { [name]: bytes }));
  return parts as BootBytes;
}

/** A visit that lasts until its files are kept. */
async function keptVisit(): Promise<void> {
  const files = open();
  await core(files);
  await files.keep();
}

const text = (bytes: ArrayBuffer | null) => new TextDecoder().decode(bytes as ArrayBuffer);

beforeEach(async () => {
  world = new World();
  vi.stubGlobal('fetch', world.fetch);
  vi.stubGlobal('caches', world.caches);
  await publish();
});

afterEach(() => vi.unstubAllGlobals());

describe('core', () => {
  it('gives every part that a start needs', async () => {
    const bytes = await core();
    const parts = [bytes.loader, bytes.asm, bytes.wasm, bytes.stdlib, bytes.lock, bytes.pellucid, bytes.snapshot];
    expect(parts.map(text)).toEqual(['loader', 'asm', 'wasm bytes', 'stdlib', '{}', 'core', 'memory']);
    expect(bytes.packs.map(text)).toEqual(['pack of numpy']);
  });

  it('asks the network for nothing but the manifest on a second visit', async () => {
    await keptVisit();
    world.asked.length = 0;
    await keptVisit();
    expect(world.asked).toEqual(['manifest.json']);
  });

  it('works without a network once it has been there', async () => {
    await keptVisit();
    world.online = false;
    expect(text((await core()).wasm)).toBe('wasm bytes');
  });

  it('gives each caller buffers of its own, to be transferred', async () => {
    const files = open();
    const [first, second] = await Promise.all([core(files), core(files)]);
    expect(first?.stdlib).not.toBe(second?.stdlib);
    structuredClone(first?.stdlib, { transfer: [first?.stdlib as ArrayBuffer] });
    expect(text(second?.stdlib ?? null)).toBe('stdlib');
    expect(world.asked.filter((name) => name === 'stdlib.zip')).toHaveLength(1);
  });

  it('goes on when the browser has no room to keep it', async () => {
    const { open: openCache, ...rest } = world.caches;
    const full = async () => ({ ...(await openCache()), put: () => Promise.reject(new Error('quota')) });
    vi.stubGlobal('caches', { ...rest, open: full });
    expect(text((await core()).stdlib)).toBe('stdlib');
  });

  it('needs no cache', async () => {
    vi.stubGlobal('caches', undefined);
    expect(text((await core()).stdlib)).toBe('stdlib');
  });
});

describe('damage', () => {
  it('fetches a damaged cache entry again', async () => {
    await keptVisit();
    const url = 'http://localhost/runtime/stdlib.zip';
    world.kept.set(url, new TextEncoder().encode('stdliX'));
    world.asked.length = 0;
    expect(text((await core()).stdlib)).toBe('stdlib');
    expect(world.asked).toContain('stdlib.zip');
    await keptVisit();
    expect(new TextDecoder().decode(world.kept.get(url))).toBe('stdlib');
  });

  it('fetches a damaged answer once more', async () => {
    let times = 0;
    world.damage = (name, bytes) => (name === 'asm.wasm' && times++ === 0 ? bytes.slice(1) : bytes);
    expect(text((await core()).wasm)).toBe('wasm bytes');
  });

  it('never gives or keeps damaged bytes', async () => {
    world.damage = (name, bytes) => (name === 'asm.wasm' ? bytes.map((byte) => byte ^ 1) : bytes);
    await expect(core()).rejects.toThrow(/asm\.wasm: arrived damaged twice/);
    expect(world.kept.has('http://localhost/runtime/asm.wasm')).toBe(false);
  });

  it('says what the server answered', async () => {
    world.served.delete('stdlib.zip');
    await expect(core()).rejects.toThrow(/stdlib\.zip: the server answered 404/);
  });

  it('asks for the manifest again after a failure', async () => {
    const files = open();
    world.online = false;
    await expect(files.manifest()).rejects.toThrow('offline');
    world.online = true;
    expect((await files.manifest()).build).toBe('b1');
  });
});

describe('packages', () => {
  it('gives dependencies first, each once, without what is there from the start', async () => {
    const packs = await open().pack('scikit-learn');
    expect(packs.map(text)).toEqual(['pack of openblas', 'pack of scipy', 'pack of joblib', 'pack of scikit-learn']);
  });

  it('reads nothing that an interpreter has already', async () => {
    const have = new Set<string>();
    const files = filesAt('http://localhost/runtime/manifest.json');
    expect((await files.packsFor(['scipy'], have)).map(text)).toEqual(['pack of openblas', 'pack of scipy']);
    world.kept.clear();
    world.asked.length = 0;
    expect((await files.packsFor(['sklearn', 'joblib'], have)).map(text)).toEqual([
      'pack of joblib',
      'pack of scikit-learn',
    ]);
    expect(world.asked).toEqual(['joblib-b1.pack', 'scikit-learn-b1.pack']);
    expect(await files.packsFor(['scipy', 'sklearn'], have)).toEqual([]);
  });

  it('finds the packages for modules', async () => {
    expect(await open().packagesFor(['sklearn', 'numpy', 'os'])).toEqual(['scikit-learn']);
  });

  it('names what is there when asked for something else', async () => {
    await expect(open().pack('torch')).rejects.toThrow('no package "torch". It has: numpy, openblas, scipy');
  });
});

describe('the snapshot that a browser made', () => {
  it('replaces the one of the server, which is then not fetched', async () => {
    await open().keepSnapshot(new TextEncoder().encode('own memory'));
    expect(text((await core()).snapshot)).toBe('own memory');
    expect(world.asked).not.toContain('snapshot-b1.pack');
  });

  it('belongs to one build', async () => {
    await open().keepSnapshot(new TextEncoder().encode('own memory'));
    await publish('b2');
    expect(text((await core()).snapshot)).toBe('memory');
  });
});

it('removes what an older build left', async () => {
  await keptVisit();
  await publish('b2');
  await keptVisit();
  await vi.waitFor(() => expect([...world.kept.keys()].some((url) => url.includes('-b1'))).toBe(false));
  expect(world.kept.has('http://localhost/runtime/stdlib.zip')).toBe(true);
});
