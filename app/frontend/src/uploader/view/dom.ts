/** Small helps for making parts of the page. */

export const find = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;

type Child = Node | string | null | false;

/** Makes an element; `className` and text or elements in it. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** Returns a copy of one of the page's icons; the words stand beside it. */
export function icon(name: string): Node {
  return (document.getElementById(`icon-${name}`) as HTMLTemplateElement).content.cloneNode(true);
}

/** Sets a text only when it is another, so that screen readers and selections are left in peace. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
