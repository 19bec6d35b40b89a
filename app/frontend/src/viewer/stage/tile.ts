/** One tile: a stage with all that lies over it. */
import { pictureText } from '../describe';
import { h } from '../dom';
import type { Book } from '../marks/book';
import type { Noted } from '../marks/noted';
import { Pen } from '../marks/pen';
import { Sheet } from '../marks/sheet';
import type { Prefetch } from '../pixels/prefetch';
import { t } from '../words';
import { Corners } from './corners';
import { Gestures, type Hand } from './gestures';
import { Magnifier } from './magnifier';
import { Stage } from './stage';
import { status } from './status';

/** What all tiles share. */
export interface Shared {
  prefetch: Prefetch;
  hand: Hand;
  book: Book;
  noted: Noted;
  /** Ask for a text, such as an arrow's. */
  ask(given: (text: string) => void): void;
}

/** A further tile's elements, as the page brings those of the first. */
export function blankFrame(): HTMLElement {
  return h('div', { class: 'frame' },
    h('div', { class: 'stage', tabindex: 0, role: 'img', 'data-state': 'empty', 'aria-label': t('tile_empty') },
      h('div', { class: 'canvas' }), h('div', { class: 'over', 'aria-hidden': 'true' })),
    h('p', { class: 'message', role: 'status' }, t('tile_hint')));
}

function part(frame: HTMLElement, name: string): HTMLElement {
  const found = frame.querySelector<HTMLElement>(`.${name}`);
  if (!found) throw new Error(`a tile without ${name}`);
  return found;
}

export class Tile {
  readonly stage: Stage;
  readonly pen: Pen;
  readonly sheet: Sheet;

  constructor(readonly frame: HTMLElement, shared: Shared) {
    const element = part(frame, 'stage');
    this.stage = new Stage(element, part(frame, 'canvas'), shared.prefetch);
    this.pen = new Pen(this.stage, shared.book, shared.ask);
    this.sheet = new Sheet(this.stage, shared.book, shared.noted);
    new Gestures(this.stage, shared.hand, this.pen, new Magnifier(element));
    new Corners(this.stage, part(frame, 'over'));
    status(this.stage, part(frame, 'message'));
    this.stage.on('picture', () => this.announce(element));
    this.stage.on('wanted', () => this.pen.drop());
  }

  /** Say in the page which picture is in view; the preview gives way. */
  private announce(element: HTMLElement): void {
    const { picture, pictures, index } = this.stage;
    if (!picture) return;
    element.dataset.image = picture.instance.instance_uid;
    element.dataset.frame = String(picture.frameIndex);
    element.setAttribute('aria-label', pictureText(picture, index, pictures.length));
    element.querySelector('.preview')?.remove();
  }
}
