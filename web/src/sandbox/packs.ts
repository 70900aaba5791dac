/** Packages, put into a running interpreter. */
import { linkShared, mountFiles, openPack } from '../../../src/pellucid/runtime/image.mjs';
import type { Pyodide } from './pyodide';

/**
 * Makes a package importable. Its files are not copied: `bytes` belong to the interpreter's file system from now on. Mounting a
 * package twice is harmless.
 */
export function mountPack(pyodide: Pyodide, bytes: ArrayBuffer): void {
  const pack = openPack(new Uint8Array(bytes));
  mountFiles(pyodide.FS, pack);
  linkShared(pyodide._module, pack);
  // Python remembers which files a folder held when it last looked.
  pyodide.runPython('import importlib; importlib.invalidate_caches()');
}
