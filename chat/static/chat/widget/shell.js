// @ts-check
/** The widget as a whole: ties thread, line, memory and views together. */

/** @import {Feedback, Options, Saved, Scope, Turn} from "./types.js" */

import { Api } from "./api.js";
import { focused, isEditable, isPhone } from "./browser.js";
import { QUESTION_LIMIT } from "./composer.js";
import { Line } from "./line.js";
import { Memory } from "./memory.js";
import { el, icon } from "./nodes.js";
import { Panel } from "./panel.js";
import { pageSelection, SelectionButton } from "./selection.js";
import { styles } from "./styles.js";
import { followTheme } from "./theme.js";
import { Thread } from "./thread.js";
import { WORDS } from "./words.js";

export class Widget {
  stopTimer = 0;
  greeted = false;
  /** Gets the focus back. @type {HTMLElement | null} */
  opener = null;
  host = document.createElement("ragbook-widget");

  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.api = new Api(options);
    this.memory = new Memory(options, () => this.saved());
    const saved = this.memory.load();
    this.thread = new Thread(saved?.thread ?? null);
    this.panel = new Panel(options, this);
    this.line = new Line(this.api.socketUrl, this);
    this.button = this.makeButton();
    this.selected = new SelectionButton(this.host, (text) => this.open({ selection: text }));
    const { button, panel, selected } = this;
    const side = `root ${options.position}`;
    this.root = el("div", { class: side }, button, panel.node, selected.node);
    if (options.accent) this.root.style.setProperty("--owner-accent", options.accent);
    this.mount();
    this.listen();
    if (saved) this.restore(saved);
  }

  makeButton() {
    const { label } = this.options;
    const keys = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘I" : "Ctrl+I";
    const attributes = {
      class: "launcher",
      part: "button",
      type: "button",
      title: `${label} (${keys})`,
      "aria-keyshortcuts": "Control+I Meta+I",
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
      onclick: () => this.open(),
      onpointerenter: () => this.greet(),
    };
    return el("button", attributes, icon("book"), el("span", {}, label));
  }

  mount() {
    const shadow = this.host.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [styles()];
    shadow.append(this.root);
    followTheme(this.root);
    // Sites that swap the body on navigation would lose the widget: put it back.
    const stay = () => this.host.isConnected || document.body.append(this.host);
    stay();
    const observer = new MutationObserver(stay);
    observer.observe(document.documentElement, { childList: true });
    observer.observe(document.body, { childList: true });
  }

  listen() {
    // Keys typed here are not the page's shortcuts (search on "/", mdBook's arrow keys).
    for (const type of ["keydown", "keyup", "keypress"]) {
      this.root.addEventListener(type, (event) => event.stopPropagation());
    }
    document.addEventListener("keydown", (event) => this.shortcut(event), { capture: true });
    visualViewport?.addEventListener("resize", () => this.fitKeyboard());
    addEventListener("pagehide", () => this.memory.save());
  }

  /** A phone's keyboard covers the sheet's lower part: end the sheet above it. */
  fitKeyboard() {
    const height = visualViewport && isPhone() ? `${visualViewport.height}px` : "";
    this.panel.node.style.height = height;
  }

  /** @returns {Saved} */
  saved() {
    const { node, composer } = this.panel;
    return { thread: this.thread.saved(), open: !node.hidden, draft: composer.input.value };
  }

  /** @param {Saved} saved */
  restore({ open, draft }) {
    for (const turn of this.thread.turns) this.panel.draw(turn, false);
    this.panel.composer.input.value = String(draft ?? "");
    this.showRunning();
    if (open && !isPhone()) this.open({ quietly: true });
    this.line.connect();
  }

  /** @param {KeyboardEvent} event */
  shortcut(event) {
    const control = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const inWidget = event.composedPath().includes(this.host);
    if (!control || event.key.toLowerCase() !== "i") return;
    if (isEditable(event.target) && !inWidget) return;
    event.preventDefault();
    event.stopPropagation();
    if (inWidget && !this.panel.node.hidden) this.close();
    else this.open({ selection: pageSelection(this.host)?.text });
  }

  /** Title and starter questions, once, when the reader first shows an interest. */
  async greet() {
    if (this.greeted) return;
    this.greeted = true;
    try {
      this.panel.greet(await this.api.bookInfo());
    } catch (error) {
      this.greeted = false;
      console.error("ragbook: the book cannot be asked.", error);
    }
  }

  /** @param {{selection?: string, question?: string, quietly?: boolean}} [how] */
  open({ selection = "", question = "", quietly = false } = {}) {
    this.greet();
    if (this.panel.node.hidden && !quietly) this.opener = focused();
    this.show(true);
    this.root.classList.toggle("still", quietly);
    this.selected.node.hidden = true;
    if (selection) this.panel.composer.setSelection(selection);
    this.panel.settle();
    if (!quietly) this.panel.composer.input.focus();
    if (question.trim()) this.ask(question.trim(), selection, selection ? "selection" : "book");
  }

  close() {
    if (this.panel.node.hidden) return;
    this.show(false);
    const back = this.opener?.isConnected && this.opener !== document.body;
    (back && this.opener ? this.opener : this.button).focus({ preventScroll: true });
  }

  /** @param {boolean} open */
  show(open) {
    this.panel.card.hide();
    this.panel.node.hidden = !open;
    this.panel.node.setAttribute("aria-modal", String(isPhone()));
    this.root.classList.toggle("open", open);
    this.button.setAttribute("aria-expanded", String(open));
    this.memory.touch();
  }

  /**
   * @param {string} question
   * @param {string} selection
   * @param {Scope} scope
   */
  ask(question, selection, scope) {
    if (this.thread.active) return;
    const turn = this.thread.add(question.slice(0, QUESTION_LIMIT), selection, scope);
    this.panel.redraw(turn);
    this.panel.announce(WORDS.searching);
    this.begin();
  }

  /** @param {Turn} turn */
  retry(turn) {
    if (this.thread.active || turn !== this.thread.turns.at(-1)) return;
    this.thread.again(turn);
    this.panel.redraw(turn);
    this.panel.composer.input.focus();
    this.begin();
  }

  begin() {
    this.showRunning();
    this.memory.touch();
    this.line.speak();
  }

  /** What a new connection begins with. */
  opening() {
    return this.thread.opening();
  }

  /** @param {string} words about the connection, "" when all is well */
  notice(words) {
    this.panel.say(words);
  }

  /** What the reader writes is remembered too. */
  changed() {
    this.memory.touch();
  }

  /** @param {any} event */
  receive(event) {
    if (this.isForgotten(event)) {
      this.thread.forgetConversation();
      this.line.speak();
      return;
    }
    const turn = this.thread.apply(event);
    if (!turn) return;
    this.panel.draw(turn, true);
    if (turn.outcome !== "running") this.ended();
    this.memory.touch();
  }

  /**
   * An old tab may hold a conversation that the server has erased since: the question is then
   * asked in a new one.
   *
   * @param {any} event
   */
  isForgotten(event) {
    const unknown =
      event?.type === "answer.failed" && /^(not_found|unauthorized)$/.test(event.code);
    return unknown && this.thread.conversation !== null && this.thread.active?.answer === null;
  }

  ended() {
    clearTimeout(this.stopTimer);
    this.panel.say("");
    this.showRunning();
  }

  /** Ask the server to stop. One that cannot be asked, or does not answer, is left alone. */
  stop() {
    if (!this.thread.active) return;
    if (!this.line.send({ type: "stop" })) {
      this.stopHere();
      return;
    }
    this.panel.composer.setRunning(true, true);
    this.stopTimer = setTimeout(() => this.stopHere(), 4000);
  }

  stopHere() {
    this.line.drop();
    this.receive({ type: "answer.finished", outcome: "stopped" });
  }

  /** @param {string} message */
  fail(message) {
    this.receive({ type: "answer.failed", code: "unreachable", message, retryable: true });
  }

  /** A new conversation. */
  reset() {
    if (this.thread.active) this.line.send({ type: "stop" });
    this.line.drop();
    this.thread = new Thread(null);
    this.panel.clear();
    this.ended();
    this.panel.composer.input.focus();
    this.memory.save();
  }

  showRunning() {
    this.panel.composer.setRunning(this.thread.active !== null);
  }

  /**
   * @param {Turn} turn
   * @param {Feedback} feedback
   */
  async rate(turn, feedback) {
    if (!turn.answer) return;
    await this.api.feedback(turn.answer, { token: this.thread.token, ...feedback });
    this.memory.touch();
  }
}
