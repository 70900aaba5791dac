/**
 * node snapshot.mjs CORE OUT PACK…
 *
 * Writes the memory image of an interpreter that has imported the packs. CORE is a folder with Pyodide's files and its lock file.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openPack, takeImage, WARM } from './image.mjs';
import { launch } from './node.mjs';

const [core, out, ...files] = process.argv.slice(2);
const packs = await Promise.all(files.map(async (file) => openPack(new Uint8Array(await readFile(file)))));
const python = await launch(resolve(core), packs, true);
python.runPython(WARM);
await writeFile(out, takeImage(python));
