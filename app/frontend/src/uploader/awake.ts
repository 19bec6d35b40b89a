/** Keeps the computer awake and the page open while files are on their way. */

let lock: WakeLockSentinel | null = null;
let wanted = false;

const warn = (event: BeforeUnloadEvent): void => event.preventDefault();

async function take(): Promise<void> {
  if (!wanted || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
  // Refused on low battery, for instance: sending goes on all the same.
  lock = await navigator.wakeLock.request('screen').catch(() => null);
}

export function stayAwake(): void {
  if (wanted) return;
  wanted = true;
  addEventListener('beforeunload', warn);
  document.addEventListener('visibilitychange', again);
  void take();
}

export function mayRest(): void {
  wanted = false;
  removeEventListener('beforeunload', warn);
  document.removeEventListener('visibilitychange', again);
  void lock?.release();
  lock = null;
}

/** A hidden page loses its lock. */
const again = (): void => void take();
