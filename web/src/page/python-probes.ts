/** What Python tries from inside a cell. Each is an expression that a reader could type into any cell of the book. */
import type { RunEvent, Session } from '../contract';
import { type Probe, parseProbes } from '../sandbox/messages';
import { fromJson } from '../sandbox/parse';

type Attempt = [name: string, code: string];

const ATTEMPTS: Attempt[] = [
  ['Request to this server', 'js.fetch(url)'],
  ['Old-style request', 'js.XMLHttpRequest.new()'],
  ['Request by Python', 'urllib.request.urlopen(url)'],
  ['Request by Pyodide', 'pyodide.http.open_url(url)'],
  ['Connection by Python', 'socket.create_connection((host, 80), timeout=1)'],
  ['Socket', 'js.WebSocket.new(url)'],
  ['Stream of events', 'js.EventSource.new(url)'],
  ['Farewell message to a server', 'js.navigator.sendBeacon(url)'],
  ['Script from a server', 'js.importScripts(url)'],
  ['Another worker', 'js.Worker.new(url)'],
  ['JavaScript from text', 'js.eval("fetch(0)")'],
  ["The page's document", 'js.document.body'],
  ['Cookies', 'js.document.cookie'],
  ['Local storage', 'js.localStorage.length'],
  ['Databases, where notes are kept', 'js.indexedDB.open("pellucid")'],
  ['Cache', 'js.caches.keys()'],
  ['Service worker', 'js.navigator.serviceWorker.register(url)'],
  ['Storage of the origin', 'js.navigator.storage.getDirectory()'],
  ['Other tabs', 'js.BroadcastChannel.new("pellucid")'],
  ['A message to the page', 'js.postMessage("forged")'],
  ["The page's API", 'js.parent.fetch("/api/notes")'],
];

/** A promise tells of its refusal later, when Python is idle: hence a second cell that reads the outcomes. */
const TRY = `
import js, json, socket, urllib.request
import pyodide.http

attempts, probes = json.loads(attempts_json), []

def record(probe, outcome, refused):
    probe.update(outcome=str(outcome)[:500], refused=refused)

for name, code in attempts:
    probe = {"name": name, "code": code, "outcome": "no answer came", "refused": True}
    probes.append(probe)
    try:
        value = eval(code)
        if hasattr(value, "then"):
            value.then(
                lambda result, probe=probe: record(probe, f"It worked: {result}", False),
                lambda error, probe=probe: record(probe, error, True),
            )
        else:
            record(probe, f"It worked: {value!r}", False)
    except BaseException as error:
        record(probe, f"{type(error).__name__}: {error}", True)
`;

const READ = 'print(json.dumps(probes))';

const PROMISES_MS = 500;

async function runQuietly(session: Session, source: string): Promise<string> {
  let printed = '';
  const listen = (event: RunEvent) => {
    if (event.type === 'stdout') printed += event.text;
    if (event.type === 'error') printed += event.error.message;
  };
  const result = await session.run({ cell: 'probes', source, seconds: 30 }, listen);
  if (result.status !== 'ok') throw new Error(result.message ?? printed);
  return printed;
}

/** Make every attempt once from a cell of `session`; `url` is an address on the page's own server. */
export async function probePython(session: Session, url: string): Promise<Probe[]> {
  const quoted = (value: unknown) => JSON.stringify(JSON.stringify(value));
  const inputs = `attempts_json = ${quoted(ATTEMPTS)}\nurl, host = ${JSON.stringify(url)}, ${JSON.stringify(new URL(url).hostname)}`;
  await runQuietly(session, `${inputs}\n${TRY}`);
  await new Promise((resolve) => setTimeout(resolve, PROMISES_MS));
  const probes = fromJson(await runQuietly(session, READ), parseProbes);
  if (!probes) throw new Error('The outcomes could not be read.');
  return probes;
}
