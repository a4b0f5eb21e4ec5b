// @ts-check
/** Thumbs up and down, and why. */

/** @import {Kit} from "../later.js" */
/** @import {Desk} from "../turn.js" */
/** @import {Feedback, Turn} from "../types.js" */

export class Rating {
  /**
   * @param {Kit} kit
   * @param {Turn} turn
   * @param {Desk} desk
   */
  constructor(kit, turn, desk) {
    const { WORDS, el, iconButton } = kit;
    this.kit = kit;
    this.turn = turn;
    this.desk = desk;
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
    const asking = helpful ? null : this.desk.part("reasons");
    await this.keep({ helpful }, helpful ? this.kit.WORDS.thanks : "");
    const part = await asking;
    const explain = (/** @type {Feedback} */ feedback) => this.explain(feedback);
    this.why.replaceChildren(...(part ? [part.reasonsForm(this.kit, explain)] : []));
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
      await this.desk.rate(this.turn, feedback);
      this.note.textContent = thanks;
      return true;
    } catch {
      this.turn.helpful = before;
      this.show();
      this.note.textContent = this.kit.WORDS.notSaved;
      return false;
    }
  }

  /** @param {Feedback} feedback */
  async explain(feedback) {
    if (!(await this.keep(feedback, this.kit.WORDS.thanks))) return;
    this.why.replaceChildren();
    this.down.focus();
  }
}
