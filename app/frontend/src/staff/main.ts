/** The staff side's small helps. Every page works as a plain form; this makes it quicker. */
import '../styles/tokens.css';
import './staff.css';
import { follow } from './progress';
import { handOver } from './made';
import { shareForm } from './share';

const on = <T extends HTMLElement>(selector: string, start: (element: T) => void): void => {
  document.querySelectorAll<T>(selector).forEach(start);
};

on('[data-progress]', follow);
on('[data-share]', shareForm);
on('[data-made]', handOver);
on('[data-print-page]', (button) => button.addEventListener('click', () => window.print()));
on('[data-focus]', (element) => element.focus());
// A page that the Back button brings back from memory may be another person's by now.
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  const made = document.querySelector<HTMLElement>('[data-made]');
  if (made) location.replace(made.dataset['made']!);
  else location.reload();
});
document.addEventListener('click', (event) => {
  document.querySelectorAll<HTMLDetailsElement>('details.menu[open]').forEach((menu) => {
    if (!menu.contains(event.target as Node)) menu.open = false;
  });
});
// One form, one deed: a second press does nothing.
document.addEventListener('submit', (event) => {
  const form = event.target as HTMLFormElement;
  if (form.dataset['sent']) event.preventDefault();
  form.dataset['sent'] = 'yes';
});
