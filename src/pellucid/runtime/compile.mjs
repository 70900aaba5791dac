/**
 * node compile.mjs CORE TREE SITE
 *
 * Replaces each .py below TREE by the .pyc of Pyodide's own Python; SITE is where TREE will stand in the browser. What does not
 * compile stays as it is. CORE is a folder with Pyodide's files and its lock file.
 */
import { resolve } from 'node:path';
import { launch } from './node.mjs';

const COMPILE = `
import importlib.util, os
from importlib._bootstrap_external import _code_to_hash_pyc

def compile_tree(tree, site):
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
                continue
            with open(path + "c", "wb") as file:
                file.write(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))
            os.remove(path)
`;

const [core, tree, site] = process.argv.slice(2);
const python = await launch(resolve(core), [], false);
python.mountNodeFS('/tree', resolve(tree));
python.runPython(COMPILE);
python.globals.get('compile_tree')('/tree', site);
