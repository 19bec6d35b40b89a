/** The disc's own thread: looks at its files and sends them, while the page stays free for people. */

import type { FromWorker, SamePerson, ToWorker, Upload } from '../messages';
import { Disc } from './disc';
import { Net, Refusal } from './net';
import { Sending, type Wishes } from './send';

const TELL_MS = 250;
const GONE = 'The drive no longer gives its files. Is the disc still in it? Put it back, then press Go on.';

let disc = new Disc();
let net = new Net();
let sending: Sending | null = null;
let answer: ((wishes: Wishes) => void) | null = null;

const tell = (message: FromWorker): void => postMessage(message);

async function scan(): Promise<void> {
  const looked = disc;
  const timer = setInterval(() => tell({ type: 'look', tree: looked.tree(false) }), TELL_MS);
  await looked.look();
  clearInterval(timer);
  if (looked === disc && !sending) tell({ type: 'look', tree: looked.tree(true) });
}

async function send(upload: Upload, wishes: Wishes, samePerson: SamePerson | null): Promise<void> {
  disc.stop();
  sending ??= new Sending(upload, net, disc, wishes, {
    unreadable: (path) => tell({ type: 'unreadable', path }),
    gone: () => {
      net.pause();
      tell({ type: 'refused', sentence: GONE });
      return net.open();
    },
    ask: () => {
      tell({ type: 'surprise', tree: disc.tree(true) });
      return new Promise((resolve) => (answer = resolve));
    },
  });
  const current = sending;
  current.samePerson = samePerson;
  const progress = (): void => tell({ type: 'progress', progress: current.progress() });
  const timer = setInterval(progress, TELL_MS);
  progress();
  try {
    await current.run();
    progress();
    tell({ type: 'complete' });
  } catch (error) {
    sending = null;
    if (error instanceof Refusal) tell({ type: 'refused', sentence: error.message, values: error.values });
    else {
      tell({ type: 'refused', sentence: null });
      console.error(error);
    }
  } finally {
    clearInterval(timer);
  }
}

function hear(message: ToWorker): void {
  if (message.type === 'clear') {
    disc.stop();
    [disc, net, sending] = [new Disc(), new Net(), null];
  } else if (message.type === 'add') disc.add(message.found);
  else if (message.type === 'scan') {
    disc.added();
    if (message.before) disc.resume(message.before);
    void scan();
  } else if (message.type === 'send') {
    const wishes = { keep: new Set(message.keep), leave: new Set(message.leave) };
    if (answer && sending) {
      sending.samePerson = message.samePerson;
      answer(wishes);
      answer = null;
    } else void send(message.upload, wishes, message.samePerson);
  } else if (message.type === 'pause') net.pause();
  else if (message.type === 'go') net.go();
  else net.online();
}

onmessage = (event: MessageEvent<ToWorker>) => hear(event.data);
