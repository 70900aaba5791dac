/** What the tabs of one browser tell one another about the learner's tables. */

export type Message =
  | { type: 'event' }
  | { type: 'note'; note: string; rev: string }
  | { type: 'draft'; page: string; id: string }
  /** Everything may be different: data was imported. */
  | { type: 'imported' }
  | { type: 'erased' };

type Listener = (message: Message, from: 'here' | 'elsewhere') => void;

const listeners = new Set<Listener>();
const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('pellucid');

channel?.addEventListener('message', (event: MessageEvent<Message>) => notify(event.data, 'elsewhere'));

function notify(message: Message, from: 'here' | 'elsewhere'): void {
  for (const listener of [...listeners]) listener(message, from);
}

/** Tell the listeners of this tab and of every other one. */
export function tell(message: Message): void {
  channel?.postMessage(message);
  notify(message, 'here');
}

/** Returns what ends the listening. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
