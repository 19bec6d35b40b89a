/** Where a visitor was: kept in this tab, so that a page that is loaded again, or opened once more by its PIN, shows it. */
import type { Picture, Series } from './manifest';
import type { Room } from './room';
import { LAYOUTS, nameOf } from './stage/deck';

/** What was in view: the layout's name, the pictures' ids tile by tile, which was active, whether they were planes. */
export interface Place { layout: string; shown: (string | undefined)[]; active: number; planes: boolean }

const keyOf = (shareId: string): string => `vcd-place-${shareId}`;

/** Where this tab was in that share; null where it was not there, or does not remember. */
export function lastPlace(shareId: string): Place | null {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(shareId)) ?? 'null') as Place | null;
  } catch {
    return null;
  }
}

function placeOf({ deck, links }: Room): Place {
  const { visible, tiles, tile } = deck;
  const shown = links.all ? tiles.slice(0, 1) : visible;
  return {
    layout: nameOf(deck.layout), shown: shown.map(({ stage }) => stage.picture?.imageId),
    active: Math.max(0, shown.indexOf(tile)), planes: links.all,
  };
}

/** Keep the place whenever the page may be left. */
export function keepPlace(room: Room, shareId: string): void {
  const keep = () => {
    try {
      sessionStorage.setItem(keyOf(shareId), JSON.stringify(placeOf(room)));
    } catch {
      // A browser that keeps nothing begins at the first picture again.
    }
  };
  addEventListener('pagehide', keep);
  document.addEventListener('visibilitychange', keep);
}

/** Arrange the tiles as they were; the active one's picture is on the first tile already. */
export function goBack(room: Room, { layout, shown, active, planes }: Place, bySeries: ReadonlyMap<Series, Picture[]>): void {
  if (planes) return room.planes();
  const wanted = LAYOUTS.find((one) => nameOf(one) === layout);
  if (!wanted || shown.length < 2) return;
  room.deck.arrange(wanted, () => undefined);
  shown.forEach((imageId, index) => {
    for (const pictures of bySeries.values()) {
      const at = pictures.findIndex((one) => one.imageId === imageId);
      if (at >= 0) void room.deck.visible[index]?.stage.open(pictures, at);
    }
  });
  room.deck.activate(active);
}
