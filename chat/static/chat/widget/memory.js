// @ts-check
/** What outlives a page: the thread of this tab, and the list of this reader's conversations. */

/** @import {Options, Past, Saved} from "./types.js" */

import { toJson } from "./browser.js";

const KEPT = 50;

/**
 * One tab's thread of one book, and the conversations of all tabs. Every call works, or does
 * nothing where storage is forbidden.
 */
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
    const saved = read("session", this.key);
    return Array.isArray(saved?.thread?.turns) ? saved : null;
  }

  /** Save soon. What a crash loses in between, the server's log gives back. */
  touch() {
    this.timer ||= setTimeout(() => this.save(), 200);
  }

  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    write("session", this.key, this.source());
  }

  /** The reader's conversations, the latest first. @returns {Past[]} */
  past() {
    const kept = read("local", this.key);
    return Array.isArray(kept) ? kept.filter((past) => past?.id && past.token) : [];
  }

  /** Put it on top of the list. @param {Past} past */
  keep(past) {
    const known = this.past();
    const title = known.find(({ id }) => id === past.id)?.title ?? past.title;
    const others = known.filter(({ id }) => id !== past.id);
    write("local", this.key, [{ ...past, title }, ...others].slice(0, KEPT));
  }

  /** Take it off the list. @param {string} id */
  drop(id) {
    write(
      "local",
      this.key,
      this.past().filter((past) => past.id !== id),
    );
  }
}

/** @param {"local" | "session"} kind */
function storage(kind) {
  return kind === "local" ? localStorage : sessionStorage;
}

/** @param {"local" | "session"} kind @param {string} key */
function read(kind, key) {
  try {
    return JSON.parse(storage(kind).getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {"local" | "session"} kind @param {string} key @param {unknown} value */
function write(kind, key, value) {
  try {
    storage(kind).setItem(key, toJson(value));
  } catch {
    // Storage is full or forbidden: the thread lives as long as the page.
  }
}
