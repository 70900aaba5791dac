/** Three-way merge of notes, line by line. What either side wrote is in the result, always. */
import { diffArrays } from 'diff';

export interface Merged {
  text: string;
  /** Lines of `text` (1-based) where both sides had changed the same place, so that both versions stand there. */
  both: number[];
}

/** `base` lines [from, to) became `lines`. */
interface Hunk {
  from: number;
  to: number;
  lines: string[];
}

interface Region {
  from: number;
  to: number;
  mine: Hunk[];
  theirs: Hunk[];
}

/** Take both sides' changes of `base`; where they meet, keep mine and then theirs, lines that agree once. */
export function mergeLines(base: string, mine: string, theirs: string): Merged {
  const lines = base.split('\n');
  const regions = findRegions(findHunks(lines, mine.split('\n')), findHunks(lines, theirs.split('\n')));
  const merged: string[] = [];
  const both: number[] = [];
  let at = 0;
  for (const region of regions) {
    merged.push(...lines.slice(at, region.from));
    const ours = applyHunks(lines, region, region.mine);
    const others = applyHunks(lines, region, region.theirs);
    if (region.mine.length === 0) merged.push(...others);
    else if (region.theirs.length === 0 || sameLines(ours, others)) merged.push(...ours);
    else {
      both.push(merged.length + 1);
      merged.push(...diffArrays(ours, others).flatMap((part) => part.value));
    }
    at = region.to;
  }
  return { text: [...merged, ...lines.slice(at)].join('\n'), both };
}

function findHunks(base: string[], changed: string[]): Hunk[] {
  const hunks: Hunk[] = [];
  let at = 0;
  let open: Hunk | null = null;
  for (const part of diffArrays(base, changed)) {
    if (!part.added && !part.removed) {
      at += part.value.length;
      open = null;
      continue;
    }
    if (!open) {
      open = { from: at, to: at, lines: [] };
      hunks.push(open);
    }
    if (part.added) open.lines.push(...part.value);
    else {
      at += part.value.length;
      open.to = at;
    }
  }
  return hunks;
}

/** Hunks of both sides in the order of the base, joined where they meet. */
function findRegions(mine: Hunk[], theirs: Hunk[]): Region[] {
  const sided = [
    ...mine.map((hunk) => ({ hunk, side: 'mine' as const })),
    ...theirs.map((hunk) => ({ hunk, side: 'theirs' as const })),
  ].sort((a, b) => a.hunk.from - b.hunk.from || a.hunk.to - b.hunk.to);
  const regions: Region[] = [];
  for (const { hunk, side } of sided) {
    let region = regions.at(-1);
    if (!region || !meets(region, hunk)) {
      region = { from: hunk.from, to: hunk.to, mine: [], theirs: [] };
      regions.push(region);
    }
    region.to = Math.max(region.to, hunk.to);
    region[side].push(hunk);
  }
  return regions;
}

/** They share lines of the base, or both insert at one place; an insertion beside a change does not meet it. */
function meets(region: Region, hunk: Hunk): boolean {
  const sameInsertion = region.from === region.to && hunk.from === hunk.to && hunk.from === region.from;
  return sameInsertion || hunk.from < region.to;
}

function applyHunks(base: string[], region: Region, hunks: Hunk[]): string[] {
  const lines: string[] = [];
  let at = region.from;
  for (const hunk of hunks) {
    lines.push(...base.slice(at, hunk.from), ...hunk.lines);
    at = hunk.to;
  }
  return [...lines, ...base.slice(at, region.to)];
}

function sameLines(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i]);
}
