// @ts-check
/** What was asked and what came back, changed by the server's events alone. */

/** @import {SavedThread, Scope, Sentence, Source, Turn} from "./types.js" */

import { randomId } from "./browser.js";

/**
 * What an event says is a list, as one: an older or newer server may say something else.
 *
 * @template T
 * @param {T[] | undefined} value
 * @returns {T[]}
 */
export function list(value) {
  return Array.isArray(value) ? value.filter((item) => item != null) : [];
}

/**
 * What a table holds under a name that came from outside, which may be "constructor".
 *
 * @template T
 * @param {Record<string, T>} table
 * @param {string} name
 * @returns {T | undefined}
 */
export function own(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** "Page › Section" @param {Source} source */
export function place(source) {
  const path = list(source.heading_path).map(String).filter(Boolean);
  return path.join(" › ") || String(source.heading_path || source.title || "");
}

const TURNS_KEPT = 20;

/** The questions and answers of one conversation, changed by the server's events only. */
export class Thread {
  /** @param {SavedThread | null} saved */
  constructor(saved) {
    this.conversation = saved?.conversation ?? null;
    this.token = saved?.token ?? null;
    /** @type {Turn[]} */
    this.turns = saved?.turns ?? [];
    /** Of work, where the server wants one; null while it is made. @type {string | null | undefined} */
    this.proof = undefined;
  }

  /** The turn whose answer is not at its end. @returns {Turn | null} */
  get active() {
    const last = this.turns.at(-1);
    return last && last.outcome === "running" ? last : null;
  }

  /**
   * @param {string} question
   * @param {string} selection
   * @param {Scope} scope
   * @param {string | null} replaces the answer to the same question in other words
   * @returns {Turn}
   */
  add(question, selection, scope, replaces = null) {
    const pageUrl = pageAddress();
    const turn = { clientId: randomId(), question, selection, scope, pageUrl, replaces };
    this.turns.push(unanswered(turn));
    return this.turns[this.turns.length - 1];
  }

  /**
   * Ask a turn once more: under its own id after a failure, so that the server can tell a repeat
   * from a new question; under a new one, in its place, when the first answer came to an end.
   *
   * @param {Turn} turn
   */
  again(turn) {
    const ended = turn.outcome !== "failed" && turn.answer;
    const changed = ended ? { clientId: randomId(), replaces: turn.answer } : {};
    Object.assign(turn, unanswered({ ...turn, ...changed }));
  }

  /** What to tell the server on a new connection: nothing, ask, or resume. */
  opening() {
    const turn = this.active;
    if (!turn || this.proof === null) return null;
    return turn.answer ? this.resumption(turn) : this.asking(turn);
  }

  /** @param {Turn} turn */
  asking(turn) {
    return {
      type: "ask",
      question: turn.question,
      conversation: this.conversation || undefined,
      token: this.token || undefined,
      page_url: turn.pageUrl,
      selection: turn.selection || undefined,
      scope: turn.scope,
      client_id: turn.clientId,
      replaces: turn.replaces || undefined,
      proof: this.proof,
    };
  }

  /** @param {Turn} turn */
  resumption(turn) {
    const seen = [...turn.sentences.map((sentence) => sentence.ordinal), ...turn.withheld];
    return {
      type: "resume",
      answer: turn.answer,
      token: this.token,
      after: seen.reduce((last, ordinal) => Math.max(last, ordinal), -1),
    };
  }

  /** A conversation that the server no longer knows: the next question opens a new one. */
  forgetConversation() {
    this.conversation = null;
    this.token = null;
  }

  /**
   * Take an event in. Events seen before change nothing, so a replay is harmless.
   *
   * @param {any} event
   * @returns {Turn | null} the changed turn
   */
  apply(event) {
    const turn = this.active;
    const take = turn && own(Thread.takers, event?.type);
    return take && take(this, turn, event) !== false ? turn : null;
  }

  /** @type {Record<string, (thread: Thread, turn: Turn, event: any) => void | false>} */
  static takers = {
    "answer.started": (thread, turn, event) => {
      turn.answer = String(event.answer);
      thread.conversation = event.conversation ?? thread.conversation;
      thread.token = event.token ?? thread.token;
    },
    "answer.sources": (_, turn, event) => {
      turn.sources = list(event.citations);
    },
    "answer.sentence": (_, turn, event) => {
      if (turn.sentences.some((sentence) => sentence.ordinal === event.ordinal)) return false;
      turn.sentences.push(event);
    },
    "answer.withheld": (_, turn, event) => {
      if (turn.withheld.includes(event.ordinal)) return false;
      turn.withheld.push(event.ordinal);
      turn.left = turn.withheld.length;
    },
    "answer.finished": (_, turn, event) => {
      turn.outcome = String(event.outcome ?? "answered");
      turn.left = Number(event.withheld ?? turn.left) || 0;
      turn.citations = list(event.citations);
      turn.text = String(event.text ?? "");
      turn.byEditors = event.by_editors === true;
    },
    "answer.failed": (_, turn, event) => {
      turn.outcome = "failed";
      turn.failure = {
        code: String(event.code),
        message: String(event.message || ""),
        retryable: event.retryable !== false,
        retryAt: Date.now() + 1000 * (Number(event.retry_after) || 0),
      };
    },
  };

  /** @returns {SavedThread} */
  saved() {
    const { conversation, token } = this;
    return { conversation, token, turns: this.turns.slice(-TURNS_KEPT) };
  }
}

/** @param {any} turn @returns {Turn} */
export function unanswered({ clientId, question, selection, scope, pageUrl, replaces }) {
  const asked = { clientId, question, selection, scope, pageUrl, replaces };
  const reply = { answer: null, outcome: "running", sources: [], sentences: [], withheld: [] };
  const end = { text: "", byEditors: false, left: 0, citations: [], failure: null, helpful: null };
  return { ...asked, ...reply, ...end, next: [] };
}

/** The page without its query and fragment, which may hold what is private. */
function pageAddress() {
  return location.origin + location.pathname;
}

/** Whether it says what the book says; code that the model wrote itself does not. @param {Sentence} sentence */
export function isClaim(sentence) {
  return sentence.verdict !== "not_a_claim" && !sentence.model_code;
}

/** @param {Sentence} sentence */
export function isDoubtful(sentence) {
  return isClaim(sentence) && sentence.verdict !== "supported";
}
