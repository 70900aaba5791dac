/** What helps while typing: completion from the live namespace, and brackets that close themselves. */
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import type { Completion } from '../contract';

/** Names that may stand at the cursor: `from` is where the word that they replace begins. */
export type Complete = (source: string, cursor: number) => Promise<{ from: number; options: Completion[] }>;

export function editorAssist(complete: Complete | undefined): Extension {
  return [
    closeBrackets(),
    keymap.of(closeBracketsKeymap),
    complete
      ? [autocompletion({ override: [completionSource(complete)], icons: false }), keymap.of(completionKeymap)]
      : [],
  ];
}

function completionSource(complete: Complete) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const asked = context.explicit || context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*$|\.$/u);
    if (!asked) return null;
    const found = await complete(context.state.doc.toString(), context.pos);
    if (context.aborted || found.options.length === 0) return null;
    return {
      from: found.from,
      options: found.options.map(({ label, kind, detail }) => ({ label, type: kind, ...(detail ? { detail } : {}) })),
      validFor: /^[\p{L}\p{N}_]*$/u,
    };
  };
}
