/** The learner's own tables, in IndexedDB; in memory where the browser has none, so that the page still works. */
import { type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import type { Draft } from '../contract';

/** What the learner did, once and for all: never changed, told apart by its id. */
export interface LearnerEvent {
  /** A ULID made in this browser. */
  id: string;
  type: string;
  page: string;
  /** Milliseconds since 1970 by this machine's clock: shown, never used to decide. */
  at: number;
  exercise?: string;
  /** How many hints were open, for `hinted`. */
  hints?: number;
}

/** One version of a page's note. `parent` is the version that it was written over, `other` a second one merged into it. */
export interface Revision {
  note: string;
  rev: string;
  parent: string | null;
  other: string | null;
  body: string;
  saved: number;
  /** The tab that wrote it, while its next version may take this one's place; null once another place may know it. */
  writer: string | null;
}

/** A text that gave way to another of the same cell or exercise, kept so that nobody loses it. */
export interface Aside extends Draft {
  key: string;
}

export interface Head {
  note: string;
  rev: string;
}

/** The rows of every table. */
export interface Tables {
  drafts: Draft;
  asides: Aside;
  events: LearnerEvent;
  revisions: Revision;
  heads: Head;
}

export type TableName = keyof Tables;
export type Key = string | string[];

const KEYS: { [T in TableName]: string | string[] } = {
  drafts: ['page', 'id'],
  asides: ['page', 'id', 'key'],
  events: 'id',
  revisions: ['note', 'rev'],
  heads: 'note',
};

export const TABLES = Object.keys(KEYS) as TableName[];

export interface Transaction {
  get<T extends TableName>(table: T, key: Key): Promise<Tables[T] | undefined>;
  /** Every row in the order of its key; with `prefix`, those whose key begins with it. */
  all<T extends TableName>(table: T, prefix?: string): Promise<Tables[T][]>;
  put<T extends TableName>(table: T, row: Tables[T]): Promise<void>;
  delete(table: TableName, key: Key): Promise<void>;
  clear(table: TableName): Promise<void>;
}

type Work<R> = (transaction: Transaction) => Promise<R>;

/** `work` may await nothing but its transaction; when it throws, nothing of it is kept. */
export interface Database {
  /** Why nothing lasts beyond this tab, in plain words; null when it does. */
  readonly caveat: string | null;
  read<R>(tables: TableName[], work: Work<R>): Promise<R>;
  write<R>(tables: TableName[], work: Work<R>): Promise<R>;
}

const VERSION = 1;

/** Open the tables under a name. Rejects when the browser has no IndexedDB or refuses it. */
export async function openIndexed(name: string): Promise<Database> {
  let connection: IDBPDatabase | null = await connect();

  function connect(): Promise<IDBPDatabase> {
    const forget = () => {
      connection = null;
    };
    return openDB(name, VERSION, {
      upgrade(db) {
        for (const table of TABLES) db.createObjectStore(table, { keyPath: KEYS[table] });
      },
      // A newer page in another tab wants to upgrade: give way, and open again at the next use.
      blocking(_current, _wanted, event) {
        (event.target as IDBDatabase).close();
        forget();
      },
      terminated: forget,
    });
  }

  async function begin(tables: TableName[], mode: IDBTransactionMode) {
    connection ??= await connect();
    try {
      return connection.transaction(tables, mode, { durability: 'strict' });
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error;
      connection = await connect();
      return connection.transaction(tables, mode, { durability: 'strict' });
    }
  }

  async function run<R>(tables: TableName[], mode: IDBTransactionMode, work: Work<R>): Promise<R> {
    const transaction = await begin(tables, mode);
    const done = transaction.done;
    try {
      const result = await work(wrap(transaction));
      await done;
      return result;
    } catch (error) {
      done.catch(() => {});
      try {
        transaction.abort();
      } catch {
        // It ended already: the failure below says why.
      }
      throw error;
    }
  }

  return {
    caveat: null,
    read: (tables, work) => run(tables, 'readonly', work),
    write: (tables, work) => run(tables, 'readwrite', work),
  };
}

function wrap(transaction: IDBPTransaction<unknown, string[], IDBTransactionMode>): Transaction {
  const store = (table: TableName) => transaction.objectStore(table);
  return {
    get: (table, key) => store(table).get(key),
    all: (table, prefix) =>
      store(table).getAll(prefix === undefined ? undefined : IDBKeyRange.bound([prefix], [prefix, []])),
    put: async (table, row) => void (await store(table).put?.(row)),
    delete: async (table, key) => void (await store(table).delete?.(key)),
    clear: async (table) => void (await store(table).clear?.()),
  };
}

/** The same tables in memory: gone with the tab. */
export function openMemory(caveat: string): Database {
  let tables = new Map<TableName, Map<string, unknown>>(TABLES.map((table) => [table, new Map()]));
  let last: Promise<unknown> = Promise.resolve();

  async function run<R>(work: Work<R>): Promise<R> {
    const copy = new Map([...tables].map(([name, rows]) => [name, new Map(rows)]));
    const result = await work(transactionOver(copy));
    tables = copy;
    return result;
  }

  /** One after another, as IndexedDB would. */
  function queue<R>(_tables: TableName[], work: Work<R>): Promise<R> {
    const next = last.then(() => run(work));
    last = next.catch(() => {});
    return next;
  }

  return { caveat, read: queue, write: queue };
}

function transactionOver(tables: Map<TableName, Map<string, unknown>>): Transaction {
  const rows = <T extends TableName>(table: T) => tables.get(table) as Map<string, Tables[T]>;
  return {
    get: async (table, key) => structuredClone(rows(table).get(JSON.stringify(key))),
    all: async (table, prefix) =>
      [...rows(table)]
        .filter(([key]) => prefix === undefined || (JSON.parse(key) as string[])[0] === prefix)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, row]) => structuredClone(row)),
    put: async (table, row) => void rows(table).set(JSON.stringify(keyOf(table, row)), structuredClone(row)),
    delete: async (table, key) => void rows(table).delete(JSON.stringify(key)),
    clear: async (table) => rows(table).clear(),
  };
}

/** A row's key in its table. */
export function keyOf<T extends TableName>(table: T, row: Tables[T]): Key {
  const path = KEYS[table];
  const field = (name: string) => (row as unknown as Record<string, string>)[name] ?? '';
  return typeof path === 'string' ? field(path) : path.map(field);
}

let opened: Promise<Database> | null = null;

/** The page's database, opened at the first use. */
export function database(): Promise<Database> {
  opened ??= openIndexed('pellucid').catch((error: unknown) => openMemory(explain(error)));
  return opened;
}

function explain(error: unknown): string {
  if (error instanceof DOMException && error.name === 'VersionError')
    return 'A newer version of this page has stored data here. Reload the page to use it; until then nothing is kept.';
  return 'This browser does not let the page keep anything. What you write here is gone when you close this tab: export it before you leave.';
}
