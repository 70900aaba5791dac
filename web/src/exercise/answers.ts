/** Where a learner writes the answer. To add a kind of exercise, add a row to ANSWERS. */
import type { CellEditor } from '../cell/editor';
import { lazyEditor } from '../cell/lazy-editor';

export interface Answer {
  /** The submission as Python source. */
  text: string;
  /** What stands there before the learner does anything. */
  readonly starter: string;
  /** Mark a line that failed; null takes the mark away. */
  mark(line: number | null): void;
  focus(): void;
  destroy(): void;
}

export interface AnswerOptions {
  label: string;
  onChange(text: string): void;
  onCheck(): void;
}

type MakeAnswer = (exercise: HTMLElement, options: AnswerOptions) => Answer;

const ANSWERS: Record<string, MakeAnswer> = {
  function: editorAnswer,
  value: editorAnswer,
  shape: editorAnswer,
  choice: choiceAnswer,
};

export function makeAnswer(exercise: HTMLElement, options: AnswerOptions): Answer {
  const make = ANSWERS[exercise.dataset.kind ?? ''] ?? editorAnswer;
  return make(exercise, options);
}

function editorAnswer(exercise: HTMLElement, { label, onChange, onCheck }: AnswerOptions): Answer {
  const host = exercise.querySelector<HTMLElement>('.exercise-source');
  if (!host) throw new Error(`exercise ${exercise.dataset.exercise}: .exercise-source is missing`);
  const starter = host.querySelector('code')?.textContent ?? '';
  const editor: CellEditor = lazyEditor(host, { doc: starter, label, onChange, onRun: onCheck });
  return {
    starter,
    get text() {
      return editor.text;
    },
    set text(text) {
      editor.text = text;
    },
    mark: (line) => editor.markError(line),
    focus: () => editor.focus(),
    destroy: () => editor.destroy(),
  };
}

/** Radio buttons whose value is the option's index: the submission says `answer = 2`. */
function choiceAnswer(exercise: HTMLElement, { onChange, onCheck }: AnswerOptions): Answer {
  const radios = [...exercise.querySelectorAll<HTMLInputElement>('.exercise-options input[type=radio]')];
  const leave = new AbortController();
  const submission = () => {
    const chosen = radios.find((radio) => radio.checked);
    return chosen ? `answer = ${chosen.value}` : '';
  };
  for (const radio of radios) {
    radio.disabled = false;
    radio.addEventListener('change', () => onChange(submission()), { signal: leave.signal });
    radio.addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'Enter' && event.shiftKey) onCheck();
      },
      { signal: leave.signal },
    );
  }
  return {
    starter: '',
    get text() {
      return submission();
    },
    set text(text) {
      for (const radio of radios) radio.checked = text === `answer = ${radio.value}`;
      onChange(submission());
    },
    mark() {},
    focus: () => (radios.find((radio) => radio.checked) ?? radios[0])?.focus(),
    destroy: () => leave.abort(),
  };
}
