/** When to fetch or start what nobody has asked for yet. */

/** The parts of `navigator` that say whether bytes and time are dear here. */
export interface Means {
  hardwareConcurrency?: number;
  deviceMemory?: number;
  connection?: { saveData?: boolean; effectiveType?: string };
}

/** Whether this device and connection can spare the editor's code and the start of an interpreter while the reader reads. */
export function canPrepare(means: Means): boolean {
  const { saveData = false, effectiveType = '4g' } = means.connection ?? {};
  if (saveData || effectiveType !== '4g') return false;
  return (means.hardwareConcurrency ?? 2) >= 2 && (means.deviceMemory ?? 4) >= 2;
}

/** Calls `act` when the page rests; with `most`, after so many milliseconds at the latest. */
export function atRest(act: () => unknown, most?: number): void {
  const options = most === undefined ? {} : { timeout: most };
  // WebKit has no such call.
  if (typeof requestIdleCallback === 'function') requestIdleCallback(() => act(), options);
  else setTimeout(act, 200);
}

/** Calls `act` when the page has loaded and rests, if the means allow. */
export function whenIdle(act: () => unknown, means: Means = navigator as Means): void {
  if (!canPrepare(means)) return;
  const rest = () => atRest(act);
  if (document.readyState === 'complete') rest();
  else addEventListener('load', rest, { once: true });
}
