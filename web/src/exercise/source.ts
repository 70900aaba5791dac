/** What the exercises of this page need beyond its HTML, fetched when a learner first asks for it. */

export interface Code {
  code: string;
  /** Highlighted by the book's compiler. */
  html: string;
}

export interface Exercise {
  title: string;
  kind: string;
  entry: string;
  starter: string;
  /** HTML by the book's compiler. */
  hints: string[];
  solution: Code;
  alternatives: (Code & { name: string })[];
}

export interface ExercisesFile {
  /** The text of exercises.py. */
  source: string;
  exercises: Record<string, Exercise>;
}

let fetching: Promise<ExercisesFile> | null = null;

export function exercisesOfPage(): Promise<ExercisesFile> {
  fetching ??= fetchExercises().catch((error: unknown) => {
    fetching = null; // the next press tries again
    throw error;
  });
  return fetching;
}

async function fetchExercises(): Promise<ExercisesFile> {
  const response = await fetch('./exercises.json');
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return (await response.json()) as ExercisesFile;
}
