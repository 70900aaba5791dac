import type { Judge } from '../contract';
import { ExerciseJudge } from './exercise-judge';
import { pageFiles } from './page-files';
import { spawnWorker } from './sandbox';

let judge: Judge | null = null;

/** The judge of this page: it outlives the exercises that ask it. */
export function pageJudge(): Judge {
  judge ??= new ExerciseJudge(spawnWorker, pageFiles());
  return judge;
}
