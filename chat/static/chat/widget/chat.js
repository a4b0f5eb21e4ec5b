// @ts-check
/** The conversation: ties thread, line, memory and panel together. */

/** @import {Feedback, Opening, Options, Saved, Scope, Turn} from "./types.js" */
/** @import {Parts} from "./later.js" */

import { Api } from "./api.js";
import { QUESTION_LIMIT } from "./composer.js";
import { tell } from "./events.js";
import { KIT } from "./later.js";
import { Line } from "./line.js";
import { Memory } from "./memory.js";
import { Panel } from "./panel.js";
import { Thread } from "./thread.js";
import { WORDS } from "./words.js";

/** What is asked and answered, from the reader's keys to the server and back. */
export class Chat {
  stopTimer = 0;
  greeted = false;

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
    this.line = new Line(this.api.socketUrl, this);
    /** Whether the panel was open on the page before. */
    this.wasOpen = saved?.open === true;
    addEventListener("pagehide", () => this.memory.save());
    if (saved) this.restore(saved);
  }

  /** @returns {Saved} */
  saved() {
    const { node, composer } = this.panel;
    return { thread: this.thread.saved(), open: !node.hidden, draft: composer.input.value };
  }

  /** @param {Saved} saved */
  restore({ draft }) {
    for (const turn of this.thread.turns) this.panel.draw(turn, false);
    this.panel.composer.input.value = String(draft ?? "");
    this.showRunning();
    this.line.connect();
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
    this.report("ask", turn, { scope, selection: selection !== "" });
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
    if (turn.outcome !== "running") this.ended(turn);
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

  /** @param {Turn} turn */
  ended(turn) {
    this.settle();
    const { answer, outcome, left, failure } = turn;
    const shown = turn.sentences.length;
    this.report("answer", turn, { answer, outcome, shown, withheld: left, code: failure?.code });
  }

  settle() {
    clearTimeout(this.stopTimer);
    this.panel.say("");
    this.showRunning();
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
    this.settle();
    this.panel.composer.input.focus();
    this.memory.save();
  }

  /**
   * Show the quoted words on the page that is open.
   *
   * @param {URL} link
   * @param {string} quote
   */
  async showHere(link, quote) {
    const { showOnThisPage } = await this.parts.get("later/highlight");
    showOnThisPage(KIT, link, quote);
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
    this.report("feedback", turn, { answer: turn.answer, helpful: feedback.helpful });
    this.memory.touch();
  }
}
