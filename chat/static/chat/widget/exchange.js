// @ts-check
/** What goes to the server and what comes back: asked, heard, stopped, resumed. */

/** @import {Chat} from "./chat.js" */
/** @import {Turn} from "./types.js" */

import { KIT } from "./later.js";
import { Line } from "./line.js";
import { WORDS } from "./words.js";

/** A server that was told to stop and says nothing for so long is left alone. */
const STOP_MS = 4000;

/** Takes the server's events into the thread, and tells the conversation of what they changed. */
export class Exchange {
  stopTimer = 0;
  /** Answers that were asked for again by themselves, once each. @type {Set<string>} */
  resumed = new Set();

  /** @param {Chat} chat */
  constructor(chat) {
    this.chat = chat;
    this.line = new Line(chat.api, chat.parts, this, chat.options.transport === "events");
  }

  /** What a new connection begins with. */
  opening() {
    return this.chat.thread.opening();
  }

  /** @param {"" | "offline" | "lost"} state of the connection */
  notice(state) {
    const waiting = this.chat.thread.active?.answer ? WORDS.offline : WORDS.offlineAsk;
    this.chat.panel.say({ "": "", offline: waiting, lost: WORDS.reconnecting }[state]);
  }

  /** @param {any} event */
  receive(event) {
    const { thread } = this.chat;
    if (event?.code === "proof_required") return this.prove();
    if (this.isForgotten(event)) {
      thread.forgetConversation();
      this.line.speak();
      return;
    }
    const turn = thread.apply(event);
    if (!turn || this.resumes(turn)) return;
    if (turn.outcome !== "running") clearTimeout(this.stopTimer);
    this.chat.heard(turn, event.type);
  }

  /** @param {string} code */
  fail(code) {
    this.receive({ type: "answer.failed", code, retryable: true });
  }

  /** A book may want a little work of the browser before it takes a question. */
  async prove() {
    const { chat } = this;
    const { thread } = chat;
    thread.proof = null;
    const part = await chat.part("work");
    thread.proof = await part?.proof(KIT, chat);
    if (thread !== chat.thread) return;
    if (thread.proof) this.line.speak();
    else this.fail("unproved");
  }

  /**
   * An old tab may hold a conversation that the server has erased since: the question is then
   * asked in a new one.
   *
   * @param {any} event
   */
  isForgotten(event) {
    const { conversation, active } = this.chat.thread;
    const unknown =
      event?.type === "answer.failed" && /^(not_found|unauthorized)$/.test(event.code);
    return unknown && conversation !== null && active?.answer === null;
  }

  /**
   * A restart of the server, or a long sleep, ends an answer: it is asked for again by itself, once.
   *
   * @param {Turn} turn
   */
  resumes(turn) {
    if (turn.failure?.code !== "interrupted" || this.resumed.has(turn.clientId)) return false;
    this.resumed.add(turn.clientId);
    this.chat.repeat(turn);
    return true;
  }

  /** Ask the server to stop. One that cannot be asked, or does not answer, is left alone. */
  stop() {
    if (!this.chat.thread.active) return;
    if (!this.line.send({ type: "stop" })) {
      this.stopHere();
      return;
    }
    this.chat.panel.composer.setRunning(true, true);
    this.stopTimer = setTimeout(() => this.stopHere(), STOP_MS);
  }

  stopHere() {
    this.line.drop();
    this.receive({ type: "answer.finished", outcome: "stopped" });
  }

  /** Hear no more of the thread that is left. */
  leave() {
    clearTimeout(this.stopTimer);
    this.line.drop();
  }
}
