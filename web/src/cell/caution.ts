/** What a reader should know about a cell or an exercise beyond its status: it stays until the page closes. */

export const NOT_KEPT =
  'Your edits here cannot be kept: this browser refuses to store them. Copy them before you close the page.';
export const ELSEWHERE =
  'This was changed in another tab as well. Reload the page to see that version. If you go on here, it is set aside under “Your data”.';

/** Says it after `place`, once. */
export function showCaution(place: Element, text: string): void {
  const cautions = [...(place.parentElement?.querySelectorAll('.cell-caveat') ?? [])];
  if (cautions.some((caution) => caution.textContent === text)) return;
  const caution = document.createElement('p');
  caution.className = 'cell-caveat';
  caution.setAttribute('aria-live', 'polite'); // no second status beside the cell's own
  place.after(caution);
  caution.textContent = text; // what is live is read out when it changes, not when it comes
}
