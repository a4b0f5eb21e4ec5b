// @ts-check
/** A source's words in the book, in a card by its chip. */

/** @import {Kit} from "../later.js" */
/** @import {Desk} from "../turn.js" */
/** @import {Source} from "../types.js" */

export const STYLES = `
.card { position: absolute; scroll-margin: 28px; z-index: 2; inset-inline: 14px; padding: 12px 14px 14px; border-radius: 14px; background: var(--ground); box-shadow: var(--shadow); animation: settle .16s ease-out; outline: 0 }
.root[data-theme=dark] .card { background: var(--raised) }
.card-head { display: flex; align-items: start; gap: 9px; font-size: 13px }
.card-head .number { margin-top: 1px }
.card-place { flex: 1; line-height: 1.45 }
.card-place b { display: block; font-weight: 600 }
.card-place span { color: var(--muted); font-size: 12px }
.card-head .icon-button { margin-block: -5px; margin-inline: 0 -6px; width: 30px; height: 30px }
.quoted { margin: 10px 0 0; padding: 2px 0; padding-inline-start: 12px; border-inline-start: 3px solid #f2c94c; font-size: 14px; line-height: 1.55; max-height: 200px; overflow: auto; scrollbar-width: thin }
.quoted.many { white-space: pre-wrap }
.open-in-book { display: inline-flex; align-items: center; gap: 6px; margin-top: 12px; font-size: 13px; font-weight: 600 }
.open-in-book .icon { font-size: 12px }
span.open-in-book { display: none }
`;

/** One card at a time, laid over the thread and scrolling with it. */
export class SourceCard {
  /** @type {HTMLElement | null} */
  node = null;
  /** @type {HTMLElement | null} */
  chip = null;

  /**
   * @param {Kit} kit
   * @param {HTMLElement} thread
   * @param {Desk} desk
   */
  constructor(kit, thread, desk) {
    this.kit = kit;
    this.thread = thread;
    this.desk = desk;
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
    const { WORDS, bookLink, el, icon, iconButton, place } = this.kit;
    const head = el(
      "div",
      { class: "card-head" },
      el("span", { class: "number", "aria-hidden": "true" }, String(source.n)),
      this.place(source),
      iconButton("close", WORDS.close, () => this.hide(true)),
    );
    const words = quotes.map((quote) => {
      const kind = quote.includes("\n") ? "quoted many" : "quoted";
      return el("blockquote", { class: kind, dir: "auto" }, ...this.withCode(quote));
    });
    const link = bookLink(source, quotes[0] ?? "", this.desk, WORDS.openInBook, icon("out"));
    link.classList.add("open-in-book");
    const label = { role: "dialog", "aria-label": WORDS.source(source.n, place(source)) };
    const card = { class: "card", part: "card", tabindex: "-1", ...label };
    return el("div", card, head, ...words, link);
  }

  /** The section's heading, and above whose headings it stands. @param {Source} source */
  place(source) {
    const { el, list, place } = this.kit;
    const path = list(source.heading_path).map(String).filter(Boolean);
    const heading = el("b", {}, path.at(-1) ?? place(source));
    const above = path.length > 1 && el("span", {}, path.slice(0, -1).join(" › "));
    return el("div", { class: "card-place", dir: "auto" }, heading, above);
  }

  /** A quote as text, with what the book has between backticks as code. @param {string} quote */
  withCode(quote) {
    const { el } = this.kit;
    return quote.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
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
