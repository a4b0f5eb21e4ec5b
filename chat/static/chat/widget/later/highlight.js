// @ts-check
/** A quote found again on the page that is open, without a reload. */

/** @import {Kit} from "../later.js" */

import { plainLine } from "./fragment.js";

/**
 * Letters and digits alone: what neither markup nor typography changes.
 *
 * @param {string} text
 */
function comparable(text) {
  return text.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}

/**
 * The page's text as one comparable string, with the text node and offset of each character.
 *
 * @param {Element | null} anchor
 */
function pageText(anchor) {
  let text = "";
  let anchorAt = 0;
  /** @type {[Text, number][]} */
  const spots = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    if (node.parentElement?.closest("script, style, noscript, textarea")) continue;
    if (anchor && anchor.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_PRECEDING) {
      anchorAt = text.length;
    }
    for (let offset = 0; offset < node.data.length; offset++) {
      const letter = comparable(node.data[offset]);
      if (letter.length !== 1) continue;
      text += letter;
      spots.push([node, offset]);
    }
  }
  return { text, spots, anchorAt };
}

/**
 * Where one of the texts stands on this page, first looked for behind the anchor.
 *
 * @param {string[]} texts
 * @param {Element | null} anchor
 * @returns {Range | null}
 */
function findText(texts, anchor) {
  const { text, spots, anchorAt } = pageText(anchor);
  for (const words of texts.map(comparable)) {
    if (!words) continue;
    const at = [text.indexOf(words, anchorAt), text.indexOf(words)].find((found) => found >= 0);
    if (at === undefined) continue;
    const range = document.createRange();
    const [last, lastOffset] = spots[at + words.length - 1];
    range.setStart(...spots[at]);
    range.setEnd(last, lastOffset + 1);
    return range;
  }
  return null;
}

const MARKER = "ragbook-quote";
const MARKED_MS = 12_000;

/**
 * Paint a range for a while, by the CSS Custom Highlight API: the page's nodes stay as they are.
 *
 * @param {Range} range
 */
function highlight(range) {
  if (!CSS.highlights) return;
  dressPage();
  const mark = new Highlight(range);
  CSS.highlights.set(MARKER, mark);
  setTimeout(() => mark.clear(), MARKED_MS);
}

let isDressed = false;

/** How the page shows the mark. */
function dressPage() {
  if (isDressed) return;
  isDressed = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`::highlight(${MARKER}) { background-color: #ffe48a; color: #1a1a1a }`);
  document.adoptedStyleSheets.push(sheet);
}

/**
 * The element that an address names: by its id, or by the name of an anchor of old.
 *
 * @param {URL} link
 */
function named({ hash }) {
  const [id] = hash.slice(1).split(":~:");
  const names = [id, decoded(id)].filter(Boolean);
  for (const name of names) {
    const found = document.getElementById(name) ?? document.getElementsByName(name)[0];
    if (found) return found;
  }
  return null;
}

/** @param {string} id may be no percent-encoding at all */
function decoded(id) {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/**
 * Scroll to the anchor and the quote on this page and highlight the words. Browsers act on text
 * fragments only when they load a page, so here it is done by hand.
 *
 * @param {Kit} kit
 * @param {URL} link
 * @param {string} quote
 */
export function showOnThisPage({ reducedMotion }, link, quote) {
  const anchor = named(link);
  const [id] = link.hash.slice(1).split(":~:");
  if (id && location.hash !== `#${id}`) location.hash = id;
  const range = findText([quote, plainLine(quote)], anchor);
  const target = range?.startContainer.parentElement ?? anchor;
  target?.closest("details")?.setAttribute("open", "");
  target?.scrollIntoView({ block: "center", behavior: reducedMotion() ? "auto" : "smooth" });
  if (range) highlight(range);
}
