/** What Pellucid uses of a Pyodide interpreter. */

export interface PyProxy {
  (...args: unknown[]): unknown;
  get(key: unknown): unknown;
  set(key: unknown, value: unknown): void;
  toJs(options?: { depth?: number; dict_converter?: (entries: Iterable<[unknown, unknown]>) => unknown }): unknown;
  destroy(): void;
  [name: string]: unknown;
}

export interface Pyodide {
  runPython(source: string, options?: { globals?: PyProxy; filename?: string }): unknown;
  toPy(value: unknown, options?: object): PyProxy;
  setInterruptBuffer(buffer: Uint8Array): void;
  setStdout(options?: object): void;
  setStderr(options?: object): void;
  FS: {
    mkdirTree(path: string): void;
    writeFile(path: string, data: Uint8Array | string, options?: { canOwn?: boolean }): void;
  };
  /** Pyodide's inner interface: reached to hear of the error after which it can do nothing more. */
  _api: { on_fatal?: (error: unknown) => void };
  /** Pyodide's own Emscripten module: reached for linking and for the size of the heap. */
  _module: { HEAP8: Int8Array; HEAPU8: Uint8Array; [name: string]: unknown };
}
