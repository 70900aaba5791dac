import { beforeEach, expect, test } from 'vitest';
import { keepFocus } from '../src/focus';

let place: HTMLElement;
const button = (name: string) => document.querySelector<HTMLElement>(`[name=${name}]`);

beforeEach(() => {
  document.body.innerHTML =
    '<button name="outside"></button><div><button name="a"></button><button name="b"></button></div>';
  place = document.querySelector('div') as HTMLElement;
});

test('the heir gets the focus of what was drawn away', () => {
  button('a')?.focus();
  keepFocus(
    place,
    () => button('a')?.remove(),
    () => button('b'),
  );
  expect(document.activeElement).toBe(button('b'));
});

test('focus stays with what is still there', () => {
  button('b')?.focus();
  keepFocus(
    place,
    () => button('a')?.remove(),
    () => button('outside'),
  );
  expect(document.activeElement).toBe(button('b'));
});

test('focus elsewhere is left alone', () => {
  button('outside')?.focus();
  keepFocus(
    place,
    () => place.replaceChildren(),
    () => button('b'),
  );
  expect(document.activeElement).toBe(button('outside'));
});
