/** The theme switch: system, light, dark. What is chosen is kept, and every open tab follows. */

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'pellucid-theme'; // early.ts reads it too
const ORDER: readonly Theme[] = ['system', 'light', 'dark'];

export function nextTheme(theme: Theme): Theme {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] as Theme;
}

function asTheme(value: string | null | undefined): Theme {
  return value === 'light' || value === 'dark' ? value : 'system';
}

export class ThemeSwitch extends HTMLElement {
  #leave = new AbortController();

  connectedCallback(): void {
    this.#leave = new AbortController();
    const { signal } = this.#leave;
    this.querySelector('button')?.addEventListener('click', () => this.#choose(nextTheme(this.theme)), { signal });
    window.addEventListener('storage', ({ key, newValue }) => key === KEY && this.#show(asTheme(newValue)), { signal });
    this.#show(this.theme);
  }

  disconnectedCallback(): void {
    this.#leave.abort();
  }

  get theme(): Theme {
    return asTheme(document.documentElement.dataset.theme);
  }

  #choose(theme: Theme): void {
    try {
      if (theme === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // Storage is refused: the choice holds for this page.
    }
    this.#show(theme);
  }

  #show(theme: Theme): void {
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = theme;
    const label = `Theme: ${theme}. Change to ${nextTheme(theme)}`;
    const button = this.querySelector('button');
    button?.setAttribute('aria-label', label);
    button?.setAttribute('title', label);
  }
}

customElements.define('pellucid-theme', ThemeSwitch);
