/** The last keystrokes in a note before a page closes. */
import { makeAhead } from '../store/ahead';
import type { Stash } from './keeper';

interface Left {
  base: string;
  text: string;
}

export function makeStash(note: string, writer: string, storage?: Storage | null): Stash {
  const ahead = makeAhead<Left>('note', readLeft, storage);
  return {
    put: (base, text) => void ahead.put([note, writer], { base, text }),
    clear: () => ahead.remove([note, writer]),
    take: () => ahead.take([note]),
  };
}

function readLeft(value: unknown): Left | null {
  const { base, text } = (value ?? {}) as Record<string, unknown>;
  return typeof base === 'string' && typeof text === 'string' ? { base, text } : null;
}
