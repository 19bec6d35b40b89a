/** Line icons, 24 by 24, drawn with the text's colour. */

const PATHS = {
  scroll: 'M12 3v18M8 7l4-4 4 4M8 17l4 4 4-4',
  window: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18M12 7h4.5M12 12h9M12 17h4.5',
  zoom: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21M10.5 8v5M8 10.5h5',
  pan: 'M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  ones: 'M6 7.500 8.500 6v12M12 9.500h.01M12 14.500h.01M15.500 7.500 18 6v12',
  reset: 'M4 5v5h5M4.6 10a8 8 0 1 1-.5 4',
  invert: 'M4 4h16v16H4zM4 20 20 4M8 7v4M6 9h4M14 16h4',
  overlay: 'M4 4h16v16H4zM8 16l3-7 3 7M9 14h4M16 9v7',
  time: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.500 2',
  tiles: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  keep: 'M4 7h4l1.500-2.500h5L16 7h4v12H4zM12 9.500a3.300 3.300 0 1 0 0 6.600 3.300 3.300 0 0 0 0-6.600z',
  print: 'M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z',
  play: 'M7 4.5v15l12-7.5z',
  pause: 'M8 5v14M16 5v14',
  pictures: 'M4 5h16v14H4zM4 15l4.5-4.5L13 15l3-3 4 4M15.5 8.5h.01',
  report: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  save: 'M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14',
  magnifier: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21',
  crosshair: 'M12 3v6M12 15v6M3 12h6M15 12h6M12 11.9v.2',
  turn: 'M20 5v5h-5M19.4 10a8 8 0 1 0 .5 4',
  flip: 'M12 3v18M9 7 3 17h6zM15 7l6 10h-6z',
  probe: 'M12 21s-6-5.6-6-10.5a6 6 0 0 1 12 0C18 15.4 12 21 12 21zM12 8.6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
  length: 'M4 20 20 4M2.5 18.5l3 3M18.5 2.5l3 3M9 12l2 2M12 9l2 2',
  angle: 'M20 19H4L15 5M10 19a7 7 0 0 0-2-5',
  rectangle: 'M4 6h16v12H4z',
  ellipse: 'M12 6c5 0 9 2.7 9 6s-4 6-9 6-9-2.7-9-6 4-6 9-6z',
  arrow: 'M20 20 5 5M5 13V5h8',
  undo: 'M8 5 3.5 9.5 8 14M4 9.5h10a6 6 0 0 1 0 12h-3',
  remove: 'M4 6h16M9 6V3.5h6V6M6.5 6l1 14.5h9l1-14.5M10 10v7M14 10v7',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4.2 4.2 0 0 0-6-6l-1.500 1.500M14 10a4 4 0 0 0-6-.4l-3 3a4.200 4.200 0 0 0 6 6l1.500-1.500',
  windows: 'M8.500 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM15.500 5a7 7 0 1 1 0 14',
  lines: 'M4 4h16v16H4zM4 9l16 5',
  compare: 'M3 5h8v14H3zM13 5h8v14h-8z',
  planes: 'M12 3 20 7.500v9L12 21l-8-4.500v-9zM4 7.500 12 12l8-4.500M12 12v9',
  keys: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10',
  more: 'M4 7h10M18 7h2M4 12h3M11 12h9M4 17h9M17 17h3M16 5v4M9 10v4M15 15v4',
  hand: 'M8 12.500V5.800a1.500 1.500 0 0 1 3 0V11M11 11V4.300a1.500 1.500 0 0 1 3 0V11M14 11V5.800a1.500 1.500 0 0 1 3 0v8.700a6.500 6.500 0 0 1-12 3.500l-2-4.500a1.500 1.500 0 0 1 2.600-1.500L8 14.500',
  give: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v2M14 20h2M18 18h2v2',
  history: 'M12 4a8 8 0 1 1-7.700 5.800M4 4v6h6M12 8v4.500l3 2',
  note: 'M4 5h16v11h-9l-4 4v-4H4zM8 9h8M8 12h5',
  next: 'M9 5l7 7-7 7',
  close: 'M6 6l12 12M18 6 6 18',
  leave: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4',
} as const;

export type IconName = keyof typeof PATHS;

/** The icon of that name, hidden from screen readers: what it does is said by its button. */
export function icon(name: IconName): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
