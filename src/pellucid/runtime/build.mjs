/**
 * The part of the build that only Pyodide itself can do, run by Node:
 *
 *     node build.mjs compile CORE TREE     replace each .py below TREE by the .pyc of Pyodide's own Python
 *     node build.mjs image CORE OUT PACK…  write the memory image of an interpreter that has imported the packs
 *
 * CORE is a folder with Pyodide's files and its lock file. Prints one line of JSON.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openPack, start, takeImage, WARM } from './image.mjs';

const COMPILE = `
import importlib.util, os
from importlib._bootstrap_external import _code_to_hash_pyc

def compile_tree(tree, site):
    done, left = 0, []
    for folder, _, names in os.walk(tree):
        for name in names:
            if not name.endswith(".py"):
                continue
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                source = file.read()
            try:
                code = compile(source, site + path[len(tree):], "exec", dont_inherit=True, optimize=0)
            except (SyntaxError, ValueError):
                left.append(path)
                continue
            with open(path + "c", "wb") as file:
                file.write(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))
            os.remove(path)
            done += 1
    return done, left
`;

async function launch(core, packs, forImage) {
  const url = (name) => pathToFileURL(join(core, name)).href;
  await import(url('pyodide.asm.js'));
  const { loadPyodide } = await import(url('pyodide.mjs'));
  return start({
    loadPyodide,
    options: { indexURL: `${core}/`, env: { HOME: '/home/pyodide', MPLBACKEND: 'agg' } },
    wasm: await readFile(join(core, 'pyodide.asm.wasm')),
    packs,
    image: null,
    forImage,
    maxMemory: 2 ** 30,
  });
}

async function compile(core, tree) {
  const python = await launch(core, [], false);
  python.mountNodeFS('/tree', resolve(tree));
  python.runPython(COMPILE);
  const site = '/lib/python3.12/site-packages';
  const [compiled, left] = python.globals.get('compile_tree')('/tree', site).toJs();
  return { compiled, left };
}

async function image(core, out, ...files) {
  const packs = await Promise.all(files.map(async (file) => openPack(new Uint8Array(await readFile(file)))));
  const python = await launch(core, packs, true);
  python.runPython(WARM);
  const bytes = takeImage(python);
  await writeFile(out, bytes);
  return { bytes: bytes.length };
}

const [command, core, ...rest] = process.argv.slice(2);
const act = { compile, image }[command];
if (!act) throw new Error(`unknown command ${command}: compile or image`);
console.log(JSON.stringify(await act(resolve(core), ...rest)));
