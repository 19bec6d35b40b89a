/** Tiles that go together: leafing by place in the patient, brightness and contrast, and lines where they cut. */
import type { Point } from '../draw/view';
import type { Picture } from '../manifest';
import { areParallel, cutBy, depthOf, dot, inOneSpace, inPatient, momentsOf, normalOf, planeOf, type Vector } from '../space';
import type { Deck } from './deck';
import type { Stage } from './stage';

export class Links {
  scrolling = false;
  windowing = false;
  lines = true;
  /** Whether tiles are planes through one volume: every one shows the cuts of all others, and they are equally bright. */
  all = false;
  /** How far a tile lies behind the active one, in mm or in pictures: set by hand, or by where both stood when linked. */
  private offsets = new Map<Stage, number>();
  private following = false;
  private byHand = false;

  constructor(private readonly deck: Deck) {
    deck.on('wanted', () => this.leafed());
    deck.on('look', () => this.looked());
    for (const what of ['drawn', 'active', 'tiles'] as const) deck.on(what, () => this.cross());
  }

  private others(): Stage[] {
    const { stage } = this.deck;
    return this.deck.visible.map((tile) => tile.stage).filter((one) => one !== stage && one.pictures.length);
  }

  /** Link or part; linked tiles of different examinations keep the distance at which they stand. */
  link(on: boolean): void {
    this.scrolling = on;
    this.offsets.clear();
    if (!on) return;
    for (const { stage } of this.deck.visible) this.offsets.set(stage, 0);
    for (const other of this.others()) if (!this.comparable(this.deck.stage, other)) this.measure(other);
    this.leafed();
  }

  /** Leaf on the active tile only, and keep the new distance. */
  alone(leaf: () => void): void {
    this.byHand = true;
    leaf();
    this.byHand = false;
    if (this.scrolling) for (const other of this.others()) this.measure(other);
  }

  private comparable(a: Stage, b: Stage): boolean {
    const [one, other] = [a.pictures[0], b.pictures[0]];
    return !!one && !!other && inOneSpace(one, other) && areParallel(one, other);
  }

  private measure(other: Stage): void {
    const { stage } = this.deck;
    const apart = this.place(other, other) - this.place(stage, other);
    this.offsets.set(other, apart + (this.offsets.get(stage) ?? 0));
  }

  /** Where a stage stands, on the scale that it shares with `other`: mm along the other's normal, or pictures. */
  private place(stage: Stage, other: Stage): number {
    const [picture, example] = [stage.pictures[stage.wanted], other.pictures[0]];
    if (!picture || !example) return 0;
    const normal = normalOf(planeOf(example));
    const { position } = planeOf(picture);
    return normal && position && areParallel(picture, example) ? dot(position, normal) : stage.wanted;
  }

  private leafed(): void {
    if (!this.scrolling || this.following || this.byHand) return;
    this.following = true;
    for (const other of this.others()) void other.show(this.target(other));
    this.following = false;
  }

  private target(other: Stage): number {
    const { stage } = this.deck;
    const wanted = this.place(stage, other) + (this.offsets.get(other) ?? 0) - (this.offsets.get(stage) ?? 0);
    const [here, example] = [stage.pictures[stage.wanted], other.pictures[0]];
    if (!here || !example || !areParallel(here, example) || depthOf(example) === null) return Math.round(wanted);
    const far = other.pictures.map((picture) => Math.abs((depthOf(picture) ?? Infinity) - wanted));
    const nearest = momentsOf(other.pictures, far.indexOf(Math.min(...far)));
    return nearest.reduce((a, b) => (Math.abs(b - other.wanted) < Math.abs(a - other.wanted) ? b : a));
  }

  private looked(): void {
    if (!(this.windowing || this.all) || this.following) return;
    this.following = true;
    const { choice, windowed } = this.deck.stage;
    for (const other of this.others()) if (other.window) other.choose(windowed ? choice : null);
    this.following = false;
  }

  /** Draw on every tile where the active one's picture, or every other's, cuts it. */
  cross(): void {
    const { stage, visible } = this.deck;
    for (const { stage: own, sheet } of visible) {
      const others = visible.map((tile) => tile.stage).filter((one) => one !== own && (this.all || one === stage));
      const cuts = others.map((one) => own.picture && one.picture && cutBy(own.picture, one.picture));
      sheet.cut(this.lines ? cuts.filter((line): line is [Point, Point] => !!line) : []);
    }
  }

  /** Leaf every other tile of the same space to the picture nearest to a point of this one. */
  point(from: Stage, at: Point): void {
    const place = from.picture && inPatient(from.picture, at);
    if (!from.picture || !place) return;
    for (const { stage } of this.deck.visible) {
      if (stage !== from && stage.pictures[0] && inOneSpace(stage.pictures[0], from.picture)) void stage.show(nearest(stage.pictures, place));
    }
  }
}

/** The index of the picture whose plane is nearest to a place in the patient. */
function nearest(pictures: Picture[], place: Vector): number {
  const far = pictures.map((picture) => {
    const normal = normalOf(planeOf(picture));
    const depth = depthOf(picture);
    return normal && depth !== null ? Math.abs(dot(place, normal) - depth) : Infinity;
  });
  return far.indexOf(Math.min(...far));
}
