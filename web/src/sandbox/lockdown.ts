/**
 * Take from a worker what Python never needs, before any learner's code runs. The frame's policy already refuses every connection;
 * this is the second wall, and it removes calls that hang a worker for good (navigator.storage in Firefox, fetch in WebKit).
 */
const GLOBALS = [
  'XMLHttpRequest WebSocket WebSocketStream WebTransport EventSource RTCPeerConnection RTCDataChannel',
  'Worker SharedWorker importScripts BroadcastChannel MessageChannel Notification PushManager',
  'indexedDB caches cookieStore CookieStore localStorage sessionStorage webkitIndexedDB',
  'StorageManager ServiceWorkerRegistration ServiceWorkerContainer CacheStorage IDBFactory',
  'LockManager FileReaderSync FileSystemHandle webkitRequestFileSystem webkitRequestFileSystemSync',
  'webkitResolveLocalFileSystemURL webkitResolveLocalFileSystemSyncURL requestAnimationFrame',
  'postMessage close reportError createImageBitmap OffscreenCanvas FontFace fonts Request',
].flatMap((names) => names.split(' '));

const NAVIGATOR = [
  'storage serviceWorker locks gpu serial usb hid permissions mediaCapabilities connection sendBeacon',
  'storageBuckets userAgentData wakeLock',
].flatMap((names) => names.split(' '));

const URLS = ['createObjectURL', 'revokeObjectURL'];

/** Delete `names` from `target` and everything that it inherits from; what cannot be deleted becomes undefined. */
function remove(target: object, names: readonly string[]): void {
  for (let owner: object | null = target; owner && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const name of names) {
      if (!Object.hasOwn(owner, name)) continue;
      if (!Reflect.deleteProperty(owner, name)) {
        Reflect.defineProperty(owner, name, { value: undefined, writable: false, configurable: false });
      }
    }
  }
}

export function lockDown(scope: typeof globalThis): void {
  remove(scope, [...GLOBALS, 'fetch']);
  remove(scope.navigator, NAVIGATOR);
  remove(scope.URL, URLS);
  // Pyodide's own helpers call fetch: they get their refusal at once, in every browser.
  const refuse = () => Promise.reject(new TypeError('The sandbox has no network.'));
  Object.defineProperty(scope, 'fetch', { value: refuse, writable: false, configurable: false });
}
