// @ts-check
/** Thumbs up and down, and why. */

/** @import {Feedback, Turn} from "./types.js" */

import { el, iconButton } from "./nodes.js";
import { WORDS } from "./words.js";

export class Rating {
  /**
   * @param {Turn} turn
   * @param {(feedback: Feedback) => Promise<void>} send rejects when it was not kept
   */
  constructor(turn, send) {
    this.turn = turn;
    this.send = send;
    this.up = iconButton("thumb", WORDS.helpful, () => this.rate(true));
    this.down = iconButton("thumb", WORDS.notHelpful, () => this.rate(false));
    this.down.classList.add("turned");
    this.note = el("span", { class: "rating-note", role: "status" });
    /** Holds the form that asks why. */
    this.why = el("div", { class: "why" });
    this.show();
  }

  show() {
    this.up.setAttribute("aria-pressed", String(this.turn.helpful === true));
    this.down.setAttribute("aria-pressed", String(this.turn.helpful === false));
  }

  /** @param {boolean} helpful */
  async rate(helpful) {
    this.why.replaceChildren(...(helpful ? [] : [this.form()]));
    await this.keep({ helpful }, helpful ? WORDS.thanks : "");
  }

  /**
   * Shown at once, taken back when the server did not keep it.
   *
   * @param {Feedback} feedback
   * @param {string} thanks
   */
  async keep(feedback, thanks) {
    const before = this.turn.helpful;
    this.turn.helpful = feedback.helpful;
    try {
      this.show();
      await this.send(feedback);
      this.note.textContent = thanks;
      return true;
    } catch {
      this.turn.helpful = before;
      this.show();
      this.note.textContent = WORDS.notSaved;
      return false;
    }
  }

  form() {
    const choices = WORDS.reasons.map(([value, label]) => {
      const input = el("input", { type: "radio", name: "reason", value });
      return el("label", { class: "choice" }, input, el("span", {}, label));
    });
    const label = { "aria-label": WORDS.comment, placeholder: WORDS.comment };
    const comment = el("textarea", { rows: "2", maxlength: "1000", ...label });
    const question = el("fieldset", {}, el("legend", {}, WORDS.whatWasWrong), ...choices);
    const button = el("button", { class: "action" }, WORDS.sendFeedback);
    const form = el("form", { class: "reasons" }, question, comment, button);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = form.querySelector("input:checked")?.getAttribute("value") ?? undefined;
      this.explain({ helpful: false, reason, comment: comment.value.trim() || undefined });
    });
    return form;
  }

  /** @param {Feedback} feedback */
  async explain(feedback) {
    if (!(await this.keep(feedback, WORDS.thanks))) return;
    this.why.replaceChildren();
    this.down.focus();
  }
}
