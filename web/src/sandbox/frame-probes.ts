/** What the frame itself tries, so that a reader can see it refused. Each attempt is real; none is expected to succeed. */
import type { Probe } from './messages';

type Attempt = [name: string, code: string, attempt: (url: string) => unknown];

/** Resolves with the kind of the event that came first; an image or a socket tells of its refusal by `error`. */
function settle(target: EventTarget, good: string, bad = 'error'): Promise<string> {
  return new Promise((resolve, reject) => {
    target.addEventListener(good, () => resolve(good));
    target.addEventListener(bad, () => reject(new Error('blocked')));
  });
}

function synchronousRequest(url: string): number {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.send();
  return request.status;
}

function loadImage(url: string): Promise<string> {
  const image = new Image();
  const loaded = settle(image, 'load');
  image.src = url;
  return loaded;
}

function loadScript(url: string): Promise<string> {
  const script = document.createElement('script');
  const loaded = settle(script, 'load');
  script.src = url;
  document.head.append(script);
  return loaded;
}

function openDatabase(): Promise<string> {
  return settle(indexedDB.open('probe'), 'success');
}

function openWindow(url: string): string {
  if (!window.open(url)) throw new Error('no window opened');
  return 'a window opened';
}

const ATTEMPTS: Attempt[] = [
  ['Request to this server', 'fetch(url, {credentials: "include"})', (url) => fetch(url, { credentials: 'include' })],
  ['Synchronous request', 'new XMLHttpRequest().open("GET", url, false)', synchronousRequest],
  ['Socket', 'new WebSocket(url)', (url) => settle(new WebSocket(url.replace(/^http/, 'ws')), 'open')],
  ['Image from a server', 'new Image().src = url', loadImage],
  ['Script from a server', 'script.src = url', loadScript],
  ['Cookies', 'document.cookie', () => document.cookie],
  ['Local storage', 'localStorage.length', () => localStorage.length],
  ['Databases, where notes are kept', 'indexedDB.open("probe")', openDatabase],
  ['Cache', 'caches.keys()', () => caches.keys()],
  ['Service worker', 'navigator.serviceWorker.register(url)', (url) => navigator.serviceWorker.register(url)],
  ['The page around the frame', 'parent.document.body', () => window.parent.document.body],
  ['Its address', 'parent.location.href', () => window.parent.location.href],
  ['Sending the page elsewhere', 'top.location = url', (url) => Reflect.set(window.top as object, 'location', url)],
  ['A new window', 'window.open(url)', openWindow],
];

function withTimeout(work: Promise<unknown>): Promise<unknown> {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('no answer came')), 3_000));
  return Promise.race([work, late]);
}

/** Make every attempt once. `url` is an address on the page's own server. */
export async function probeFrame(url: string): Promise<Probe[]> {
  return Promise.all(
    ATTEMPTS.map(async ([name, code, attempt]) => {
      try {
        const got = await withTimeout(Promise.resolve().then(() => attempt(url)));
        return { name, code, outcome: `It worked: ${String(got)}`, refused: false };
      } catch (error) {
        const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        return { name, code, outcome: why, refused: true };
      }
    }),
  );
}
