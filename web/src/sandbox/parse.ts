/** Small parsers for data that nobody vouches for: each returns a fresh value of its type, or `undefined`. */

export type Parser<T> = (value: unknown) => T | undefined;
export type Parsed<P> = P extends Parser<infer T> ? T : never;

/** A string, cut to `max` characters so that it can still be shown. */
export function text(max: number): Parser<string> {
  return (value) => {
    if (typeof value !== 'string') return undefined;
    return value.length <= max ? value : `${value.slice(0, max - 1)}…`;
  };
}

/** A string of at most `max` characters; a longer one is refused, for a part of it would mean something else. */
export function wholeText(max: number): Parser<string> {
  return (value) => (typeof value === 'string' && value.length <= max ? value : undefined);
}

export function integer(min: number, max: number): Parser<number> {
  return (value) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined;
}

export const flag: Parser<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

export function oneOf<const T extends string>(...names: T[]): Parser<T> {
  return (value) => names.find((name) => name === value);
}

export function nullable<T>(parser: Parser<T>): Parser<T | null> {
  return (value) => (value === null || value === undefined ? null : parser(value));
}

/** Every item must parse; a list longer than `max` is cut. */
export function list<T>(parser: Parser<T>, max: number): Parser<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const items: T[] = [];
    for (let index = 0; index < Math.min(value.length, max); index++) {
      const item = parser(value[index]);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  };
}

/** The named fields and no other. */
export function record<T extends Record<string, unknown>>(fields: { [K in keyof T]: Parser<T[K]> }): Parser<T> {
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    const result: Partial<T> = {};
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      const field = fields[key]((value as Record<string, unknown>)[key]);
      if (field === undefined) return undefined;
      result[key] = field;
    }
    return result as T;
  };
}

/** The first parser that accepts. */
export function either<T extends Parser<unknown>[]>(...parsers: T): Parser<Parsed<T[number]>> {
  return (value) => {
    for (const parser of parsers) {
      const result = parser(value);
      if (result !== undefined) return result as Parsed<T[number]>;
    }
    return undefined;
  };
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** A PNG image of at most `max` bytes: no other format, so that no picture can carry markup. */
export function png(max: number): Parser<Uint8Array> {
  return (value) => {
    if (!(value instanceof Uint8Array) || value.length > max) return undefined;
    return PNG.every((byte, index) => value[index] === byte) ? value : undefined;
  };
}

/** JSON text through a parser; text that is no JSON is refused. */
export function fromJson<T>(json: string, parser: Parser<T>): T | undefined {
  try {
    return parser(JSON.parse(json));
  } catch {
    return undefined;
  }
}
