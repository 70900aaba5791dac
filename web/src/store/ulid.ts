/** Identifiers that need no server: 48 bits of time, 80 of chance, in 26 letters that sort by time (github.com/ulid/spec). */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function ulid(
  now: number = Date.now(),
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(16)),
): string {
  let time = '';
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = ALPHABET.charAt(rest % 32) + time;
  return time + Array.from(random, (byte) => ALPHABET.charAt(byte % 32)).join('');
}
