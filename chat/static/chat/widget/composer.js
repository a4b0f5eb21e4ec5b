// @ts-check
/** Where a question is written: text, the quoted passage with its scope, send or stop. */

/** @import {Scope} from "./types.js" */

import { el, icon, iconButton } from "./nodes.js";
import { WORDS } from "./words.js";

export const QUESTION_LIMIT = 2000;

const SELECTION_LIMIT = 4000;

/** Where a question is written: text, the quoted passage with its scope, send or stop. */
export class Composer {
  /** @param {{ask: (question: string, selection: string, scope: Scope) => void, stop: () => void, changed: () => void}} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.selection = "";
    /** @type {Scope} */
    this.scope = "book";
    this.running = false;
    this.passage = el("div", { class: "about", hidden: true });
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
    this.node = el("form", { class: "composer", part: "composer", onsubmit }, this.passage, row);
    this.setRunning(false);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
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
    const { selection, scope } = this;
    this.input.value = "";
    this.setSelection("");
    this.fit();
    this.hooks.ask(question, selection, selection ? scope : "book");
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

  /** Quote a passage of the page in the next question. @param {string} text "" removes it */
  setSelection(text) {
    this.selection = text.slice(0, SELECTION_LIMIT);
    this.scope = "selection";
    this.passage.hidden = !text;
    this.passage.replaceChildren();
    if (text) this.passage.append(this.quoteRow(), this.scopes());
  }

  quoteRow() {
    const remove = () => {
      this.setSelection("");
      this.input.focus();
    };
    const quote = el("blockquote", { class: "passage", dir: "auto" }, this.selection);
    return el(
      "div",
      { class: "about-row", role: "group", "aria-label": WORDS.about },
      quote,
      iconButton("close", WORDS.remove, remove),
    );
  }

  scopes() {
    const choices = WORDS.scopes.map(([value, label]) => {
      const onchange = () => (this.scope = value);
      const input = el("input", {
        type: "radio",
        name: "scope",
        value,
        onchange,
        checked: value === this.scope,
      });
      return el("label", { class: "choice" }, input, el("span", {}, label));
    });
    return el("fieldset", { class: "scopes" }, el("legend", {}, WORDS.scope), ...choices);
  }
}
