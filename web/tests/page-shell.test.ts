import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ContentsDrawer } from '../src/page/contents';
import { currentIndex } from '../src/page/sections';
import { nextTheme, ThemeSwitch } from '../src/page/theme';

/** Elements begin with their children in place, as they do when a module runs after the page was parsed. */
function fill(html: string): void {
  const template = document.createElement('template');
  template.innerHTML = html;
  document.body.replaceChildren(document.importNode(template.content, true));
}

beforeEach(() => {
  document.body.replaceChildren();
  document.documentElement.removeAttribute('data-theme');
  localStorage.clear();
});

describe('the theme switch', () => {
  const mount = () => {
    fill('<pellucid-theme><button type="button"></button></pellucid-theme>');
    return {
      element: document.querySelector('pellucid-theme') as ThemeSwitch,
      button: document.querySelector('button') as HTMLButtonElement,
    };
  };

  it('goes round system, light, dark, and keeps the choice', () => {
    const { element, button } = mount();
    const seen = [0, 1, 2, 3].map(() => {
      const state = [element.theme, document.documentElement.dataset.theme, localStorage.getItem('pellucid-theme')];
      button.click();
      return state;
    });
    expect(seen).toEqual([
      ['system', undefined, null],
      ['light', 'light', 'light'],
      ['dark', 'dark', 'dark'],
      ['system', undefined, null],
    ]);
  });

  it('says what it is and what it will be', () => {
    const { button } = mount();
    button.click();
    expect(button.getAttribute('aria-label')).toBe('Theme: light. Change to dark');
  });

  it('follows another tab', () => {
    const { element } = mount();
    window.dispatchEvent(new StorageEvent('storage', { key: 'pellucid-theme', newValue: 'dark' }));
    expect(element.theme).toBe('dark');
  });

  it('works where storage is refused', () => {
    const refuse = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    const { element, button } = mount();
    button.click();
    expect(element.theme).toBe('light');
    refuse.mockRestore();
  });

  it('comes back to where it began after three steps', () => {
    for (const theme of ['system', 'light', 'dark'] as const)
      expect(nextTheme(nextTheme(nextTheme(theme)))).toBe(theme);
  });

  it('is applied before the first paint', async () => {
    localStorage.setItem('pellucid-theme', 'dark');
    await import('../src/early');
    expect(document.documentElement.dataset.theme).toBe('dark');
  });
});

describe('the contents drawer', () => {
  const mount = () => {
    fill(`<a class="skip" href="#content"></a>
      <header><pellucid-contents><a href="#contents">Contents</a></pellucid-contents></header>
      <div id="contents"><a href="../a/" aria-current="page">A</a><a href="#b">B</a></div><main></main><footer></footer>`);
    const find = <T extends Element>(selector: string) => document.querySelector<T>(selector) as T;
    return {
      drawer: find<ContentsDrawer>('pellucid-contents'),
      opener: find<HTMLElement>('header a'),
      side: find<HTMLElement>('#contents'),
      main: find<HTMLElement>('main'),
    };
  };

  afterEach(() => document.querySelector('pellucid-contents')?.remove());

  it('opens on its button, takes the focus and puts the rest out of reach', () => {
    const { drawer, opener, side, main } = mount();
    opener.click();
    expect(drawer.open).toBe(true);
    expect(main.inert).toBe(true);
    expect(opener.getAttribute('aria-expanded')).toBe('true');
    expect(document.activeElement).toBe(side.querySelector('[aria-current="page"]'));
  });

  it.each([
    ['Escape', () => document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))],
    ['its own button', () => document.querySelector<HTMLElement>('.drawer-close')?.click()],
    ['a click beside it', () => document.body.click()],
  ])('closes with %s and gives the focus back', (_how, act) => {
    const { drawer, opener, main } = mount();
    opener.click();
    act();
    expect(drawer.open).toBe(false);
    expect(main.inert).toBe(false);
    expect(document.activeElement).toBe(opener);
    expect(document.querySelector('.drawer-close')).toBeNull();
  });

  it('closes when a link in it is followed, and leaves the focus to the link', () => {
    const { drawer, opener, side } = mount();
    opener.click();
    side.querySelector<HTMLElement>('a[href="#b"]')?.click();
    expect(drawer.open).toBe(false);
    expect(document.activeElement).not.toBe(opener);
  });

  it('leaves nothing out of reach when it is taken away', () => {
    const { drawer, opener, main } = mount();
    opener.click();
    drawer.remove();
    expect(main.inert).toBe(false);
  });
});

describe('the section that is being read', () => {
  it.each([
    [[], 300, -1],
    [[400, 900], 300, -1],
    [[-200, 100, 900], 300, 1],
    [[-900, -500, -10], 300, 2],
    [[300], 300, 0],
  ])('of headings at %j with the line at %i is number %i', (tops, line, expected) => {
    expect(currentIndex(tops, line)).toBe(expected);
  });
});

it('the elements are defined once', () => {
  expect(customElements.get('pellucid-theme')).toBe(ThemeSwitch);
  expect(customElements.get('pellucid-contents')).toBe(ContentsDrawer);
});
