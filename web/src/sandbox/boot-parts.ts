/** The bytes that an interpreter boots from, as they come. */
import type { BootParts } from './boot';
import type { Part } from './messages';

const NAMES = ['loader', 'asm', 'wasm', 'stdlib', 'lock', 'packs', 'snapshot', 'pellucid'] as const;

export class Parts {
  readonly promises: BootParts;
  private readonly resolve = new Map<string, (bytes: Part['bytes']) => void>();

  constructor() {
    const arrival = (name: string) => new Promise((resolve) => this.resolve.set(name, resolve));
    this.promises = Object.fromEntries(NAMES.map((name) => [name, arrival(name)])) as unknown as BootParts;
  }

  give({ name, bytes }: Part): void {
    this.resolve.get(name)?.(bytes);
  }
}
