/** What is said over the picture while it loads, or when it cannot be had. */
import { h } from '../dom';
import { VisitEnded } from '../pixels/fetch';
import { t } from '../words';
import type { Stage, State } from './stage';

function sentence(error: unknown): { text: string; again: boolean } {
  if (error instanceof VisitEnded) return { text: t('visit_ended'), again: false };
  if (!navigator.onLine) return { text: t('offline'), again: true };
  return { text: t('not_loaded'), again: true };
}

/** Keep the stage's state in `data-state`, and say it in words over the picture. */
export function status(stage: Stage, message: HTMLElement): void {
  const { element } = stage;
  const show = (state: State, error?: unknown) => {
    element.dataset.state = state;
    message.hidden = state === 'exact';
    if (state === 'loading') message.replaceChildren(h('span', { class: 'spinner' }), t('loading'));
    if (state !== 'error') return;
    const { text, again } = sentence(error);
    const button = h('button', { type: 'button', class: 'primary' }, t('try_again'));
    button.addEventListener('click', () => stage.again());
    message.replaceChildren(h('span', {}, text), ...(again ? [button] : []));
  };
  stage.on('state', show);
  window.addEventListener('online', () => element.dataset.state === 'error' && stage.again());
}
