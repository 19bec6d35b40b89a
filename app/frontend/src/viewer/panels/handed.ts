/** Which hand holds and touches: bars and lens make room for its thumb. */
import { coarse, leftHanded } from '../dom';
import { recall, remember } from '../memory';
import { t } from '../words';
import { button, press } from './button';

const HAND = 'vcd-hand';

/** A button that lays the page out for the left hand, and back; for touch screens only. */
export function handed(): HTMLButtonElement | null {
  if (!coarse) return null;
  const lay = (left: boolean) => {
    document.body.dataset.hand = left ? 'left' : 'right';
    press(made, left);
  };
  const made = button('hand', t('left_hand'), () => {
    lay(!leftHanded());
    remember(HAND, leftHanded() ? 'left' : 'right');
  });
  lay(recall(HAND) === 'left');
  return made;
}
