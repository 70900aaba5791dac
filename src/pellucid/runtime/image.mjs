/**
 * Packs, shared libraries and memory images of a Pyodide interpreter.
 *
 * One module for both sides: the build runs it under Node, the sandbox's worker runs it in the browser, so that an image made
 * on one side has exactly the layout that the other restores. Nothing here touches disk, network or clock.
 */

/** Function-table slots below this belong to the interpreter; libraries of an image begin here, whatever the engine added. */
const FIRST_LIBRARY_SLOT = 16384;
const PAGE = 65536;
const SPARE_PAGES = 64;

/**
 * Imported into every image: NumPy, and what a cell, its trace and its errors need of the standard library. In a namespace of its
 * own: the reader's must stay empty.
 */
export const WARM = `exec("""
import ast, base64, builtins, codeop, collections, contextlib, copy, dataclasses, difflib, enum, fractions, functools, html
import importlib.metadata, inspect, io, itertools, json, keyword, linecache, math, operator, pickle, pprint, random, re
import statistics, string, struct, sys, textwrap, time, tokenize, traceback, types, typing, uuid, warnings
import numpy, numpy.exceptions, numpy.fft, numpy.linalg, numpy.ma, numpy.polynomial, numpy.random, numpy.typing
""", {})`;

/**
 * What every interpreter finds in os.environ. An image freezes the seed of string hashes, so it is a chosen one: a set prints in the
 * same order for every reader, and no build differs from another by chance.
 */
export const ENV = { HOME: '/home/pyodide', MPLBACKEND: 'agg', PYTHONHASHSEED: '0' };

/** An image freezes random state: give each interpreter its own. */
export const RESEED = `exec("""
import random, numpy.random
random.seed()
numpy.random.seed()
""", {})`;

/**
 * Opens an archive: u32 header length, header JSON {files: [[path, offset, size]…], root, …}, then the bytes.
 * @param {Uint8Array} bytes
 */
export function openPack(bytes) {
  const start = 4 + new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  const files = header.files.map(([path, offset, size]) => ({
    path: `${header.root}/${path}`,
    bytes: bytes.subarray(start + offset, start + offset + size),
  }));
  return { header, files };
}

/**
 * The archive that openPack() opens. The header is padded so that the bytes begin at a multiple of 8.
 * @param {object} header
 * @param {Record<string, Uint8Array>} contents
 */
export function makePack(header, contents) {
  let end = 0;
  const files = Object.entries(contents).map(([path, bytes]) => {
    end += bytes.length;
    return [path, end - bytes.length, bytes.length];
  });
  const text = new TextEncoder().encode(JSON.stringify({ ...header, files }));
  const start = Math.ceil((4 + text.length) / 8) * 8;
  const pack = new Uint8Array(start + end).fill(32, 4 + text.length, start);
  new DataView(pack.buffer).setUint32(0, start - 4, true);
  pack.set(text, 4);
  files.forEach(([path, offset]) => pack.set(contents[path], start + offset));
  return pack;
}

/** Puts a pack's files into the interpreter's file system without copying them. */
export function mountFiles(FS, pack) {
  let made = '';
  for (const { path, bytes } of pack.files) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    if (folder !== made) FS.mkdirTree(folder);
    made = folder;
    FS.writeFile(path, bytes, { canOwn: true });
  }
}

/** Links the shared libraries that other packages' extension modules need by name (OpenBLAS). */
export function linkShared(Module, pack) {
  for (const name of pack.header.shared ?? []) {
    const path = `${pack.header.root}/${name}`;
    const flags = { loadAsync: false, global: true, nodelete: true, allowUndefined: true, fs: Module.FS };
    Module.loadDynamicLibrary(path, flags);
    Module.LDSO.loadedLibsByName[name.slice(name.lastIndexOf('/') + 1)] = Module.LDSO.loadedLibsByName[path];
  }
}

/** Compiles, in parallel, the extension modules that an image holds. */
export function compileLibraries(packs) {
  const files = packs.flatMap((pack) => pack.files).filter(({ path }) => path.endsWith('.so'));
  return Promise.all(files.map(async ({ path, bytes }) => ({ path, module: await WebAssembly.compile(bytes) })));
}

/**
 * Links extension modules before the interpreter starts, always in the same order and at the same table slots and addresses.
 * Memory that was saved after they were imported fits only such a layout.
 */
