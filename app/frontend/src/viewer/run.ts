/** Brings the room to life: the page's own elements first, then the first picture. */
import { studyLine } from './describe';
import { byId } from './dom';
import type { Opening } from './main';
import type { Picture } from './manifest';
import { goBack, keepPlace } from './place';
import { printing } from './panels/snapshot';
import { toolbar } from './panels/toolbar';
import { Room } from './room';
import { listen } from './stage/keys';
import { scrubber, swipeHint } from './stage/scrubber';
import { t } from './words';

/** What is to be said of the picture, and which examination it belongs to. */
function notices({ deck }: Room): void {
  const update = () => {
    const { picture } = deck.stage;
    if (!picture) return;
    byId('notice').textContent = t(picture.instance.note ?? '');
    byId('study').textContent = studyLine(picture.study);
  };
  deck.on('picture', update);
  deck.on('active', update);
}

/** Start with that picture. */
export function run(here: Opening, first: Picture): Room {
  const room = new Room(here);
  swipeHint(room.deck);
  byId('toolbar').append(toolbar(room));
  byId('scrubber').append(scrubber(room.deck));
  listen(room);
  notices(room);
  room.take(room.hand.tool);
  const pictures = here.bySeries.get(first.series) ?? [];
  room.open(pictures, pictures.indexOf(first));
  if (here.was) goBack(room, here.was, here.bySeries);
  if (room.keeping) printing(room);
  keepPlace(room, here.manifest.share_id);
  return room;
}
