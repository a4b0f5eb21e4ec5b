// @ts-check
/** What the page can hear of the widget. What readers write is told only where the owner asks for it. */

/** docs/embed.md says what each tells. */
const EVENTS = ["open", "close", "ask", "answer", "citation", "feedback"];

/**
 * Call `heard` with the details of each event of that name.
 *
 * @param {string} name
 * @param {(detail: any) => void} heard
 * @returns {() => void} stops it
 */
export function hear(name, heard) {
  if (!EVENTS.includes(name)) {
    throw new TypeError(`ragbook.on: "${name}" is none of: ${EVENTS.join(", ")}.`);
  }
  const listener = (/** @type {Event} */ event) => heard(/** @type {CustomEvent} */ (event).detail);
  document.addEventListener(`ragbook:${name}`, listener);
  return () => document.removeEventListener(`ragbook:${name}`, listener);
}

/** Tell the page. @param {string} name @param {object} [detail] */
export function tell(name, detail = {}) {
  document.dispatchEvent(new CustomEvent(`ragbook:${name}`, { detail: Object.freeze(detail) }));
}
