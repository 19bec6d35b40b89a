/** A button that opens a small sheet of further buttons, each with its name: the bar stays one row. */
import { h } from '../dom';
import { icon, type IconName } from '../icons';

const AWAY = 6;

/** Browsers from before 2024 have no popovers: there the buttons stand in the bar itself. */
const canOpen = 'showPopover' in HTMLElement.prototype;

/** Over or under its button, within the window. */
function place(opener: HTMLElement, panel: HTMLElement): void {
  const { left, top, bottom } = opener.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const below = bottom + AWAY + panel.offsetHeight <= clientHeight;
  panel.style.left = `${Math.max(AWAY, Math.min(left, clientWidth - panel.offsetWidth - AWAY))}px`;
  panel.style.top = `${below ? bottom + AWAY : Math.max(AWAY, top - AWAY - panel.offsetHeight)}px`;
}

/** What a menu puts in the bar: the button that opens it, with the buttons. What is chosen closes it. */
export function menu(name: IconName, label: string, ...content: (HTMLElement | null)[]): { whole: HTMLElement; opener: HTMLButtonElement } {
  const opener = h('button', { type: 'button', class: 'tool opens', 'aria-label': label, title: label }, icon(name));
  if (!canOpen) return { whole: h('div', { class: 'group extra', role: 'group', 'aria-label': label }, ...content), opener };
  const panel = h('div', { class: 'menu', popover: 'auto', role: 'group', 'aria-label': label }, ...content);
  for (const one of panel.querySelectorAll<HTMLElement>('.tool')) one.append(h('span', { class: 'said', 'aria-hidden': 'true' }, one.getAttribute('aria-label')));
  opener.popoverTargetElement = panel;
  panel.addEventListener('toggle', () => { if (panel.matches(':popover-open')) place(opener, panel); });
  panel.addEventListener('change', () => panel.hidePopover());
  panel.addEventListener('click', ({ target }) => { if ((target as Element).closest('.tool')) panel.hidePopover(); });
  return { whole: h('div', { class: 'group extra' }, opener, panel), opener };
}
