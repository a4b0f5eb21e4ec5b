// @ts-check
/** What is laid over the thread: a title with a way back, and below it anything. */

/** @import {Kit} from "../later.js" */

export const COVER_STYLES = `
.cover { flex: 1; min-height: 0; display: flex; flex-direction: column; outline: 0; animation: settle .16s ease-out }
.cover-head { display: flex; align-items: center; gap: 6px; padding: 10px 10px 4px }
.cover-head h3 { font-size: 15px; font-weight: 600 }
.cover-body { flex: 1; overflow-y: auto; padding: 8px 16px 20px; scrollbar-width: thin; align-content: start }
.cover .note:last-child { margin-top: 16px }
[dir=rtl] .cover-head .icon { scale: -1 1 }
`;

/**
 * @param {Kit} kit
 * @param {string} title
 * @param {HTMLElement} body
 * @param {() => void} back
 */
export function cover({ WORDS, el, iconButton }, title, body, back) {
  const head = el(
    "div",
    { class: "cover-head" },
    iconButton("back", WORDS.back, back),
    el("h3", {}, title),
  );
  const label = { role: "dialog", "aria-label": title, tabindex: "-1" };
  return el("div", { class: "cover", ...label }, head, body);
}
