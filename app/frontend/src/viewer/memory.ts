/** What a browser remembers of its user's habits. One that keeps nothing has its usual ones the next time. */

/** What was remembered under that key, or null. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, habit: string): void {
  try {
    localStorage.setItem(key, habit);
  } catch {
    // Then it holds as long as the page.
  }
}
