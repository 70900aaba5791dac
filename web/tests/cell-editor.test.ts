import { EditorView } from '@codemirror/view';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CellEditor, createEditor } from '../src/cell/editor';
import { lazyEditor, listingText } from '../src/cell/lazy-editor';

let host: HTMLElement;
let changes: string[];
let editor: CellEditor;

const options = (doc: string) => ({
  doc,
  label: 'Code of cell 1',
  onChange: (text: string) => void changes.push(text),
  onRun: () => undefined,
});

beforeEach(() => {
  document.body.innerHTML =
    '<div class="cell-source"><pre tabindex="0"><code class="python">a\nb\nc\n</code></pre></div>';
  host = document.body.firstElementChild as HTMLElement;
  changes = [];
});

afterEach(() => editor.destroy());

const view = () => EditorView.findFromDOM(host) as EditorView;
const marked = () => [...host.querySelectorAll('.cm-error-line')].map((line) => line.textContent);

describe('an editor', () => {
  test('takes the place of the listing and gives it back', () => {
    editor = createEditor(host, options('a\nb'));
    expect(host.querySelector('pre')).toBeNull();
    expect(host.querySelector('[role=textbox]')?.getAttribute('aria-label')).toBe('Code of cell 1');
    editor.destroy();
    expect(host.querySelector('pre')?.textContent).toBe('a\nb\nc\n');
  });

  test('tells every change, its own text set from outside too', () => {
    editor = createEditor(host, options('a'));
    view().dispatch({ changes: { from: 1, insert: 'b' } });
    editor.text = 'c';
    expect(changes).toEqual(['ab', 'c']);
    expect(editor.text).toBe('c');
  });

  test('marks the line that failed until that line is edited', () => {
    editor = createEditor(host, options('a\nb\nc'));
    editor.markError(2);
    expect(marked()).toEqual(['b']);
    expect(view().contentDOM.getAttribute('aria-invalid')).toBe('true');
    view().dispatch({ changes: { from: 0, insert: 'first\n' } });
    expect(marked()).toEqual(['b']);
    view().dispatch({ changes: { from: 8, insert: '!' } });
    expect(marked()).toEqual([]);
    expect(view().contentDOM.hasAttribute('aria-invalid')).toBe(false);
  });

  test('marks no line that is not there', () => {
    editor = createEditor(host, options('a\nb\nc'));
    editor.markError(4);
    expect(marked()).toEqual([]);
    editor.markError(3);
    editor.markError(null);
    expect(marked()).toEqual([]);
  });
});

describe('an editor that waits', () => {
  test('takes what is typed into the listing, line breaks as the browser writes them', async () => {
    expect(listingText(host)).toBe('a\nb\nc');
    const lazy = lazyEditor(host, options(listingText(host)));
    editor = lazy;
    const code = host.querySelector('code') as HTMLElement;
    code.innerHTML = 'a<br>b &lt; c';
    code.dispatchEvent(new Event('input', { bubbles: true }));
    expect(lazy.text).toBe('a\nb < c');
    lazy.markError(1);
    await lazy.ready();
    expect(view().state.doc.toString()).toBe('a\nb < c');
    expect(marked()).toEqual(['a']);
    expect(changes).toEqual(['a\nb < c']);
  });

  test('runs by shortcut before its code has come', () => {
    const onRun = vi.fn();
    editor = lazyEditor(host, { ...options('a'), onRun });
    const press = (init: KeyboardEventInit) =>
      host.querySelector('pre')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, ...init }));
    press({});
    expect(onRun).not.toHaveBeenCalled();
    press({ shiftKey: true });
    press({ ctrlKey: true });
    expect(onRun).toHaveBeenCalledTimes(2);
  });
});
