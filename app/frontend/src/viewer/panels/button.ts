/** Buttons of the toolbar. */
import { h } from '../dom';
import { icon, type IconName } from '../icons';

/** A button with an icon; `label` is read and shown as a hint, with the key that does the same. */
export function button(name: IconName, label: string, act: () => void, key = ''): HTMLButtonElement {
  const hint = key ? `${label} (${key})` : label;
  const made = h('button', { type: 'button', class: 'tool', 'aria-label': label, title: hint, 'aria-keyshortcuts': key || null }, icon(name));
  made.addEventListener('click', act);
  return made;
}

/** Some buttons that belong together; `extra` ones are for who asks for all tools. */
export function group(label: string, extra: boolean, ...content: (HTMLElement | null)[]): HTMLElement {
  return h('div', { class: extra ? 'group extra' : 'group', role: 'group', 'aria-label': label }, ...content);
}

/** Show a button as pressed or not. */
export function press(one: HTMLElement, pressed: boolean): void {
  one.setAttribute('aria-pressed', String(pressed));
}
