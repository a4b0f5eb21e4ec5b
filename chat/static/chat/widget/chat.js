// @ts-check
/** The conversation: ties thread, line, memory and panel together. */

/** @import {BookInfo, Feedback, Opening, Options, Saved, SavedThread, Scope, Source, Turn} from "./types.js" */
/** @import {Parts} from "./later.js" */

import { Api } from "./api.js";
import { isPhone } from "./browser.js";
import { QUESTION_LIMIT } from "./composer.js";
import { tell } from "./events.js";
import { Exchange } from "./exchange.js";
import { isThisPage } from "./fragment.js";
import { KIT } from "./later.js";
import { Memory } from "./memory.js";
import { Panel } from "./panel.js";
import { Thread } from "./thread.js";
import { WORDS } from "./words.js";

/** What is asked and answered, from the reader's keys to the server and back. */
export class Chat {
  greetedOn = "";
  /** @type {BookInfo | null} */
  book = null;

  /**
   * @param {Options} options
   * @param {Parts} parts
   * @param {() => void} close the panel
   */
  constructor(options, parts, close) {
    this.options = options;
    this.parts = parts;
    this.close = close;
    this.api = new Api(options);
    this.memory = new Memory(options, () => this.saved());
    const saved = this.memory.load();
    this.thread = new Thread(saved?.thread ?? null);
    this.panel = new Panel(options, this);
    this.exchange = new Exchange(this);
    this.line = this.exchange.line;
    /** Whether the panel was open on the page before. */
    this.wasOpen = saved?.open === true;
    addEventListener("pagehide", () => this.memory.save());
    if (saved) this.restore(saved);
  }

  /** @returns {Saved} */
  saved() {
    const { node, composer } = this.panel;
    const draft = composer.editing ? "" : composer.input.value;
    const { streams } = this.line;
    return { thread: this.thread.saved(), open: !node.hidden, draft, streams };
  }

  /** @param {Saved} saved */
  restore({ draft, streams }) {
    for (const turn of this.thread.turns) this.panel.draw(turn, false);
    this.panel.composer.input.value = String(draft ?? "");
    this.line.streams = streams === true;
    this.show();
    this.line.connect();
  }

  /** Title and the page's starter questions, when the reader first shows an interest. */
  async greet() {
    const page = location.origin + location.pathname;
    if (this.greetedOn === page) return;
    this.greetedOn = page;
    try {
      this.book = await this.api.bookInfo(page);
      this.panel.greet(this.book);
      this.show();
    } catch (error) {
      this.greetedOn = "";
      console.error("ragbook: the book cannot be asked.", error);
    }
  }

  /**
   * The reader has opened the panel: let them write, about a passage or with a question at hand.
   *
   * @param {Opening} how
   */
  turnTo({ selection = "", question = "", scope = selection ? "selection" : "book" }) {
    const { composer } = this.panel;
    if (question && !this.thread.active) {
      this.ask(question, selection, scope);
    } else {
      if (selection) composer.setSelection(selection);
      if (question) composer.input.value = question;
    }
    this.panel.settle();
    composer.input.focus();
  }

  // ── asking ─────────────────────────────────────────────────────────────────────────────────

  /**
   * @param {string} question
   * @param {string} [selection]
   * @param {Scope} [scope]
   * @param {boolean} [editing] it is the last question in other words
   */
  ask(question, selection = "", scope = "book", editing = false) {
    if (this.thread.active) return;
    const replaced = editing ? this.thread.turns.pop() : null;
    if (replaced) this.panel.remove(replaced);
    const asked = question.slice(0, QUESTION_LIMIT);
    const turn = this.thread.add(asked, selection, scope, replaced?.answer);
    this.panel.redraw(turn);
    this.panel.announce(WORDS.searching);
    this.report("ask", turn, { scope, selection: selection !== "" });
    this.begin();
  }

  /** Let the reader put their last question in other words. @param {Turn} turn */
  edit(turn) {
    if (turn !== this.thread.turns.at(-1)) return;
    if (this.thread.active) this.stop();
    this.panel.composer.edit(turn.question, turn.selection, turn.scope);
  }

  /** @param {Turn} turn */
  retry(turn) {
    if (this.thread.active || turn !== this.thread.turns.at(-1)) return;
    this.panel.composer.input.focus();
    this.repeat(turn);
  }

  /** Ask once more, in the place of what was answered. @param {Turn} turn */
  repeat(turn) {
    this.thread.again(turn);
    this.panel.redraw(turn);
    this.begin();
  }

  begin() {
    this.part("foot");
    this.show();
    this.memory.touch();
    this.line.speak();
  }

