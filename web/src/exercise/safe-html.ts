/** HTML of the book's compiler that came in JSON. It is the book's own, but a book may be a stranger's: nothing in it may run. */
import DOMPurify from 'dompurify';

export function safeHtml(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, {
    USE_PROFILES: { html: true, mathMl: true },
    // Formulas carry their LaTeX, for copying.
    ADD_TAGS: ['semantics', 'annotation'],
    ADD_ATTR: ['encoding'],
    FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select'],
    RETURN_DOM_FRAGMENT: true,
  });
}
