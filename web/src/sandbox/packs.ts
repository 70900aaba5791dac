/** Packages, put into a running interpreter. */
import { linkShared, mountFiles, openPack } from '../../../src/pellucid/runtime/image.mjs';
import type { Pyodide } from './pyodide';

/**
 * Python remembers which files a folder held when it last looked. importlib.invalidate_caches() would also read the directory of the
 * standard library's archive again, which takes a second.
 */
const LOOK_AGAIN =
  'any(finder.invalidate_caches() for finder in __import__("sys").path_importer_cache.values() if hasattr(finder, "path"))';

/**
 * Makes a package importable. Its files are not copied: `bytes` belong to the interpreter's file system from now on. Mounting a
 * package twice is harmless.
 */
export function mountPack(pyodide: Pyodide, bytes: ArrayBuffer): void {
  const pack = openPack(new Uint8Array(bytes));
  mountFiles(pyodide.FS, pack);
  linkShared(pyodide._module, pack);
  pyodide.runPython(LOOK_AGAIN);
}
