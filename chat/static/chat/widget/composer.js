// @ts-check
/** Where a question is written: text, what it is about, send or stop. */

/** @import {Scope} from "./types.js" */

import { KIT } from "./later.js";
import { el, icon } from "./nodes.js";
import { WORDS } from "./words.js";

export const QUESTION_LIMIT = 2000;

const SELECTION_LIMIT = 4000;

/**
 * @typedef {object} Writing
 * @property {(question: string, selection: string, scope: Scope, editing: boolean) => void} ask
 * @property {() => void} stop
 * @property {() => void} changed
 * @property {(name: string) => Promise<any>} part that loads now, null when it cannot be had
 */

export class Composer {
  selection = "";
  /** @type {Scope} */
  scope = "book";
  running = false;
  /** Whether the last question is put in other words. */
  editing = false;
  /** Above the text: what it is about, or that it is edited. */
  above = el("div", { class: "about", hidden: true });

  /** @param {Writing} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.input = el("textarea", {
      rows: "1",
      maxlength: String(QUESTION_LIMIT),
      dir: "auto",
      placeholder: WORDS.placeholder,
      "aria-label": WORDS.question,
      oninput: () => this.fit(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
    });
    this.button = el("button", { class: "send", type: "submit" });
    const onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    };
    const row = el("div", { class: "row" }, this.input, this.button);
    this.node = el("form", { class: "composer", part: "composer", onsubmit }, this.above, row);
    this.setRunning(false);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape" && this.editing) {
      event.stopPropagation();
      event.preventDefault();
      this.clear();
    }
    // While an input method composes, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!this.running) this.submit();
  }

  submit() {
    if (this.running) {
      this.hooks.stop();
      return;
    }
    const question = this.input.value.trim();
    if (!question) return;
    const { selection, scope, editing } = this;
    this.clear();
    this.hooks.ask(question, selection, selection ? scope : "book", editing);
  }

  /** Empty, and about nothing. */
  clear() {
    this.input.value = "";
    this.editing = false;
    this.setSelection("");
    this.fit();
  }

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 160)}px`;
    this.button.disabled = !this.running && !this.input.value.trim();
    this.hooks.changed();
  }

  /** @param {boolean} running @param {boolean} [stopping] */
  setRunning(running, stopping = false) {
    this.running = running;
    const label = running ? (stopping ? WORDS.stopping : WORDS.stop) : WORDS.send;
    this.button.replaceChildren(icon(running ? "stop" : "send"));
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    this.button.disabled = stopping || (!running && !this.input.value.trim());
  }

  /**
   * Let the reader put a question in other words.
   *
   * @param {string} question
   * @param {string} selection
   * @param {Scope} scope
   */
  edit(question, selection, scope) {
    this.editing = true;
    this.input.value = question;
    this.setSelection(selection, scope);
    this.fit();
    this.input.focus();
    this.input.select();
  }

  /**
   * Quote a passage of the page in the next question.
   *
   * @param {string} text "" removes it
   * @param {Scope} [scope]
   */
  setSelection(text, scope = "selection") {
    this.selection = text.slice(0, SELECTION_LIMIT);
    this.scope = scope;
    this.drawAbove();
  }

  async drawAbove() {
    const part = (this.selection || this.editing) && (await this.hooks.part("above"));
    this.above.replaceChildren(...(part ? part.above(KIT, this) : []));
    this.above.hidden = !this.above.hasChildNodes();
  }

  /** The reader takes away what stands above. */
  forgetAbove() {
    if (this.editing) this.clear();
    else this.setSelection("");
    this.input.focus();
  }
}
