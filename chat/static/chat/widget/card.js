// @ts-check
/** A source's words in the book, in a card by its chip, and links that lead there. */

/** @import {Follower, Source} from "./types.js" */

import { citationLink } from "./fragment.js";
import { el, icon, iconButton } from "./nodes.js";
import { place } from "./thread.js";
import { WORDS } from "./words.js";

/**
 * A link to the book, or its label alone where the address is none.
 *
 * @param {Source} source
 * @param {string} quote highlighted on the page
 * @param {Follower} follower
 * @param {...(Node | string)} label
 */
export function bookLink(source, quote, follower, ...label) {
  const link = citationLink(source.url, quote);
  if (!link) return el("span", { dir: "auto" }, ...label);
  const onclick = (/** @type {MouseEvent} */ event) => follower.follow(event, link, quote);
  return el("a", { href: link.href, dir: "auto", onclick }, ...label);
}

/**
 * A quote as text, with what the book has between backticks as code.
 *
 * @param {string} quote
 */
function withCode(quote) {
  return quote.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

/** One card at a time, laid over the thread and scrolling with it. */
export class SourceCard {
  /**
   * @param {HTMLElement} thread
   * @param {Follower} follower
   */
  constructor(thread, follower) {
    this.thread = thread;
    this.follower = follower;
    /** @type {HTMLElement | null} */
    this.node = null;
    /** @type {HTMLElement | null} */
    this.chip = null;
  }

  /**
   * Show it, or hide it when its chip is pressed again.
   *
   * @param {HTMLElement} chip
   * @param {Source} source
   * @param {string[]} quotes
   */
  show(chip, source, quotes) {
    const again = this.chip === chip;
    this.hide();
    if (again) return;
    this.chip = chip;
    this.node = this.card(source, quotes);
    this.thread.append(this.node);
    this.put(chip, this.node);
    chip.setAttribute("aria-expanded", "true");
    this.node.focus({ preventScroll: true });
    this.node.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {Source} source
   * @param {string[]} quotes
   */
  card(source, quotes) {
    const head = el(
      "div",
      { class: "card-head" },
      el("span", { class: "number", "aria-hidden": "true" }, String(source.n)),
      el("span", { class: "card-place", dir: "auto" }, place(source)),
      iconButton("close", WORDS.close, () => this.hide(true)),
    );
    const words = quotes.map((quote) => {
      const kind = quote.includes("\n") ? "quoted many" : "quoted";
      return el("blockquote", { class: kind, dir: "auto" }, ...withCode(quote));
    });
    const link = bookLink(source, quotes[0] ?? "", this.follower, WORDS.openInBook, icon("out"));
    link.classList.add("open-in-book");
    const label = { role: "dialog", "aria-label": WORDS.source(source.n, place(source)) };
    const card = { class: "card", part: "card", tabindex: "-1", ...label };
    return el("div", card, head, ...words, link);
  }

  /**
   * Below the chip, or above where there is no room.
   *
   * @param {HTMLElement} chip
   * @param {HTMLElement} card
   */
  put(chip, card) {
    const frame = this.thread.getBoundingClientRect();
    const at = chip.getBoundingClientRect();
    const below = at.bottom - frame.top + 8;
    const above = at.top - frame.top - card.offsetHeight - 8;
    const fits = below + card.offsetHeight <= frame.height - 28 || above < 0;
    card.style.top = `${this.thread.scrollTop + (fits ? below : above)}px`;
  }

  /** @param {boolean} [refocus] */
  hide(refocus = false) {
    this.node?.remove();
    this.chip?.setAttribute("aria-expanded", "false");
    if (refocus) this.chip?.focus();
    this.node = this.chip = null;
  }
}
