/** The viewing room: tiles, tools and marks together, and what buttons and keys ask of them. */
import { byId, h } from './dom';
import { icon } from './icons';
import type { Opening } from './main';
import { Book } from './marks/book';
import { Noted } from './marks/noted';
import type { Picture, Series } from './manifest';
import { Notes } from './panels/notes';
import { snapshots } from './panels/snapshot';
import { mark } from './panels/strip';
import { Prefetch } from './pixels/prefetch';
import { Cine } from './stage/cine';
import { Deck, type Layout } from './stage/deck';
import { type Hand, type Tool, USUAL } from './stage/gestures';
import { Links } from './stage/link';
import { passOf } from './space';
import { planesOf, Refused } from './stage/planes';
import { t } from './words';

export class Room {
  readonly deck: Deck;
  readonly links: Links;
  readonly cine: Cine;
  readonly book: Book;
  readonly noted: Noted;
  /** Of the link: nothing where none can be kept. */
  readonly notes: Notes | null;
  /** Told which tool was taken, and whether a film plays. */
  readonly tooled: ((tool: Tool) => void)[] = [];
  readonly playing: ((on: boolean) => void)[] = [];
  readonly hand: Hand = {
    tool: USUAL,
    alone: (leaf) => this.links.alone(leaf),
    point: (stage, at) => this.links.point(stage, at),
    enlarge: () => this.deck.enlarge(),
  };
  private readonly lists: Picture[][];
  private readonly prefetch: Prefetch;
  private askHow: (() => void) | null = null;

  constructor(private readonly here: Opening) {
    const { share_id, notes, organisation } = here.manifest;
    this.lists = [...here.bySeries.values()].filter((pictures) => pictures.length);
    this.book = new Book(share_id);
    this.noted = new Noted(share_id);
    this.notes = notes ? new Notes(this, share_id, organisation.name, notes) : null;
    this.prefetch = new Prefetch((pictures) => middle(this.neighbour(pictures, 1)));
    this.deck = new Deck(byId('tiles'), { prefetch: this.prefetch, hand: this.hand, book: this.book, noted: this.noted, ask }, (uid) => this.drop(uid));
    this.links = new Links(this.deck);
    this.cine = new Cine(this.deck, (on) => this.playing.forEach((tell) => tell(on)));
    const follow = () => { if (this.deck.stage.pictures[0]) mark(byId('strip'), this.deck.stage.pictures[0].series); };
    this.deck.on('series', follow);
    this.deck.on('active', follow);
    this.deck.on('tiles', () => this.fit());
  }

  /** A tool that shows a place on the others needs others. */
  private fit(): void {
    const several = this.deck.visible.length > 1;
    if (!several && this.hand.tool === 'crosshair') this.take(USUAL);
    else if (several && this.links.all) this.take('crosshair');
  }

  get measuring(): boolean {
    return this.here.manifest.organisation.measuring;
  }

  /** Whether this visitor may keep what is seen. */
  get keeping(): boolean {
    return this.here.manifest.allow.includes('download');
  }

  get reslicing(): boolean {
    return this.here.manifest.organisation.reslicing;
  }

  /** How many studies have pictures. */
  get studies(): number {
    return new Set(this.lists.map(([first]) => first?.study)).size;
  }

  /** All there are, in the order of the series. */
  get pictures(): Picture[] {
    return this.lists.flat();
  }

  /** Those with marks of the note that is looked at. */
  get notedPictures(): Picture[] {
    return this.pictures.filter(({ imageId }) => this.noted.of(imageId).length);
  }

  /** Go on to the next picture with marks of the note that is looked at, or begin again. */
  nextNoted(): void {
    const marked = this.notedPictures;
    const { stage } = this.deck;
    const next = marked[(marked.findIndex(({ imageId }) => imageId === stage.picture?.imageId) + 1) % marked.length];
    if (next) this.seek(next.imageId);
  }

  /** Have a picture in view: where it is already, or else on the active tile. */
  private seek(wanted: string): void {
    const { stage, visible } = this.deck;
    if (visible.some((tile) => tile.stage.picture?.imageId === wanted)) return;
    for (const pictures of [stage.pictures, ...this.lists]) {
      const index = pictures.findIndex(({ imageId }) => imageId === wanted);
      if (index < 0) continue;
      if (stage.pictures === pictures) void stage.show(index);
      else this.open(pictures, index);
      return;
    }
  }

  private neighbour(pictures: Picture[], step: number): Picture[] | undefined {
    return this.lists[this.lists.indexOf(pictures) + step];
  }

