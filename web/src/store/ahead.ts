/**
 * What may be on its way into the tables when the page ends, in the only storage that needs no waiting: written before, taken away
 * after, and found at the next visit when the tables had no time.
 */

const PREFIX = 'pellucid-ahead:';

export interface Ahead<T> {
  /** Returns what takes it away again, unless something newer stands there by then. */
  put(key: string[], value: T): () => void;
  remove(key: string[]): void;
  /** Everything left behind under keys that begin so; it is there no more afterwards. */
  take(start: string[]): T[];
}

/** `kind` keeps the keys of different users apart; `read` refuses what is not theirs. */
export function makeAhead<T>(
  kind: string,
  read: (value: unknown) => T | null,
  storage: Storage | null = localStorageOrNull(),
): Ahead<T> {
  const keyOf = (key: string[]) => PREFIX + JSON.stringify([kind, ...key]);
  return {
    put(key, value) {
      const text = JSON.stringify(value);
      try {
        storage?.setItem(keyOf(key), text);
      } catch {
        // Full or refused: the ordinary way is still open.
      }
      return () => {
        if (storage?.getItem(keyOf(key)) === text) storage.removeItem(keyOf(key));
      };
    },
    remove: (key) => storage?.removeItem(keyOf(key)),
    take(start) {
      const found: T[] = [];
      const begin = keyOf(start).slice(0, -1);
      for (const key of keysOf(storage)) {
        if (key !== `${begin}]` && !key.startsWith(`${begin},`)) continue;
        const value = read(parse(storage?.getItem(key) ?? ''));
        if (value !== null) found.push(value);
        storage?.removeItem(key);
      }
      return found;
    },
  };
}

/** For the erasure of everything. */
export function clearAhead(storage: Storage | null = localStorageOrNull()): void {
  for (const key of keysOf(storage)) storage?.removeItem(key);
}

function keysOf(storage: Storage | null): string[] {
  return Object.keys(storage ?? {}).filter((key) => key.startsWith(PREFIX));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
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
