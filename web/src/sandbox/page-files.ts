/** The runtime's files as the interpreters of this page ask for them. */
import type { Files } from './interpreter';
import { type Manifest, RuntimeFiles } from './runtime-files';

/** What an error message offers, beside packages that no other needs. */
const OFFERED = ['numpy', 'scipy', 'pandas', 'matplotlib', 'sympy'];

let files: Files | null = null;

export function pageFiles(): Files {
  files ??= filesAt(`${document.body.dataset.base ?? ''}runtime/manifest.json`);
  return files;
}

export function filesAt(manifestUrl: string): Files {
  const runtime = new RuntimeFiles(manifestUrl);
  return {
    core: () => runtime.core(),
    keepSnapshot: (image) => void runtime.keepSnapshot(image).catch(() => undefined),
    available: async () => offered(await runtime.manifest()),
    packsFor: async (modules, have) => {
      const manifest = await runtime.manifest();
      const packs: ArrayBuffer[] = [];
      for (const name of outermost(manifest, await runtime.packagesFor(modules))) {
        if (have.has(name)) continue;
        const order = dependencies(manifest, name);
        const buffers = await runtime.pack(name);
        packs.push(...buffers.filter((_, index) => !have.has(order[index] as string)));
        for (const each of order) have.add(each);
      }
      return packs;
    },
  };
}

/** The package and what it depends on, in the order in which RuntimeFiles.pack() gives them. */
function dependencies(manifest: Manifest, name: string, seen = new Set(manifest.preloaded)): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  return [...(manifest.packages[name]?.depends ?? []).flatMap((each) => dependencies(manifest, each, seen)), name];
}

/** Without the packages that come along with another of the list. */
function outermost(manifest: Manifest, names: string[]): string[] {
  const inner = new Set(names.flatMap((name) => dependencies(manifest, name).slice(0, -1)));
  return names.filter((name) => !inner.has(name));
}

function offered({ packages }: Manifest): string[] {
  const needed = new Set(Object.values(packages).flatMap(({ depends }) => depends));
  const names = Object.keys(packages).filter((name) => OFFERED.includes(name) || !needed.has(name));
  return [
    ...names.flatMap((name) => packages[name]?.imports.filter((module) => !module.startsWith('_')) ?? []),
    'pellucid',
  ];
}
