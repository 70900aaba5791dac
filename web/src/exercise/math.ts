/** TeX to MathML in the page. Temml is large and loads when the first formula is to be shown. */

export type Temml = typeof import('temml').default;

let loading: Promise<Temml | null> | null = null;

/** Null when its code cannot be fetched: formulas are then shown as they were written. */
export function loadMath(): Promise<Temml | null> {
  loading ??= import('temml').then(
    (module) => module.default,
    () => {
      loading = null;
      return null;
    },
  );
  return loading;
}

/** A formula as an element. Links, classes and pictures from the TeX are refused (`trust` is off). */
export function renderMath(temml: Temml | null, tex: string, display = false): HTMLElement {
  const span = document.createElement('span');
  span.className = display ? 'math math-display' : 'math';
  if (temml) temml.render(tex, span, { displayMode: display, throwOnError: false, trust: false, maxSize: [20, 200] });
  else {
    const code = document.createElement('code');
    code.textContent = tex;
    span.append(code);
  }
  return span;
}
