// @ts-check
/** What the browser offers, with a way round what older or plain-http pages lack. */

import { icon } from "./nodes.js";
import { WORDS } from "./words.js";

export function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** The panel covers the page below this width. */
export function isPhone() {
  return matchMedia("(max-width: 640px)").matches;
}

/** 128 random bits; unlike randomUUID also on pages served over plain http. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text */
async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Pages served over plain http have no clipboard API.
  const write = (/** @type {ClipboardEvent} */ event) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", write, { once: true });
  document.execCommand("copy");
}

/**
 * @param {HTMLElement} button says for a moment that it is done
 * @param {string} text
 */
export async function confirmCopy(button, text) {
  try {
    await copyText(text);
  } catch {
    return;
  }
  const before = [...button.childNodes];
  button.replaceChildren(button.matches(".icon-button") ? icon("check") : WORDS.copied);
  button.setAttribute("data-done", "");
  setTimeout(() => {
    button.replaceChildren(...before);
    button.removeAttribute("data-done");
  }, 1600);
}

/** @param {EventTarget | null} target */
export function isEditable(target) {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** The focused element, also inside shadow roots. @returns {HTMLElement | null} */
export function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node instanceof HTMLElement ? node : null;
}

const SHORTEST_SELECTION = 3;

/**
 * What the reader has selected on the page, outside of fields; "" for nothing much.
 *
 * @param {HTMLElement} host the widget's element, whose own text does not count
 */
export function selectedText(host) {
  const selection = getSelection();
  if (!selection?.rangeCount || isEditable(document.activeElement)) return "";
  const text = selection.toString().trim();
  const ours = host.contains(selection.getRangeAt(0).startContainer);
  return ours || text.length < SHORTEST_SELECTION ? "" : text;
}

/**
 * JSON, also on pages whose old libraries give every array a toJSON of its own.
 *
 * @param {unknown} value
 */
export function toJson(value) {
  return JSON.stringify(bare(value));
}

/** A copy that inherits nothing. @param {unknown} value @returns {unknown} */
function bare(value) {
  if (Array.isArray(value)) return Object.setPrototypeOf(value.map(bare), null);
  if (!value || typeof value !== "object") return value;
  const copy = Object.create(null);
  for (const [name, part] of Object.entries(value)) copy[name] = bare(part);
  return copy;
}
