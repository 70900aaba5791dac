/**
 * The sandbox frame: an opaque origin whose policy allows no connection. It starts and ends workers and holds the memory that
 * interrupts them. It hands each worker a port to the page and never listens to a worker itself.
 */
import { probeFrame } from './frame-probes';
import type { FrameOrder, FrameReport } from './messages';
import { Wake } from './wake';

interface Running {
  worker: Worker;
  wake: Wake | null;
}

const workers = new Map<number, Running>();

/** A data: URL is the one kind of worker that Chromium, Firefox and WebKit all start in an opaque origin. */
const WORKER_URL = `data:text/javascript;base64,${btoa(WORKER_SOURCE)}`;

function spawn(number: number, port: MessagePort, report: (message: FrameReport) => void): void {
  const wake = typeof SharedArrayBuffer === 'undefined' ? null : Wake.create();
  const worker = new Worker(WORKER_URL);
  worker.onerror = (event) => {
    event.preventDefault();
    report({ kind: 'died', worker: number, detail: event.message || 'the worker could not be started' });
  };
  worker.postMessage({ port, memory: wake?.memory ?? null }, [port]);
  workers.set(number, { worker, wake });
}

async function obey(order: FrameOrder, ports: readonly MessagePort[], report: (message: FrameReport) => void) {
  const running = workers.get(order.worker);
  switch (order.kind) {
    case 'spawn':
      if (ports[0]) spawn(order.worker, ports[0], report);
      break;
    case 'interrupt':
      running?.wake?.stop();
      break;
    case 'answer':
      running?.wake?.answer(order.text);
      break;
    case 'kill':
      running?.worker.terminate();
      workers.delete(order.worker);
      break;
    case 'ping':
      report({ kind: 'pong', worker: order.worker });
      break;
    case 'probe':
      report({ kind: 'probes', worker: order.worker, probes: await probeFrame(order.url) });
      break;
  }
}

/** The page's first message brings the port over which all else goes. */
function connect(event: MessageEvent): void {
  const port = event.ports[0];
  if (event.source !== window.parent || !port) return;
  removeEventListener('message', connect);
  const report = (message: FrameReport) => port.postMessage(message);
  port.onmessage = (order: MessageEvent<FrameOrder>) => void obey(order.data, order.ports, report);
  report({
    kind: 'hello',
    opaque: self.origin === 'null',
    isolated: self.crossOriginIsolated === true,
    shared: typeof SharedArrayBuffer !== 'undefined',
  });
}

addEventListener('message', connect);
