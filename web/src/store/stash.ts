/** The last keystrokes in a note before a page closes. */
import { makeAhead } from './ahead';

/** What a page that is being closed may have no time to store: kept until the next visit. */
export interface Stash {
  put(base: string, text: string): void;
  clear(): void;
  /** Left behind by earlier visits. */
  take(): { base: string; text: string }[];
}

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
