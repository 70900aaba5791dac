/**
 * node compile.mjs CORE TREE SITE replace|beside
 *
 * Compiles each .py below TREE with Pyodide's own Python, and puts the .pyc in its place, or beside it into __pycache__. SITE is where
 * TREE will stand in the browser. What does not compile stays as it is. CORE is a folder with Pyodide's files and its lock file.
 */
import { resolve } from 'node:path';
import { launch } from './node.mjs';

const COMPILE = `
import importlib.util, os
from importlib._bootstrap_external import _code_to_hash_pyc

def compile_tree(tree, site, beside):
    for folder, _, names in list(os.walk(tree)):
        for name in names:
            if not name.endswith(".py"):
                continue
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                source = file.read()
            try:
                code = compile(source, site + path[len(tree):], "exec", dont_inherit=True, optimize=0)
            except (SyntaxError, ValueError):
                continue
            place = importlib.util.cache_from_source(path) if beside else path + "c"
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as file:
                file.write(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))
            if not beside:
                os.remove(path)
`;

const [core, tree, site, where] = process.argv.slice(2);
const python = await launch(resolve(core), [], false);
python.mountNodeFS('/tree', resolve(tree));
python.runPython(COMPILE);
python.globals.get('compile_tree')('/tree', site, where === 'beside');
