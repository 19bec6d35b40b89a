/** What is said over the picture while it loads, or when it cannot be had. */
import { h } from '../dom';
import { Told, VisitEnded } from '../pixels/fetch';
import { t } from '../words';
import type { Stage, State } from './stage';

function sentence(error: unknown, again: () => void): { text: string; way?: Told['way'] } {
  if (error instanceof Told) return { text: error.message, way: error.way };
  if (error instanceof VisitEnded) return { text: error.message || t('visit_ended'), way: { label: t('try_again'), act: () => location.reload() } };
  return { text: t(navigator.onLine ? 'not_loaded' : 'offline'), way: { label: t('try_again'), act: again } };
}

/** Keep the stage's state in `data-state`, and say it in words over the picture. */
export function status(stage: Stage, message: HTMLElement): void {
  const { element } = stage;
  const show = (state: State, error?: unknown) => {
    element.dataset.state = state;
    message.hidden = state === 'exact';
    if (state === 'loading') message.replaceChildren(h('span', { class: 'spinner' }), t('loading'));
    if (state !== 'error') return;
    const { text, way } = sentence(error, () => stage.again());
    const button = way && h('button', { type: 'button', class: 'primary' }, way.label);
    button?.addEventListener('click', () => way?.act());
    message.replaceChildren(h('span', {}, text), ...(button ? [button] : []));
  };
  stage.on('state', show);
  window.addEventListener('online', () => element.dataset.state === 'error' && stage.again());
}
