/** The view as a picture: what the tile shows, marks and letters too, to keep or to print; with the name or without. */
import { studyLine } from '../describe';
import { h } from '../dom';
import { icon } from '../icons';
import type { Picture } from '../manifest';
import type { Room } from '../room';
import type { Tile } from '../stage/tile';
import { t } from '../words';
import { sheet } from './sheet';

const MARGIN = 12;
const LINE = 20;
/** What the footer says instead. */
const BELOW = '.person, .examined, .unmatched';
const PALE = '#dfe7f0';

interface Sheet { context: CanvasRenderingContext2D; box: DOMRect }

/** One line of text, outlined so that it is read on any picture. */
function write({ context }: Sheet, text: string, x: number, y: number, align: CanvasTextAlign, colour: string): void {
  context.textAlign = align;
  context.strokeStyle = '#000';
  context.lineWidth = 3;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** What is drawn on a tile as lines and figures: as the page shows it. */
function marks(target: Sheet, svg: SVGElement): void {
  const { context } = target;
  for (const shape of svg.querySelectorAll('path, circle')) {
    const { stroke, strokeWidth, strokeDasharray, fill } = getComputedStyle(shape);
    const number = (name: string) => Number(shape.getAttribute(name));
    const outline = new Path2D(shape.getAttribute('d') ?? undefined);
    if (shape.tagName === 'circle') outline.arc(number('cx'), number('cy'), number('r'), 0, 2 * Math.PI);
    context.strokeStyle = stroke;
    context.lineWidth = parseFloat(strokeWidth);
    context.setLineDash(strokeDasharray === 'none' ? [] : strokeDasharray.split(',').map(parseFloat));
    context.stroke(outline);
    if (fill !== 'none') {
      context.fillStyle = fill;
      context.fill(outline);
    }
  }
  context.setLineDash([]);
  for (const text of svg.querySelectorAll<SVGTextElement>('text')) {
    let y = Number(text.getAttribute('y'));
    for (const line of text.querySelectorAll('tspan')) {
      y += Number(line.getAttribute('dy'));
      const align = text.getAttribute('text-anchor') === 'end' ? 'end' : 'start';
      write(target, line.textContent ?? '', Number(line.getAttribute('x')), y, align, getComputedStyle(text).fill);
    }
  }
}

/** The bars that say how large it is. */
function scales({ context, box }: Sheet, over: HTMLElement): void {
  context.lineWidth = 1.5;
  context.strokeStyle = PALE;
  for (const { left, right, top, bottom } of [...over.querySelectorAll('.scale')].map((one) => one.getBoundingClientRect())) {
    context.stroke(new Path2D(`M${left - box.left} ${top - box.top}V${bottom - box.top}H${right - box.left}V${top - box.top}`));
  }
}

const isSeen = (one: Element): boolean => one.getClientRects().length > 0;

/** The texts over a tile, each where the page has it. */
function texts(target: Sheet, over: HTMLElement): void {
  const walker = document.createTreeWalker(over, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode as Text;
    const parent = node.parentElement as HTMLElement;
    if (parent.closest(`.hint, ${BELOW}`) || !isSeen(parent) || !node.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const place = range.getBoundingClientRect();
    const { textAlign } = getComputedStyle(parent);
    const align = textAlign === 'right' || textAlign === 'center' ? textAlign : 'left';
    const x = { left: place.left, right: place.right, center: (place.left + place.right) / 2 }[align];
    write(target, node.data, x - target.box.left, place.bottom - target.box.top - 4, align, PALE);
  }
}

/** What stands below the picture: who it is, where that is wished or must be, which study, and that it is for review. */
function footer(picture: Picture, named: boolean): string[] {
  const text = (query: string) => [...document.querySelectorAll(query)].map((one) => one.textContent?.trim() ?? '').filter(Boolean);
  const who = named ? [text('.who .name, .who .born').join(', ')] : [];
  return [...new Set([...text('.unmatched'), ...who, studyLine(picture.study), t('review_only')])];
}

/** The words of a text on lines that are no wider than that. */
function wrapped(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim();
    if (lines.length && context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** What a tile shows, on a canvas of its size with a footer. */
export function snapshot({ frame, stage }: Tile, picture: Picture, named: boolean): HTMLCanvasElement {
  const { width, height } = stage.size;
  const shown = stage.element.querySelector<HTMLCanvasElement>('.canvas canvas') as HTMLCanvasElement;
  const dense = shown.width / width;
  const canvas = h('canvas', {});
  const context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
  const font = `600 13px ${getComputedStyle(document.body).fontFamily}`;
  context.font = font;
  const lines = footer(picture, named).flatMap((text) => wrapped(context, text, width - 2 * MARGIN));
  Object.assign(canvas, { width: shown.width, height: shown.height + Math.ceil((lines.length * LINE + MARGIN) * dense) });
  context.fillStyle = '#000';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(shown, 0, 0);
  context.scale(dense, dense);
  context.font = font;
  const target = { context, box: stage.element.getBoundingClientRect() };
  marks(target, frame.querySelector('.marks') as SVGElement);
  scales(target, frame.querySelector('.over') as HTMLElement);
  texts(target, frame.querySelector('.over') as HTMLElement);
  lines.forEach((line, index) => write(target, line, MARGIN, height + LINE * (index + 1), 'left', PALE));
  return canvas;
}

function save(url: string): void {
  h('a', { href: url, download: `${t('picture_file')}.png` }).click();
}

/** Print one picture and nothing else of the page. */
async function print(url: string): Promise<void> {
  const paper = h('img', { src: url, alt: '', class: 'print-only' });
  document.body.append(paper);
  await paper.decode();
  addEventListener('afterprint', () => paper.remove(), { once: true });
  window.print();
}

/** Who prints the page gets the view in the active tile, with the name: the page's own bars say nothing on paper. */
export function printing({ deck }: Room): void {
  let paper: HTMLCanvasElement | null = null;
  addEventListener('beforeprint', () => {
    const { picture } = deck.stage;
    if (!picture || document.querySelector('.print-only')) return;
    paper = snapshot(deck.tile, picture, true);
    paper.className = 'print-only';
    document.body.append(paper);
  });
  addEventListener('afterprint', () => paper?.remove());
}

/** The sheet that asks how; returns what opens it. */
export function snapshots({ deck }: Room): () => void {
  const name = h('input', { type: 'checkbox', checked: true });
  const act = (then: (url: string) => void | Promise<void>) => () => {
    const { picture } = deck.stage;
    if (picture) snapshot(deck.tile, picture, name.checked).toBlob((blob) => {
      if (!blob) return;
      const url = URL.createObjectURL(blob);
      void Promise.resolve(then(url)).finally(() => setTimeout(() => URL.revokeObjectURL(url), 60_000));
    });
    dialog.close();
  };
  const way = (what: 'save' | 'print', then: (url: string) => void | Promise<void>) => {
    const made = h('button', { type: 'button', class: what === 'save' ? 'button primary' : 'button' }, icon(what), t(`view_${what}`));
    made.addEventListener('click', act(then));
    return made;
  };
  const dialog = sheet('view-sheet', t('view_keep'), [
    h('p', {}, t('view_what')),
    h('label', { class: 'tick' }, name, t('view_named')),
    h('div', { class: 'ways' }, way('print', print), way('save', save)),
  ]);
  return () => dialog.showModal();
}
