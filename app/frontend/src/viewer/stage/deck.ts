/** The tiles side by side; one of them is active, and panels and keys speak to that one. */
import { h } from '../dom';
import type { Picture, Series } from '../manifest';
import type { Changes, Stage } from './stage';
import { blankFrame, type Shared, Tile } from './tile';

export interface Layout { rows: number; columns: number }

/** What a layout is called. */
export const nameOf = ({ rows, columns }: Layout): string => `${rows}x${columns}`;

const ALONE: Layout = { rows: 1, columns: 1 };

type Told = keyof Changes | 'active' | 'tiles' | 'drawn' | 'tools';
type Listener = () => void;

export class Deck {
  readonly tiles: Tile[] = [];
  layout: Layout = ALONE;
  private several: Layout | null = null;
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

  /** The tiles that the layout shows; where that is one, the active one. */
  get visible(): Tile[] {
    const { rows, columns } = this.layout;
    return rows * columns > 1 ? this.tiles.slice(0, rows * columns) : [this.tile];
  }

  /** Hear of changes of the active tile's stage, of another tile being active, of tiles coming and going, of a
   *  picture drawn on any of them, and of few tools or all being wished for. */
  on(what: Told, listener: Listener): void {
    (this.listeners[what] ??= []).push(listener);
  }

  tell(what: Told): void {
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
    const tile = this.tiles[index];
    if (!tile || index === this.current || !this.visible.includes(tile)) return;
    this.current = index;
    this.mark();
    this.tell('active');
  }

  /** The next tile, or the one before. */
  next(step: number): void {
    const { visible } = this;
    const next = visible[(visible.indexOf(this.tile) + step + visible.length) % visible.length] as Tile;
    this.activate(this.tiles.indexOf(next));
    this.stage.element.focus();
  }

  private mark(): void {
    this.tiles.forEach(({ frame }, index) => frame.toggleAttribute('data-active', index === this.current));
  }

  /** Show so many tiles; new ones are filled by `fill`, which is given the series that are in view already. */
  arrange(layout: Layout, fill: (shown: Set<Series>) => Picture[] | undefined): void {
    const number = layout.rows * layout.columns;
    if (number > 1) this.several = layout;
    while (this.tiles.length < number) {
      const frame = blankFrame();
      this.root.append(frame);
      this.add(frame);
    }
    this.layout = layout;
    if (number > 1 && this.current >= number) this.current = 0;
    this.show();
    for (const { stage } of this.visible) {
      const shown = new Set(this.visible.flatMap((tile) => tile.stage.pictures[0]?.series ?? []));
      const pictures = stage.pictures.length ? undefined : fill(shown);
      if (pictures) void stage.open(pictures, Math.floor(pictures.length / 2));
    }
    this.tell('tiles');
    this.tell('active');
  }

  /** Show the active tile alone, or again what stood beside it. */
  enlarge(): void {
    if (this.layout !== ALONE) this.arrange(ALONE, () => undefined);
    else if (this.several) this.arrange(this.several, () => undefined);
  }

  private show(): void {
    const { visible, layout: { rows, columns } } = this;
    this.root.dataset.layout = nameOf(this.layout);
    this.root.toggleAttribute('data-many', rows * columns > 1);
    for (const tile of this.tiles) tile.frame.hidden = !visible.includes(tile);
    this.mark();
  }
}

/** Names of the layouts, rows by columns. */
export const LAYOUTS: Layout[] = [ALONE, ...[[1, 2], [2, 1], [1, 3], [2, 2], [2, 3], [3, 3]].map(([rows, columns]) =>
  ({ rows: rows as number, columns: columns as number }))];

/** An option of the list of layouts. */
export const layoutOption = (layout: Layout): HTMLOptionElement => h('option', { value: nameOf(layout) }, `${layout.rows} × ${layout.columns}`);
