// @ts-check
/**
 * Parts that load when they are first needed. They stand in later/ and import nothing but each
 * other: they are given the kit, so that there is one copy of everything.
 */

import { confirmCopy, isEditable, randomId, reducedMotion, selectedText } from "./browser.js";
import { webAddress } from "./fragment.js";
import { bookLink, quotesOf } from "./links.js";
import { el, icon, iconButton, questionRow } from "./nodes.js";
import { isClaim, isDoubtful, list, own, place, unanswered } from "./thread.js";
import { WORDS } from "./words.js";

export const KIT = {
  WORDS,
  bookLink,
  confirmCopy,
  el,
  icon,
  iconButton,
  isClaim,
  isDoubtful,
  isEditable,
  list,
  own,
  place,
  questionRow,
  quotesOf,
  randomId,
  reducedMotion,
  selectedText,
  unanswered,
  webAddress,
};

/** @typedef {typeof KIT} Kit */

/** Modules beside this one, loaded once each, with their styles. */
export class Parts {
  /** @type {Map<string, Promise<any>>} */
  loading = new Map();
  failures = 0;

  /**
   * @param {URL} home where the script's modules are
   * @param {(css: string) => void} dress adds a style sheet
   */
  constructor(home, dress) {
    this.home = home;
    this.dress = dress;
  }

  /**
   * The module NAME.js. Rejects when it cannot be loaded; the next call tries again.
   *
   * @param {string} name
   * @returns {Promise<any>}
   */
  get(name) {
    const known = this.loading.get(name);
    if (known) return known;
    const loading = this.load(name);
    this.loading.set(name, loading);
    return loading;
  }

  /** @param {string} name */
  async load(name) {
    // Browsers remember that an address failed.
    const again = this.failures ? `?${this.failures}` : "";
    try {
      const part = await import(new URL(`${name}.js${again}`, this.home).href);
      if (part.STYLES) this.dress(part.STYLES);
      return part;
    } catch (error) {
      this.loading.delete(name);
      this.failures += 1;
      throw error;
    }
  }
}
