/** When to start Python before anybody asked for it. */

/** The parts of `navigator` that say whether bytes and time are dear here. */
export interface Means {
  hardwareConcurrency?: number;
  deviceMemory?: number;
  connection?: { saveData?: boolean; effectiveType?: string };
}

/** Whether this device and connection can spare the start of an interpreter while the reader reads. */
export function canWarmEarly(means: Means): boolean {
  const { saveData = false, effectiveType = '4g' } = means.connection ?? {};
  if (saveData || effectiveType !== '4g') return false;
  return (means.hardwareConcurrency ?? 2) >= 2 && (means.deviceMemory ?? 4) >= 2;
}

/** Calls `warm` when the page has loaded and rests, if the means allow. */
export function warmWhenIdle(warm: () => void, means: Means = navigator as Means): void {
  if (!canWarmEarly(means)) return;
  const rest = () =>
    typeof requestIdleCallback === 'function' ? requestIdleCallback(() => warm()) : setTimeout(warm, 1000);
  if (document.readyState === 'complete') rest();
  else addEventListener('load', rest, { once: true });
}
