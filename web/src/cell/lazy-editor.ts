/** An editor that begins as the page's static listing, takes typing at once, and becomes CodeMirror when the reader comes near. */
import { whenIdle } from '../idle';
import type { CellEditor, EditorOptions } from './editor';

/** How far from the viewport an editor is made ready. */
const NEAR = '400px';

/** The source in a static listing; a newline at its end is the listing's, not a line of code. */
export function listingText(host: HTMLElement): string {
  return host.querySelector('pre code')?.textContent?.replace(/\n$/, '') ?? '';
}

export interface LazyEditor extends CellEditor {
  /** Resolves when the editor proper is there, or could not be loaded and the listing stays. */
  ready(): Promise<void>;
}

/**
 * The same interface as `createEditor`, for `.cell-source` and `.exercise-source` with their `<pre><code>`. The listing can be edited from
 * the moment it has focus; what was typed, and the caret, go over to the editor when its code has arrived.
 */
export function lazyEditor(host: HTMLElement, options: EditorOptions): LazyEditor {
  const listing = host.querySelector<HTMLElement>('pre code') ?? host;
  const frame = listing.closest('pre') ?? listing;
  const leave = new AbortController();
  let text = options.doc;
  let marked: number | null = null;
  let editor: CellEditor | null = null;
  let loading: Promise<void> | null = null;
  if (listing.textContent !== text) listing.textContent = text;

  const upgrade = async () => {
    try {
      const { createEditor } = await import('./editor');
      if (leave.signal.aborted) return;
      const focused = frame.contains(document.activeElement);
      const start = { focused, caret: focused ? caretIn(listing) : 0 };
      editor = createEditor(host, { ...options, doc: text }, start);
      leave.abort();
      editor.markError(marked);
    } catch {
      loading = null; // offline: the listing goes on taking text, and the next approach tries again
    }
  };
  const approach = () => {
    loading ??= upgrade();
    return loading;
  };
  const edited = () => {
    text = textOf(listing);
    options.onChange(text);
  };
  prepareListing(frame, options);
  whenNear(host, () => void approach(), leave.signal);
  frame.addEventListener('input', edited, { signal: leave.signal });
  frame.addEventListener('keydown', (event) => runKey(event, options.onRun), { signal: leave.signal });

  return {
    ready: () => (leave.signal.aborted ? Promise.resolve() : approach()),
    get text() {
      return editor ? editor.text : text;
    },
    set text(next) {
      if (editor) editor.text = next;
      else {
        text = next;
        listing.textContent = next;
        options.onChange(next);
      }
    },
    markError(line) {
      marked = line;
      editor?.markError(line);
    },
    focus() {
      if (editor) editor.focus();
      else frame.focus();
    },
    destroy() {
      leave.abort();
      editor?.destroy();
    },
  };
}

function prepareListing(frame: HTMLElement, options: EditorOptions): void {
  frame.tabIndex = 0;
  frame.spellcheck = false;
  frame.setAttribute('autocapitalize', 'off');
  frame.setAttribute('role', 'textbox');
  frame.setAttribute('aria-multiline', 'true');
  frame.setAttribute('aria-label', options.label);
  if (options.readOnly) frame.setAttribute('aria-readonly', 'true');
  else frame.setAttribute('contenteditable', 'plaintext-only');
}

function whenNear(host: HTMLElement, act: () => void, signal: AbortSignal): void {
  const seen = (entries: IntersectionObserverEntry[]) => entries.some((entry) => entry.isIntersecting) && act();
  const observer = new IntersectionObserver(seen, { rootMargin: NEAR });
  whenIdle(() => signal.aborted || observer.observe(host));
  signal.addEventListener('abort', () => observer.disconnect());
  for (const kind of ['focusin', 'pointerenter']) host.addEventListener(kind, act, { signal });
}

function runKey(event: KeyboardEvent, run: () => void): void {
  if (event.key !== 'Enter' || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  run();
}

/** Characters before the caret in the listing; 0 when the caret is elsewhere. */
function caretIn(listing: HTMLElement): number {
  const selection = getSelection();
  if (!selection?.rangeCount || !listing.contains(selection.focusNode)) return 0;
  const before = document.createRange();
  before.selectNodeContents(listing);
  before.setEnd(selection.focusNode as Node, selection.focusOffset);
  return textOf(before.cloneContents()).length;
}

/** The text of an edited listing, where some browsers write line breaks as elements. */
function textOf(node: Node): string {
  const copy = node.cloneNode(true) as ParentNode & Node;
  for (const end of copy.querySelectorAll('br')) end.replaceWith('\n');
  return copy.textContent ?? '';
}
