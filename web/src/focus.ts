/** Runs `draw`; where it took away the element in `place` that had the focus, `heir` gets it, lest a keyboard start at the top again. */
export function keepFocus(place: HTMLElement, draw: () => void, heir: () => HTMLElement | null): void {
  const held = place.contains(document.activeElement);
  draw();
  if (held && !place.contains(document.activeElement)) heir()?.focus();
}
