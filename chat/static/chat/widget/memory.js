// @ts-check
/** The thread survives a page change. */

/** @import {Options, Saved} from "./types.js" */

import { toJson } from "./browser.js";

/** One tab's thread of one book. Every call works, or does nothing where storage is forbidden. */
export class Memory {
  /**
   * @param {Options} options
   * @param {() => Saved} source what to save
   */
  constructor({ host, book }, source) {
    this.key = `ragbook:${host.href}:${book}`;
    this.source = source;
    this.timer = 0;
  }

  /** @returns {Saved | null} */
  load() {
    try {
      const saved = JSON.parse(sessionStorage.getItem(this.key) ?? "null");
      return Array.isArray(saved?.thread?.turns) ? saved : null;
    } catch {
      return null;
    }
  }

  /** Save soon. What a crash loses in between, the server's log gives back. */
  touch() {
    this.timer ||= setTimeout(() => this.save(), 200);
  }

  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    try {
      sessionStorage.setItem(this.key, toJson(this.source()));
    } catch {
      // Storage is full or forbidden: the thread lives as long as the page.
    }
  }
}
