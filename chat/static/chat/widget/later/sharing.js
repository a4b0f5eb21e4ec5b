// @ts-check
/** A read-only link to the conversation: made, copied, renewed, taken back. */

/** @import {Kit} from "../later.js" */
/** @import {Chat} from "../chat.js" */

import { COVER_STYLES, cover } from "./cover.js";

export const STYLES =
  COVER_STYLES +
  `
.share { display: grid; gap: 14px; justify-items: start }
.share input { width: 100%; padding: 9px 12px; border: 1px solid var(--line-strong); border-radius: 12px; background: var(--raised); font-size: 13px; text-overflow: ellipsis }
.share p { font-size: 14px; line-height: 1.55 }
.share .buttons { display: flex; flex-wrap: wrap; gap: 8px }
.primary { color: var(--on-accent); background: var(--accent); border-color: transparent }
.primary:hover:not(:disabled) { background: var(--accent); filter: brightness(1.07) }
`;

export class Sharing {
  /**
   * @param {Kit} kit
   * @param {Chat} chat
   */
  constructor(kit, chat) {
    this.kit = kit;
    this.chat = chat;
    this.body = kit.el("div", { class: "share" });
    this.status = kit.el("p", { class: "note", role: "status" });
    const text = kit.el("p", {}, kit.WORDS.shareText);
    const body = kit.el("div", { class: "cover-body share" }, text, this.body, this.status);
    this.node = cover(kit, kit.WORDS.share, body, () => chat.panel.uncover());
    this.look();
  }

  /** @param {string} method */
  call(method) {
    const { api, thread } = this.chat;
    const body = method === "PUT" ? {} : undefined;
    const path = `conversations/${thread.conversation}/share`;
    return api.call(path, api.request(method, thread.token, body));
  }

  /** Is it shared? */
  async look() {
    try {
      const share = await this.call("GET");
      if (share.url) this.shared(share);
      else this.unshared();
    } catch {
      this.failed();
    }
  }

  unshared() {
    const { WORDS } = this.kit;
    this.body.replaceChildren(this.button("primary", WORDS.shareMake, () => this.make()));
  }

  /** @param {{url: string}} share */
  shared({ url }) {
    const { WORDS, confirmCopy, el } = this.kit;
    const field = el("input", {
      readonly: true,
      value: url,
      dir: "ltr",
      "aria-label": WORDS.shareLink,
    });
    field.addEventListener("focus", () => field.select());
    const copy = this.button("primary", WORDS.shareCopy, () => confirmCopy(copy, url));
    const renew = this.button("", WORDS.shareRenew, () => this.make());
    const end = this.button("", WORDS.shareEnd, () => this.end());
    this.body.replaceChildren(field, el("div", { class: "buttons" }, copy, renew, end));
  }

  /** @param {string} kind @param {string} label @param {() => void} onclick */
  button(kind, label, onclick) {
    return this.kit.el("button", { type: "button", class: `action ${kind}`, onclick }, label);
  }

  async make() {
    try {
      this.shared(await this.call("PUT"));
      this.status.textContent = "";
      this.body.querySelector("input")?.focus();
    } catch {
      this.failed();
    }
  }

  async end() {
    try {
      await this.call("DELETE");
      this.unshared();
      this.status.textContent = this.kit.WORDS.shareEnded;
      this.body.querySelector("button")?.focus();
    } catch {
      this.failed();
    }
  }

  failed() {
    this.status.textContent = this.kit.WORDS.notSaved;
  }
}
