// @ts-check
/** The reader's conversations with this book: opened again, deleted. */

/** @import {Kit} from "../later.js" */
/** @import {Chat} from "../chat.js" */
/** @import {Past} from "../types.js" */

import { COVER_STYLES, cover } from "./cover.js";
import { turnOf } from "./stored.js";

export const STYLES =
  COVER_STYLES +
  `
.past { display: grid; gap: 2px; list-style: none }
.past li { display: flex; align-items: center; gap: 4px; border-radius: 12px }
.past li:hover { background: var(--raised) }
.past-open { flex: 1; min-width: 0; padding: 9px 12px; border-radius: 12px; display: grid; gap: 1px }
.past-open b { font-weight: 500; font-size: 14px; line-height: 1.5; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.past-open small { font-size: 12px; color: var(--muted) }
.past [aria-current=true] b { font-weight: 600; color: var(--link) }
.past .sure { flex: 1; display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 8px 12px; font-size: 13px }
.past .sure p { flex: 1 1 100% }
.danger { color: var(--bad); border-color: currentColor }
`;

const DAY_MS = 86_400_000;

export class History {
  /**
   * @param {Kit} kit
   * @param {Chat} chat
   */
  constructor(kit, chat) {
    this.kit = kit;
    this.chat = chat;
    this.list = kit.el("ul", { class: "past" });
    this.note = kit.el("p", { class: "note", role: "status" });
    const body = kit.el("div", { class: "cover-body" }, this.list, this.note);
    this.node = cover(kit, kit.WORDS.history, body, () => chat.panel.uncover());
    this.draw();
  }

  draw() {
    const { WORDS } = this.kit;
    const past = this.chat.memory.past();
    this.list.replaceChildren(...past.map((one) => this.row(one)));
    this.note.textContent = past.length ? WORDS.historyNote : WORDS.noHistory;
  }

  /** @param {Past} past */
  row(past) {
    const { WORDS, el, iconButton } = this.kit;
    const current = past.id === this.chat.thread.conversation;
    const when = current ? WORDS.openNow : this.day(past.at);
    const title = el("b", { dir: "auto" }, past.title);
    const onclick = () => this.open(past, current);
    const names = { class: "past-open", type: "button", "aria-current": String(current) };
    const open = el("button", { ...names, onclick }, title, el("small", {}, when));
    const remove = iconButton("trash", `${WORDS.deleteThis}: ${past.title}`, () => {
      line.replaceChildren(this.sure(past));
      line.querySelector("button")?.focus();
    });
    const line = el("li", {}, open, remove);
    return line;
  }

  /** "today", "yesterday", then the date. @param {number} at */
  day(at) {
    const { lang } = this.chat.panel.node;
    const days = Math.round((new Date().setHours(12) - new Date(at).setHours(12)) / DAY_MS);
    if (days < 7) {
      return new Intl.RelativeTimeFormat(lang, { numeric: "auto" }).format(-days, "day");
    }
    return new Intl.DateTimeFormat(lang, { dateStyle: "medium" }).format(at);
  }

  /** What is deleted does not come back, so it is asked for. @param {Past} past */
  sure(past) {
    const { WORDS, el } = this.kit;
    const button = (
      /** @type {string} */ kind,
      /** @type {string} */ label,
      /** @type {() => void} */ onclick,
    ) => el("button", { type: "button", class: `action ${kind}`, onclick }, label);
    const yes = button("danger", WORDS.deleteYes, () => this.remove(past));
    const no = button("", WORDS.cancel, () => {
      this.draw();
      this.chat.panel.cover?.focus();
    });
    return el("div", { class: "sure" }, el("p", {}, WORDS.deleteSure), yes, no);
  }

  /** @param {Past} past @param {boolean} current */
  async open(past, current) {
    if (current) {
      this.chat.panel.uncover();
      return;
    }
    try {
      await this.reopen(past);
    } catch (error) {
      this.failed(past, error);
    }
  }

  /** Go on with it. Rejects when the server does not know it. @param {Past} past */
  async reopen({ id, token }) {
    const { answers } = await this.call(id, token, "GET");
    const turns = answers.map((/** @type {any} */ answer) => turnOf(this.kit, answer));
    this.chat.change({ conversation: id, token, turns });
  }

  /** Delete it here and on the server. @param {Past} past */
  async erase({ id, token }) {
    await this.call(id, token, "DELETE");
    this.chat.memory.drop(id);
    if (id === this.chat.thread.conversation) this.chat.reset();
  }

  /** @param {string} id @param {string} token @param {string} method */
  call(id, token, method) {
    const { api } = this.chat;
    return api.call(`conversations/${id}`, api.request(method, token));
  }

  /** @param {Past} past */
  async remove(past) {
    try {
      await this.erase(past);
      this.draw();
      this.chat.panel.cover?.focus();
    } catch (error) {
      this.failed(past, error);
    }
  }

  /** @param {Past} past @param {any} error */
  failed(past, error) {
    const { WORDS } = this.kit;
    const gone = error?.status === 404;
    if (gone) this.chat.memory.drop(past.id);
    this.draw();
    this.note.textContent = gone ? WORDS.forgotten : WORDS.notLoaded;
  }
}
