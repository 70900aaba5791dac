/** Types of image.mjs for the front end. */
import type { Pyodide } from '../../../web/src/sandbox/pyodide';

export interface Pack {
  header: { root: string; files: [string, number, number][]; shared?: string[] };
  files: { path: string; bytes: Uint8Array }[];
}

export interface Library {
  path: string;
  module: WebAssembly.Module;
}

export interface Start {
  loadPyodide: (options: object) => Promise<Pyodide>;
  indexURL: string;
  wasm: WebAssembly.Module;
  packs: Pack[];
  libraries: Library[];
  image: Uint8Array | null;
  forImage: boolean;
  maxMemory: number;
}

export const WARM: string;
export const RESEED: string;
export function openPack(bytes: Uint8Array): Pack;
export function makePack(header: object, contents: Record<string, Uint8Array>): Uint8Array<ArrayBuffer>;
export function mountFiles(FS: Pyodide['FS'], pack: Pack): void;
export function linkShared(module: object, pack: Pack): void;
export function compileLibraries(packs: Pack[]): Promise<Library[]>;
export function start(options: Start): Promise<Pyodide>;
export function takeImage(pyodide: Pyodide): Uint8Array<ArrayBuffer>;
