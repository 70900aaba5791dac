/** The author's solution beside the learner's own answer, and other ways to write it. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { renderDifference } from '../cell/difference';
import { safeHtml } from './safe-html';
import type { Code, Exercise } from './source';

export interface OwnAnswer {
  text: string;
  starter: string;
  solved: boolean;
}

const LABELS = { a: 'your answer', b: 'the solution' };

export function solutionTemplate(exercise: Exercise, own: OwnAnswer, options: string[]): TemplateResult {
  if (exercise.kind === 'choice') return choiceTemplate(exercise, options);
  const { solution, alternatives } = exercise;
  const written = own.text.trim() !== '' && own.text.trim() !== own.starter.trim();
  return html`
    <p class="solution-lead">${leadWords(own.solved, written)}</p>
    ${
      written
        ? html`<div class="solution-difference">
              ${renderDifference(own.text, solution.code, LABELS)}
            </div>
            <details class="solution-alone"><summary>The solution alone</summary>${codeTemplate(solution)}</details>`
        : codeTemplate(solution)
    }
    ${
      alternatives.length > 0
        ? html`<div class="solution-alternatives" role="group" aria-label="Other ways">
            ${alternatives.map(
              (way) =>
                html`<details><summary>Another way: ${way.name.replaceAll('_', ' ')}</summary>${codeTemplate(way)}</details>`,
            )}
          </div>`
        : nothing
    }
  `;
}

function leadWords(solved: boolean, written: boolean): string {
  if (solved && written)
    return 'Your answer is right. This is how the author wrote it; neither is the better one for being there first.';
  if (written)
    return "This is one way to write it, beside your own: lines marked − are yours, lines marked + the solution's.";
  return 'This is one way to write it. Read it, close it, and write it once yourself: that is when it stays.';
}

function choiceTemplate({ solution }: Exercise, options: string[]): TemplateResult {
  const index = Number(/answer\s*=\s*(\d+)/.exec(solution.code)?.[1]);
  const option = options[index];
  return html`<p class="solution-lead">The right choice is: <strong>${option ?? solution.code}</strong></p>`;
}

function codeTemplate({ html: highlighted, code }: Code): TemplateResult {
  const made = safeHtml(highlighted);
  if (made.querySelector('pre')) return html`<div class="solution-code">${made}</div>`;
  const inside = made.textContent?.trim() ? made : code;
  return html`<div class="solution-code"><pre tabindex="0"><code class="python">${inside}</code></pre></div>`;
}
