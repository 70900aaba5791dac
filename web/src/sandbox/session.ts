import type { Session } from '../contract';
import { CellSession } from './cell-session';
import { pageFiles } from './page-files';
import { checkFrame, findCaveat, spawnWorker } from './sandbox';

let session: Session | null = null;

/** The session of this page: one interpreter for all of its cells. */
export function pageSession(): Session {
  session ??= new CellSession({ spawn: spawnWorker, files: pageFiles(), checkFrame, findCaveat });
  return session;
}
