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
    core: (give) => runtime.core(give),
    keepSnapshot: (image) => void runtime.keepSnapshot(image).catch(() => undefined),
    available: async () => offered(await runtime.manifest()),
    packsFor: async (modules, have) => {
      const packs: ArrayBuffer[] = [];
      for (const name of await runtime.packagesFor(modules)) {
        const names = await runtime.order(name, have);
        packs.push(...(await runtime.pack(name, have)));
        for (const each of names) have.add(each);
      }
      return packs;
    },
  };
}

function offered({ packages }: Manifest): string[] {
  const needed = new Set(Object.values(packages).flatMap(({ depends }) => depends));
  const names = Object.keys(packages).filter((name) => OFFERED.includes(name) || !needed.has(name));
  return [
    ...names.flatMap((name) => packages[name]?.imports.filter((module) => !module.startsWith('_')) ?? []),
    'pellucid',
  ];
}
