/** A verdict as a template. All of it is text: what came out of the sandbox is never read as markup. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { renderError } from '../cell/output-parts';
import { plain } from '../cell/text';
import type { ErrorReport, Verdict } from '../contract';
import { messageRenderer } from './message';

export interface VerdictContext {
  /** The first right answer to this exercise: worth a small celebration. */
  first: boolean;
  next: { href: string; title: string } | null;
}

/** Waits only for what formulas in it need. */
export async function verdictTemplate(verdict: Verdict, context: VerdictContext): Promise<TemplateResult> {
  const message = await messageRenderer([verdict.message, ...verdict.diagnosis]);
  const celebrate = context.first && !matchMedia('(prefers-reduced-motion: reduce)').matches;
  return html`
    <p class="verdict-title${celebrate ? ' celebrate' : ''}">
      <span class="verdict-mark" aria-hidden="true">${MARKS[verdict.status]}</span> ${verdict.title}
    </p>
    ${verdict.message ? html`<p class="verdict-message">${message(verdict.message)}</p>` : nothing}
    ${
      verdict.diagnosis.length > 0
        ? html`<ul class="verdict-diagnosis">${verdict.diagnosis.map((text) => html`<li>${message(text)}</li>`)}</ul>`
        : nothing
    }
    ${verdict.counterexample ? counterexampleTemplate(verdict.counterexample) : nothing}
    ${verdict.error ? renderError(unsaid(verdict.error, verdict.message), SUBMISSION) : nothing}
    ${countTemplate(verdict)} ${printedTemplate(verdict.stdout)}
    ${
      verdict.status === 'right' && context.next
        ? html`<p class="verdict-next">Next: <a href=${context.next.href}>${context.next.title}</a></p>`
        : nothing
    }
  `;
}

/** The name under which frames of an error speak of the learner's code. */
const SUBMISSION = 'submission';

/** The error without what the message says already. */
function unsaid(error: ErrorReport, message: string): ErrorReport {
  const has = (text: string | null) => text !== null && message.includes(text);
  return { ...error, message: has(error.message) ? '' : error.message, help: has(error.help) ? null : error.help };
}

const MARKS: Record<Verdict['status'], string> = { right: '✓', wrong: '✗', error: '!', incomplete: '…' };

function counterexampleTemplate({ inputs, expected, got }: NonNullable<Verdict['counterexample']>): TemplateResult {
  return html`
    <dl class="counterexample">
      ${inputs.map(({ name, text }) => html`<dt><code>${name}</code></dt><dd>${block(text, `Input ${name}`)}</dd>`)}
      <dt class="counterexample-expected">Expected</dt>
      <dd>${block(expected, 'Expected')}</dd>
      <dt class="counterexample-got">Your answer</dt>
      <dd>${block(got, 'Your answer')}</dd>
    </dl>
  `;
}

/** Scrolls by itself when it is wide, so that it must be reachable by keyboard. */
function block(text: string, label: string): TemplateResult {
  return html`<pre tabindex="0" role="group" aria-label=${label}>${plain(text)}</pre>`;
}

function countTemplate({ status, passed, total }: Verdict): TemplateResult | typeof nothing {
  if (total <= 1 || status === 'incomplete') return nothing;
  return html`<p class="verdict-count">${status === 'right' ? `All ${total} checks pass.` : `${passed} of ${total} checks pass.`}</p>`;
}

function printedTemplate(stdout: string): TemplateResult | typeof nothing {
  if (stdout.trim() === '') return nothing;
  return html`<details class="verdict-printed"><summary>What your code printed</summary>${block(stdout, 'What your code printed')}</details>`;
}
