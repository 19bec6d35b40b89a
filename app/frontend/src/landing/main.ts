// Comfort for the link page. Everything works without it.
import '../styles/tokens.css';
import './landing.css';
import { keepInGroups } from './groups';
import { sendOnce } from './once';
import { follow } from './progress';
import { lookAgain } from './waiting';
import { forgetAddress, inPlace } from './wayback';

const pin = document.querySelector<HTMLInputElement>('#pin');
const code = document.querySelector<HTMLInputElement>('#code');

if (pin) keepInGroups(pin, { kept: /\p{Nd}/u, longest: 8, gap: ' ' });
if (code) keepInGroups(code, { kept: /[a-z0-9]/i, longest: 13, gap: '-' });
document.querySelectorAll('form').forEach(sendOnce);
document.querySelectorAll<HTMLFormElement>('form[data-ask=pin]').forEach(forgetAddress);
document.querySelectorAll<HTMLAnchorElement>('.languages a').forEach(inPlace);
document.querySelectorAll<HTMLElement>('[data-progress]').forEach(follow);
document.querySelectorAll<HTMLAnchorElement>('[data-look-again]').forEach(lookAgain);
