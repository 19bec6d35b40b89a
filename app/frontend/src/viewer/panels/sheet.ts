/** A sheet over the pictures: a native dialog, so that the keyboard stays in it and Escape closes it. */
import { h } from '../dom';
import { icon } from '../icons';
import { t } from '../words';

export function sheet(id: string, title: string, content: Node[]): HTMLDialogElement {
  const close = h('button', { type: 'button', class: 'tool', 'aria-label': t('close') }, icon('close'));
  const dialog = h('dialog', { id, class: 'sheet', 'aria-labelledby': `${id}-title` },
    h('header', {}, h('h2', { id: `${id}-title` }, title), close), ...content);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  return dialog;
}
