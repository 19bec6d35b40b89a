/** Look every minute whether the images are there; the page comes anew only then, and nobody loses their place. */

const EVERY = 60_000;

export function lookAgain(link: HTMLAnchorElement): void {
  const look = async (): Promise<void> => {
    const answer = await fetch(link.href);
    if (answer.status < 500 && !(await answer.text()).includes('data-look-again')) return location.assign(link.href);
    again();
  };
  const again = () => setTimeout(() => look().catch(again), EVERY);
  again();
}
