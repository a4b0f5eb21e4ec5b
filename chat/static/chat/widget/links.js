// @ts-check
/** Links that lead to a source in the book. */

/** @import {Desk} from "./turn.js" */
/** @import {Sentence, Source} from "./types.js" */

import { webAddress } from "./fragment.js";
import { el } from "./nodes.js";
import { list } from "./thread.js";

/**
 * A link to the book, or its label alone where the address is none. The part that makes the page
 * highlight the quote is added when it is loaded.
 *
 * @param {Source} source
 * @param {string} quote highlighted on the page
 * @param {Desk} desk
 * @param {...(Node | string)} label
 */
export function bookLink(source, quote, desk, ...label) {
  const address = webAddress(source.url);
  if (!address) return el("span", { dir: "auto" }, ...label);
  const onclick = (/** @type {MouseEvent} */ event) => desk.follow(event, address, quote);
  const link = el("a", { href: address.href, dir: "auto", onclick }, ...label);
  if (quote) highlightThere(link, address, quote, desk);
  return link;
}

/** @param {HTMLAnchorElement} link @param {URL} address @param {string} quote @param {Desk} desk */
async function highlightThere(link, address, quote, desk) {
  const part = await desk.part("fragment");
  if (part) link.href = part.highlighted(address, quote).href;
}

/**
 * The words that sentences took from a source; without any, the source's own quote.
 *
 * @param {Source} source
 * @param {Sentence[]} sentences
 */
export function quotesOf(source, sentences) {
  const evidence = sentences.flatMap((sentence) => list(sentence.evidence));
  const quotes = evidence.filter(({ n, quote }) => n === source.n && quote);
  const words = quotes.length ? quotes.map(({ quote }) => String(quote)) : [source.quote ?? ""];
  return [...new Set(words.filter(Boolean))];
}
