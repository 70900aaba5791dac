/** What the learner did, as a log that only grows. Every state shown is a fold over it (progress.ts). */
import { tell } from './channel';
import { type Database, database, type LearnerEvent } from './database';
import { ulid } from './ulid';

/** `attempted` means: an own answer was checked. How often, or how wrong it was, is nobody's business and is not kept. */
export type EventType = 'attempted' | 'solved' | 'hinted' | 'revealed' | 'noted';

export interface Happening {
  type: EventType;
  page: string;
  exercise?: string;
  /** How many hints are open now, for `hinted`. */
  hints?: number;
}

export interface Events {
  all(): Promise<LearnerEvent[]>;
  /** Append one event; the same one again adds nothing. */
  record(happening: Happening): Promise<void>;
}

export function makeEvents(open: () => Promise<Database> = database): Events {
  return {
    all: async () => (await open()).read(['events'], (t) => t.all('events')),

    async record(happening) {
      const event: LearnerEvent = { ...happening, id: ulid(), at: Date.now() };
      const added = await (await open()).write(['events'], async (t) => {
        const known = (await t.all('events')).some((past) => sameHappening(past, event));
        if (!known) await t.put('events', event);
        return !known;
      });
      if (added) tell({ type: 'event' });
    },
  };
}

function sameHappening(a: LearnerEvent, b: LearnerEvent): boolean {
  return a.type === b.type && a.page === b.page && a.exercise === b.exercise && a.hints === b.hints;
}

export const events = makeEvents();
