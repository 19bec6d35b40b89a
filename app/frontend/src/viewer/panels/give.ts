/** Give to a doctor: a code to scan or type, shown once and large, with its PIN kept back until it is asked for. */
import { ask } from '../ask';
import { h } from '../dom';
import { icon } from '../icons';
import type { Manifest } from '../manifest';
import { t } from '../words';
import { sheet } from './sheet';

/** What the server answers, once. */
interface Given { place: string; code: string; pin: string; qr: string; until: string }

function shown({ place, code, pin, qr, until }: Given): HTMLElement[] {
  return [
    h('p', { class: 'give-title' }, t('give_show')),
    h('img', { class: 'give-qr', src: qr, alt: t('give_qr') }),
    h('p', {}, t('give_type', { place }), h('b', { class: 'give-code' }, code)),
    h('details', { class: 'give-pin' }, h('summary', { class: 'button' }, t('give_pin')), h('b', { class: 'give-code' }, pin)),
    h('p', { class: 'quiet' }, t('give_until', { date: until }), ' ', t('give_once')),
  ];
}

/** Where it is told who opened the link. */
export function whoLooked({ share_id }: Manifest): HTMLElement {
  return h('p', { class: 'who-looked' }, h('a', { class: 'button', href: `/view/${share_id}/history` }, icon('history'), t('who_looked')));
}

/** The sheet; closed, it forgets the code. */
export function giving(manifest: Manifest): HTMLDialogElement {
  const { share_id, organisation } = manifest;
  const problem = h('p', { class: 'state', role: 'alert', hidden: true });
  const make = h('button', { type: 'button', class: 'primary' }, icon('give'), t('give_make'));
  const first = [
    h('p', {}, t('give_what')), h('p', { class: 'quiet' }, t('give_seen', { hospital: organisation.name })), problem, make, whoLooked(manifest),
  ];
  const body = h('div', { class: 'give' }, ...first);
  const dialog = sheet('give-sheet', t('give'), [body]);
  make.addEventListener('click', () => {
    make.disabled = true;
    problem.hidden = true;
    ask<Given>(`/view/${share_id}/give`, () => 'give_failed', {}).then((given) => {
      dialog.classList.add('full');
      body.replaceChildren(...shown(given));
    }, (error: Error) => {
      problem.textContent = error.message;
      problem.hidden = false;
    }).finally(() => { make.disabled = false; });
  });
  dialog.addEventListener('close', () => {
    dialog.classList.remove('full');
    problem.hidden = true;
    body.replaceChildren(...first);
  });
  return dialog;
}