function linkLibraries(Module, libraries) {
  const table = Module.wasmTable;
  if (table.length > FIRST_LIBRARY_SLOT) throw new Error(`the function table has ${table.length} entries before any library`);
  table.grow(FIRST_LIBRARY_SLOT - table.length);
  for (const { path, module } of libraries) {
    const library = Module.newDSO(path, undefined, 'loading');
    library.global = false;
    library.exports = Module.loadWebAssemblyModule(module, { loadAsync: false, nodelete: true }, path, {}, 0);
  }
  Module.linkedSlots = table.length;
}

/** Where CPython keeps the engine's own helper that counts a function's parameters: it must not travel in an image. */
function countArgsAddress(Module) {
  return Module.__PyRuntime + Module.HEAP32[Module.__PyEM_EMSCRIPTEN_COUNT_ARGS_OFFSET / 4];
}

/**
 * Starts an interpreter.
 * @param {object} loader
 *   loadPyodide, indexURL: Pyodide's loader and where it looks for files; the interpreter's script has run already
 *   wasm: compiled module of the interpreter
 *   packs: opened packs that are there from the start
 *   libraries: what compileLibraries() made of these packs; needed with an image and for one
 *   image: bytes of a memory image of exactly these packs, or null
 *   forImage: link the packs' extension modules as an image needs it, since takeImage() will follow
 *   maxMemory: bytes beyond which Python gets MemoryError
 */
export async function start({ loadPyodide, indexURL, wasm, packs, libraries, image, forImage, maxMemory }) {
  const saved = image === null ? null : readImage(image);
  const linked = saved || forImage ? libraries : [];
  const create = globalThis._createPyodideModule;
  const failed = Promise.withResolvers ? Promise.withResolvers() : withResolvers();
  globalThis._createPyodideModule = (settings) => {
    settings.wasmMemory = makeMemory(saved?.memory.length ?? 0, maxMemory);
    settings.instantiateWasm = (imports, receive) => {
      WebAssembly.instantiate(wasm, imports)
        .then((instance) => receive(instance, wasm))
        .catch(failed.reject);
      return {};
    };
    settings.preRun.push((Module) => {
      for (const pack of packs) mountFiles(Module.FS, pack);
      if (linked.length > 0) linkLibraries(Module, linked);
    });
    return Promise.race([create(settings), failed.promise]);
  };
  try {
    const snapshot = saved ? { _loadSnapshot: saved.memory } : forImage ? { _makeSnapshot: true } : {};
    const pyodide = await loadPyodide({ indexURL, env: ENV, ...snapshot });
    if (saved) settle(pyodide._module, saved.header);
    for (const pack of packs) linkShared(pyodide._module, pack);
    return pyodide;
  } finally {
    globalThis._createPyodideModule = create;
  }
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

function makeMemory(bytes, maxMemory) {
  const initial = Math.max(320, Math.ceil(bytes / PAGE));
  return new WebAssembly.Memory({ initial, maximum: Math.max(initial + SPARE_PAGES, Math.floor(maxMemory / PAGE)) });
}

/**
 * The interpreter's memory as an archive. Imported modules are part of it; JavaScript objects that Python holds are not, so the
 * interpreter must be fresh: imports only.
 */
export function takeImage(pyodide) {
  const Module = pyodide._module;
  const { wasmTable, linkedSlots, _PyEM_CountArgsPtr } = Module;
  if (wasmTable.length > linkedSlots + (_PyEM_CountArgsPtr >= linkedSlots ? 1 : 0)) {
    throw new Error('an import put functions into the table: an image could not give them back');
  }
  for (const name of Object.keys(pyodide.loadedPackages)) delete pyodide.loadedPackages[name];
  const counter = countArgsAddress(Module) / 4;
  const kept = Module.HEAP32[counter];
  Module.HEAP32[counter] = 0;
  const memory = pyodide.makeMemorySnapshot();
  Module.HEAP32[counter] = kept;
  const handles = Object.entries(Module.LDSO.loadedLibsByHandle).map(([handle, library]) => [handle, library.name]);
  return makePack({ root: '', handles: handles.filter(([handle]) => handle !== '0'), linkedSlots }, { memory });
}

function readImage(bytes) {
  const { header, files } = openPack(bytes);
  return { header, memory: files[0].bytes };
}

/** Gives a restored interpreter back what lives outside its memory. */
function settle(Module, { handles, linkedSlots }) {
  if (Module.linkedSlots !== linkedSlots) throw new Error('the image was made with other extension modules');
  const { loadedLibsByHandle, loadedLibsByName } = Module.LDSO;
  for (const [handle, name] of handles) loadedLibsByHandle[handle] = loadedLibsByName[name];
  Module.HEAP32[countArgsAddress(Module) / 4] = Module._PyEM_CountArgsPtr;
}