  /** Put a series on the active tile. */
  open(pictures: Picture[], index = Math.floor(pictures.length / 2)): void {
    this.links.all = false; // this tile is none of three planes any more
    if (pictures.length) void this.deck.stage.open(pictures, index);
  }

  openSeries(series: Series): void {
    this.open(this.here.bySeries.get(series) ?? []);
  }

  /** Put the series of that UID on the active tile. */
  private drop(uid: string): void {
    const pictures = this.lists.find(([first]) => first?.series.series_uid === uid);
    if (pictures) this.open(pictures);
  }

  /** Ask again for every picture that could not be had. */
  again(): void {
    for (const { stage } of this.deck.visible) stage.again();
  }

  nextSeries(step: number): void {
    const next = this.neighbour(this.deck.stage.pictures, step);
    if (next) this.open(next);
  }

  take(tool: Tool): void {
    this.hand.tool = tool;
    byId('tiles').dataset.tool = tool;
    this.tooled.forEach((tell) => tell(tool));
  }

  undo(): void {
    this.deck.tile.pen.drop();
    const changed = this.book.undo();
    if (changed) this.seek(changed);
  }

  remove(): void {
    this.deck.tile.pen.delete();
  }

  arrange(layout: Layout): void {
    if (layout.rows * layout.columns > 1) this.links.all = false;
    this.deck.arrange(layout, (shown) => this.lists.find(([first]) => first && !shown.has(first.series)));
  }

  /** The examination before on the left (above, on a tall screen), the newer one beside it, at series that are most alike. */
  compare(): void {
    const { stage } = this.deck;
    const now = stage.pictures;
    const study = now[0]?.study;
    const before = mostAlike(now[0]?.series, this.lists.filter(([first]) => first && first.study !== study && (first.study.date ?? '') <= (study?.date ?? '')))
      ?? mostAlike(now[0]?.series, this.lists.filter(([first]) => first && first.study !== study));
    if (!before) return;
    const { clientWidth, clientHeight } = byId('tiles');
    this.arrange(clientWidth < clientHeight ? { rows: 2, columns: 1 } : { rows: 1, columns: 2 });
    const newer = (before[0]?.study.date ?? '') > (study?.date ?? '');
    const [left, right] = newer ? [now, before] : [before, now];
    this.put(0, left);
    this.put(1, right);
    this.deck.activate(newer ? 0 : 1);
  }

  private put(tile: number, pictures: Picture[]): void {
    const stage = this.deck.visible[tile]?.stage;
    if (stage && stage.pictures !== pictures) void stage.open(pictures, Math.floor(pictures.length / 2));
  }

  /** Three planes through the active series, or the reason why there are none. */
  planes(): void {
    try {
      const { pictures, windowed, choice } = this.deck.stage;
      const pass = passOf(pictures, this.deck.stage.wanted) as Picture[];
      const [coronal, sagittal] = planesOf(pass);
      this.arrange({ rows: 1, columns: 3 });
      [pass, coronal, sagittal].forEach((list, index) => this.put(index, list));
      if (windowed) for (const { stage } of this.deck.visible) stage.choose(choice);
      this.links.all = true;
      this.take('crosshair');
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      byId('notice').textContent = t(error.message);
    }
  }

  /** Ask how the view in the active tile is to be kept. */
  keepView(): void {
    if (!this.keeping || !this.deck.stage.picture) return;
    this.askHow ??= snapshots(this);
    this.askHow();
  }

  help(): void {
    byId<HTMLDialogElement>('keys-sheet').showModal();
  }
}

function middle(pictures: Picture[] | undefined): Picture | undefined {
  return pictures?.[Math.floor(pictures.length / 2)];
}

/** The list whose series is most like another: the same kind, part and description. */
function mostAlike(series: Series | undefined, lists: Picture[][]): Picture[] | undefined {
  const alike = (other: Series | undefined) => Number(other?.modality === series?.modality) * 4
    + Number(other?.description === series?.description) * 2 + Number(other?.body_part === series?.body_part);
  return [...lists].sort((a, b) => alike(b[0]?.series) - alike(a[0]?.series))[0];
}

/** Ask for an arrow's words; none is an answer too. */
function ask(given: (text: string) => void): void {
  const field = h('input', { type: 'text', maxlength: 80, autocomplete: 'off', 'aria-label': t('arrow_text') });
  const form = h('form', { method: 'dialog' }, h('h2', { id: 'ask-title' }, t('arrow_text')), field,
    h('button', { class: 'primary' }, icon('arrow'), t('arrow_done')));
  const dialog = h('dialog', { class: 'sheet small', 'aria-labelledby': 'ask-title' }, form);
  dialog.addEventListener('close', () => {
    given(field.value.trim());
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}

