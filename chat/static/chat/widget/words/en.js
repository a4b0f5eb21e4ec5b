// @ts-check
/** English. */

/** @import {Scope} from "../types.js" */

export const words = {
  ask: "Ask the book",
  askAboutThis: "Ask about this",
  close: "Close",
  newConversation: "New conversation",
  promise: "Answers only from this book, every sentence checked.",
  promiseMarked: "Answers from this book. What it does not prove is marked.",
  placeholder: "Ask a question…",
  question: "Your question",
  send: "Send",
  stop: "Stop",
  starters: "Try asking",
  thread: "Conversation",
  you: "You asked",
  searching: "Looking in the book…",
  /** @param {number} n */
  reading: (n) => `Checking against ${n} ${n === 1 ? "passage" : "passages"}…`,
  answering: "Checking the next sentence…",
  stopping: "Stopping…",
  quoted: "Quoted from the book",
  byEditors: "Answered by the editors",
  refused: "Not in the book",
  refusedText: "The book does not answer this question, so nothing is made up.",
  nearest: "Nearest sections",
  stopped: "You stopped this answer.",
  interrupted: "This answer was interrupted before its end.",
  failed: "Something went wrong.",
  retry: "Try again",
  /** @param {number} s */
  retryIn: (s) => `Try again in ${s} s`,
  unreachable: "The server cannot be reached.",
  refusedByServer: "The server does not answer on this page.",
  offline: "You are offline. The answer goes on when you are back.",
  reconnecting: "Connection lost. Reconnecting…",
  /** @param {number} n */
  proved: (n) =>
    n === 1 ? "1 statement, proved by the book" : `${n} statements, each proved by the book`,
  /** @param {number} k @param {number} n */
  partlyProved: (k, n) => `${k} of ${n} ${n === 1 ? "statement" : "statements"} proved by the book`,
  /** @param {number} n */
  withheld: (n) =>
    n === 1
      ? "1 statement was left out: the book does not prove it."
      : `${n} statements were left out: the book does not prove them.`,
  /** @param {number} n */
  sources: (n) => (n === 1 ? "1 source" : `${n} sources`),
  /** @param {number} n @param {string} where */
  source: (n, where) => `Source ${n}: ${where}`,
  openInBook: "Open in the book",
  copy: "Copy",
  copied: "Copied",
  copyAnswer: "Copy as Markdown",
  code: "Code",
  helpful: "Helpful",
  notHelpful: "Not helpful",
  whatWasWrong: "What was wrong?",
  reasons: /** @type {[string, string][]} */ ([
    ["incorrect", "Incorrect"],
    ["incomplete", "Incomplete"],
    ["unclear", "Unclear"],
    ["off_topic", "Off topic"],
  ]),
  comment: "Anything to add? (optional)",
  sendFeedback: "Send feedback",
  thanks: "Thank you.",
  notSaved: "Not saved. Please try again.",
  about: "About this passage",
  remove: "Remove the passage",
  scope: "Answer from",
  scopes: /** @type {[Scope, string][]} */ ([
    ["selection", "Passage"],
    ["page", "Page"],
    ["chapter", "Chapter"],
    ["book", "Book"],
  ]),
  /** @type {Record<string, string>} */
  verdicts: {
    supported: "Supported by the book",
    partly: "Only partly supported by the book",
    unsupported: "Not supported by the book",
    contradicted: "Contradicted by the book",
    unchecked: "Not checked against the book",
  },
  modelCode: "Not from the book",
  /** Short forms beside a doubtful sentence. @type {Record<string, string>} */
  doubts: {
    partly: "partly proved",
    unsupported: "not proved",
    contradicted: "contradicted",
    unchecked: "not checked",
  },
};
