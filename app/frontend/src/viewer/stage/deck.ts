/** The tiles side by side; one of them is active, and panels and keys speak to that one. */
import { h } from '../dom';
import type { Picture, Series } from '../manifest';
import type { Changes, Stage } from './stage';
import { blankFrame, type Shared, Tile } from './tile';

export interface Layout { rows: number; columns: number }

type Told = keyof Changes | 'active' | 'tiles' | 'drawn';
type Listener = () => void;

export class Deck {
  readonly tiles: Tile[] = [];
  layout: Layout = { rows: 1, columns: 1 };
  private current = 0;
  private readonly listeners: { [K in Told]?: Listener[] } = {};

  constructor(private readonly root: HTMLElement, private readonly shared: Shared, private readonly dropped: (uid: string) => void) {
    const first = root.querySelector<HTMLElement>('.frame');
    if (first) this.add(first);
    this.show();
  }

  get tile(): Tile {
    return this.tiles[this.current] as Tile;
  }

  get stage(): Stage {
    return this.tile.stage;
  }

  /** The tiles that the layout shows. */
  get visible(): Tile[] {
    return this.tiles.slice(0, this.layout.rows * this.layout.columns);
  }

  /** Hear of changes of the active tile's stage, of another tile being active, of tiles coming and going, and of a
   *  picture drawn on any of them. */
  on(what: Told, listener: Listener): void {
    (this.listeners[what] ??= []).push(listener);
  }

  private tell(what: Told): void {
    for (const listener of this.listeners[what] ?? []) listener();
  }

  private add(frame: HTMLElement): void {
    const tile = new Tile(frame, this.shared);
    const index = this.tiles.push(tile) - 1;
    for (const what of ['series', 'picture', 'wanted', 'look', 'state'] as const) {
      tile.stage.on(what, () => index === this.current && this.tell(what));
    }
    tile.stage.on('picture', () => this.tell('drawn'));
    for (const event of ['pointerdown', 'focusin', 'wheel'] as const) {
      frame.addEventListener(event, () => this.activate(index), { capture: true, passive: true });
    }
    frame.addEventListener('dragover', (event) => event.preventDefault());
    frame.addEventListener('drop', (event) => {
      event.preventDefault();
      this.activate(index);
      const uid = event.dataTransfer?.getData('text/plain');
      if (uid) this.dropped(uid);
    });
  }

  activate(index: number): void {
    if (index === this.current || index >= this.visible.length) return;
    this.current = index;
    this.mark();
    this.tell('active');
  }

  /** The next tile, or the one before. */
  next(step: number): void {
    const { length } = this.visible;
    this.activate((this.current + step + length) % length);
    this.stage.element.focus();
  }

  private mark(): void {
    this.tiles.forEach(({ frame }, index) => frame.toggleAttribute('data-active', index === this.current));
  }

  /** Show so many tiles; new ones are filled by `fill`, which is given the series that are in view already. */
  arrange(layout: Layout, fill: (shown: Set<Series>) => Picture[] | undefined): void {
    this.layout = layout;
    while (this.tiles.length < layout.rows * layout.columns) {
      const frame = blankFrame();
      this.root.append(frame);
      this.add(frame);
    }
    if (this.current >= this.visible.length) this.current = 0;
    this.show();
    for (const { stage } of this.visible) {
      const shown = new Set(this.visible.flatMap((tile) => tile.stage.pictures[0]?.series ?? []));
      const pictures = stage.pictures.length ? undefined : fill(shown);
      if (pictures) void stage.open(pictures, Math.floor(pictures.length / 2));
    }
    this.tell('tiles');
    this.tell('active');
  }

  private show(): void {
    const { rows, columns } = this.layout;
    this.root.dataset.layout = `${rows}x${columns}`;
    this.root.toggleAttribute('data-many', rows * columns > 1);
    this.tiles.forEach(({ frame }, index) => { frame.hidden = index >= rows * columns; });
    this.mark();
  }
}

/** Names of the layouts, rows by columns. */
export const LAYOUTS: Layout[] = [[1, 1], [1, 2], [2, 1], [1, 3], [2, 2], [2, 3], [3, 3]].map(([rows, columns]) =>
  ({ rows: rows as number, columns: columns as number }));

/** An option of the list of layouts. */
export const layoutOption = ({ rows, columns }: Layout): HTMLOptionElement => h('option', { value: `${rows}x${columns}` }, `${rows} × ${columns}`);
