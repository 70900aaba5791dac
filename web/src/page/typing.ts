/** Whether keys pressed here write something. */
export function isTyping(target: EventTarget | null = document.activeElement): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}
