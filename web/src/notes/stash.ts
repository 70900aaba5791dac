/** The last keystrokes before a page closes, in the only storage that needs no waiting. */
import type { Stash } from './keeper';

const PREFIX = 'pellucid-note:';

export function makeStash(note: string, writer: string, storage: Storage | null = localStorageOrNull()): Stash {
  const own = `${PREFIX}${JSON.stringify([note, writer])}`;
  return {
    put(base, text) {
      try {
        storage?.setItem(own, JSON.stringify({ base, text }));
      } catch {
        // Full or refused: the ordinary save is still on its way.
      }
    },
    clear: () => storage?.removeItem(own),
    take() {
      const left: { base: string; text: string }[] = [];
      for (const key of Object.keys(storage ?? {})) {
        if (!key.startsWith(PREFIX) || noteOf(key) !== note) continue;
        const value = parse(storage?.getItem(key) ?? '');
        if (value) left.push(value);
        storage?.removeItem(key);
      }
      return left;
    },
  };
}

/** For the erasure of everything. */
export function clearStashes(storage: Storage | null = localStorageOrNull()): void {
  for (const key of Object.keys(storage ?? {})) if (key.startsWith(PREFIX)) storage?.removeItem(key);
}

function noteOf(key: string): unknown {
  try {
    return (JSON.parse(key.slice(PREFIX.length)) as unknown[])[0];
  } catch {
    return null;
  }
}

function parse(value: string): { base: string; text: string } | null {
  try {
    const { base, text } = JSON.parse(value) as { base: unknown; text: unknown };
    return typeof base === 'string' && typeof text === 'string' ? { base, text } : null;
  } catch {
    return null;
  }
}

function localStorageOrNull(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
