/** The transparent sheet over a stage on which marks and reference lines are drawn. */
import { type Point, through } from '../draw/view';
import type { Stage } from '../stage/stage';
import type { Book } from './book';
import { type Mark, saying } from './mark';
import type { Noted } from './noted';

const SPACE = 'http://www.w3.org/2000/svg';
const HANDLE = 5;
const LINE = 17;

function draw(name: string, attributes: Record<string, string | number>, ...children: (Node | string)[]): SVGElement {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

const path = (points: Point[], close = false) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}${close ? 'Z' : ''}`;

/** The outline of a mark in picture pixels; an ellipse by 48 corners, so that turned and uneven views are right. */
function outline({ kind, points }: Mark): Point[] {
  const [a, b] = points as [Point, Point | undefined];
  if (kind === 'probe' || !b) return [];
  if (kind === 'rectangle') return [a, [b[0], a[1]], b, [a[0], b[1]]];
  if (kind !== 'ellipse') return points;
  return Array.from({ length: 48 }, (_, step) => {
    const turn = (step / 24) * Math.PI;
    return [(a[0] + b[0]) / 2 + (Math.cos(turn) * (b[0] - a[0])) / 2, (a[1] + b[1]) / 2 + (Math.sin(turn) * (b[1] - a[1])) / 2];
  });
}

/** The two strokes of an arrow's head, at its second point. */
function head([from, to]: [Point, Point]): Point[] {
  const turn = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const at = (by: number): Point => [to[0] - 13 * Math.cos(turn + by), to[1] - 13 * Math.sin(turn + by)];
  return [at(0.45), to, at(-0.45)];
}

export class Sheet {
  private readonly svg = draw('svg', { class: 'marks', 'aria-hidden': 'true' });
  private readonly lines = draw('g', { class: 'reference' });
  private readonly marks = draw('g', {});
  private cuts: [Point, Point][] = [];

  constructor(private readonly stage: Stage, private readonly book: Book, private readonly noted: Noted) {
    this.svg.append(this.lines, this.marks);
    stage.element.append(this.svg);
    for (const change of ['picture', 'look'] as const) stage.on(change, () => this.update());
    stage.on('series', () => this.marks.replaceChildren());
    for (const marks of [book, noted]) marks.on(() => this.update());
  }

  /** Draw the marks of the picture in view. */
  update(): void {
    const { picture, values, matrix } = this.stage;
    this.cut(this.cuts);
    if (!picture || !values) return;
    const drawn = (mark: Mark, whose: 'own' | 'noted') => {
      const seen = mark.points.map((point) => through(matrix, point));
      return draw('g', { class: `mark ${whose} ${mark.kind}` }, ...this.shape(mark, seen, matrix), ...this.handles(mark, seen, whose), this.text(mark, seen));
    };
    this.marks.replaceChildren(
      ...this.noted.of(picture.imageId).map((mark) => drawn(mark, 'noted')),
      ...this.book.of(picture.imageId).map((mark) => drawn(mark, 'own')));
  }

  private shape(mark: Mark, seen: Point[], matrix: DOMMatrix): SVGElement[] {
    const closed = mark.kind === 'rectangle' || mark.kind === 'ellipse';
    const corners = outline(mark).map((point) => through(matrix, point));
    const strokes = corners.length ? [path(corners, closed)] : [];
    if (mark.kind === 'arrow' && seen.length === 2) strokes.push(path(head(seen as [Point, Point])));
    return [draw('path', { d: strokes.join('') || 'M0 0', class: 'halo' }), draw('path', { d: strokes.join('') || 'M0 0' })];
  }

  /** Where one's own marks can be taken hold of; of another's only the point that is one. */
  private handles(mark: Mark, seen: Point[], whose: 'own' | 'noted'): SVGElement[] {
    return whose === 'own' || mark.kind === 'probe' ? seen.map(([x, y]) => draw('circle', { cx: x, cy: y, r: HANDLE })) : [];
  }

  private text(mark: Mark, seen: Point[]): SVGElement {
    const { picture, values, size } = this.stage;
    const lines = picture && values ? saying(mark, values, picture) : [];
    const anchor = mark.kind === 'arrow' ? seen[0] : seen.reduce((a, b) => (b[0] > a[0] ? b : a));
    const [x, y] = anchor as Point;
    const left = x > size.width * 0.7;
    const place = { x: x + (left ? -12 : 12), 'text-anchor': left ? 'end' : 'start' };
    return draw('text', { y: Math.min(y, size.height - LINE * lines.length), ...place },
      ...lines.map((line, index) => draw('tspan', { x: place.x, dy: index ? LINE : 0 }, line)));
  }

  /** Draw where other tiles' pictures cut this one: pairs of points in picture pixels. */
  cut(lines: [Point, Point][]): void {
    this.cuts = lines;
    const { matrix } = this.stage;
    this.lines.replaceChildren(...lines.map((ends) => draw('path', { d: path(ends.map((point) => through(matrix, point))) })));
  }
}
