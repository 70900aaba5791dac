/** Pyodide under Node, for the build. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileLibraries, start } from './image.mjs';

/** An interpreter from a folder that holds Pyodide's files, its lock file too. */
export async function launch(core, packs, forImage) {
  const url = (name) => pathToFileURL(join(core, name)).href;
  await import(url('pyodide.asm.js'));
  const { loadPyodide } = await import(url('pyodide.mjs'));
  return start({
    loadPyodide,
    indexURL: `${core}/`,
    wasm: await WebAssembly.compile(await readFile(join(core, 'pyodide.asm.wasm'))),
    packs,
    libraries: forImage ? await compileLibraries(packs) : [],
    image: null,
    forImage,
    maxMemory: 2 ** 30,
  });
}
