/** Progress is a fold over the events; no order and no repetition of them changes it. */
import type { LearnerEvent } from './database';

export interface ExerciseProgress {
  attempted: boolean;
  solved: boolean;
  revealed: boolean;
  /** The most hints that were open. */
  hints: number;
}

export interface PageProgress {
  noted: boolean;
  exercises: Map<string, ExerciseProgress>;
}

export type Progress = Map<string, PageProgress>;

/** What an event tells about its exercise. Each only ever adds, so their order cannot matter. */
const REDUCERS: Record<string, (state: ExerciseProgress, event: LearnerEvent) => ExerciseProgress> = {
  attempted: (state) => ({ ...state, attempted: true }),
  solved: (state) => ({ ...state, attempted: true, solved: true }),
  revealed: (state) => ({ ...state, revealed: true }),
  hinted: (state, event) => ({ ...state, hints: Math.max(state.hints, event.hints ?? 0) }),
};

const UNTOUCHED: ExerciseProgress = { attempted: false, solved: false, revealed: false, hints: 0 };

/** Events of kinds that this version does not know are left alone. */
export function foldProgress(events: Iterable<LearnerEvent>): Progress {
  const progress: Progress = new Map();
  for (const event of events) {
    const page = progress.get(event.page) ?? { noted: false, exercises: new Map() };
    progress.set(event.page, page);
    if (event.type === 'noted') page.noted = true;
    const reduce = REDUCERS[event.type];
    if (reduce && event.exercise !== undefined)
      page.exercises.set(event.exercise, reduce(page.exercises.get(event.exercise) ?? UNTOUCHED, event));
  }
  return progress;
}

export function exerciseProgress(progress: Progress, page: string, exercise: string): ExerciseProgress {
  return progress.get(page)?.exercises.get(exercise) ?? UNTOUCHED;
}

export function solvedCount(progress: Progress, page: string): number {
  return [...(progress.get(page)?.exercises.values() ?? [])].filter((exercise) => exercise.solved).length;
}