  stop() {
    this.exchange.stop();
  }

  // ── answers ────────────────────────────────────────────────────────────────────────────────

  /** The server has told something of a turn. @param {Turn} turn @param {string} type of its event */
  heard(turn, type) {
    this.panel.draw(turn, true);
    if (type === "answer.started") this.remember();
    if (turn.outcome !== "running") this.ended(turn);
    this.memory.touch();
  }

  /** @param {Turn} turn */
  ended(turn) {
    this.settle();
    this.suggest(turn);
    const { answer, outcome, left, failure } = turn;
    const shown = turn.sentences.length;
    this.report("answer", turn, { answer, outcome, shown, withheld: left, code: failure?.code });
  }

  settle() {
    this.panel.say("");
    this.show();
  }

  /** Questions to go on with. An answer is whole without them. @param {Turn} turn */
  async suggest(turn) {
    if (!turn.answer || !/^(answered|quoted)$/.test(turn.outcome)) return;
    try {
      const { questions } = await this.api.suggestions(turn.answer, this.thread.token);
      turn.next = questions;
    } catch {
      return;
    }
    if (turn.next?.length && turn === this.thread.turns.at(-1)) this.panel.drawNext(turn);
    this.memory.touch();
  }

  // ── what the panel shows ───────────────────────────────────────────────────────────────────

  /** What depends on the state of the thread. */
  show() {
    this.panel.composer.setRunning(this.thread.active !== null);
    this.panel.sharing.hidden = !(this.book?.sharing && this.thread.conversation);
  }

  /** What the reader writes is remembered too. */
  changed() {
    this.memory.touch();
  }

  /** @param {string} words */
  announce(words) {
    this.panel.announce(words);
  }

  /**
   * A part that loads now; null, and words about it, when it cannot be had.
   *
   * @param {string} name
   */
  async part(name) {
    try {
      return await this.parts.get(`later/${name}`);
    } catch (error) {
      console.warn("ragbook: a part could not be loaded", error);
      this.panel.say(WORDS.notLoaded);
      return null;
    }
  }

  /** @param {HTMLElement} chip @param {Source} source @param {string[]} quotes */
  showSource(chip, source, quotes) {
    this.panel.showSource(chip, source, quotes);
  }

  /**
   * Follow a citation: on this page without a reload.
   *
   * @param {MouseEvent} event
   * @param {URL} link
   * @param {string} quote
   */
  async follow(event, link, quote) {
    tell("citation", { url: link.href });
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (isPhone()) this.close();
    if (!isThisPage(link)) return;
    event.preventDefault();
    this.panel.card?.hide(true);
    const part = await this.part("highlight");
    part?.showOnThisPage(KIT, link, quote);
  }

  /** @param {Turn} turn @param {Feedback} feedback */
  async rate(turn, feedback) {
    if (!turn.answer) return;
    await this.api.feedback(turn.answer, { token: this.thread.token, ...feedback });
    this.report("feedback", turn, { answer: turn.answer, helpful: feedback.helpful });
    this.memory.touch();
  }

  // ── conversations ──────────────────────────────────────────────────────────────────────────

  /** A new conversation. */
  reset() {
    if (this.thread.active) this.line.send({ type: "stop" });
    this.change(null);
    this.panel.composer.input.focus();
  }

  /** Go on with another conversation, or with a new one. @param {SavedThread | null} saved */
  change(saved) {
    this.exchange.leave();
    this.thread = new Thread(saved);
    this.panel.clear();
    for (const turn of this.thread.turns) this.panel.draw(turn, false);
    this.settle();
    this.memory.save();
    this.line.connect();
  }

  /** Keep the conversation in the reader's list. */
  remember() {
    const { conversation, token, turns } = this.thread;
    if (!conversation || !token || this.options.history === "none") return;
    this.memory.keep({ id: conversation, token, title: turns[0].question, at: Date.now() });
  }

  /** The reader's conversations, to be opened again or deleted. */
  async showHistory() {
    const part = await this.part("history");
    if (part) this.panel.lay(new part.History(KIT, this));
  }

  /** A read-only link to the conversation. */
  async showSharing() {
    const part = await this.part("sharing");
    if (part) this.panel.lay(new part.Sharing(KIT, this));
  }

  /**
   * Tell the page; what the reader wrote, only where its owner asked for that.
   *
   * @param {string} name
   * @param {Turn} turn
   * @param {object} detail
   */
  report(name, turn, detail) {
    const text = this.options.events === "text" ? { question: turn.question } : {};
    tell(name, { ...detail, ...text });
  }
}
