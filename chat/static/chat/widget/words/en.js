// @ts-check
/** English. */

/** @import {Scope} from "../types.js" */

export const words = {
  ask: "Ask the book",
  askAboutThis: "Ask about this",
  close: "Close",
  back: "Back",
  cancel: "Cancel",
  newConversation: "New conversation",
  promise: "Answers only from this book, every sentence checked.",
  promiseMarked: "Answers from this book. What it does not prove is marked.",
  placeholder: "Ask a question…",
  question: "Your question",
  send: "Send",
  stop: "Stop",
  starters: "Try asking",
  next: "Ask next",
  thread: "Conversation",
  you: "You asked",
  edit: "Edit the question",
  editing: "You are editing your last question.",
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
  retry: "Try again",
  /** @param {string} time */
  retryIn: (time) => `Try again in ${time}`,
  askAgain: "Ask again",
  offline: "You are offline. The answer goes on when you are back.",
  offlineAsk: "You are offline. Your question is sent when you are back.",
  reconnecting: "Connection lost. Reconnecting…",
  notLoaded: "This could not be loaded. Please try again.",
  proving: "Making sure that no program is asking…",
  /** What went wrong, by the server's code. @type {Record<string, string>} */
  failures: {
    rate_limited: "You have asked many questions in a short time.",
    overloaded: "Many readers are asking right now.",
    model_unavailable: "The answer broke off.",
    interrupted: "This answer was interrupted before its end.",
    deadline: "The answer took too long.",
    search_unavailable: "The book cannot be searched right now.",
    unreachable: "The server cannot be reached.",
    unproved: "Your browser could not show that a reader is asking. Pages need https for this.",
    forbidden: "The server does not answer on this page.",
    not_found: "This book or conversation is not there any more.",
    invalid: "This question cannot be read. Is it too long?",
    conflict: "Another answer is still being written.",
    internal: "Something went wrong.",
  },
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
  withheldWhy:
    "Every sentence is held against the book before you see it. What the book does not say is left out, even where it may be true.",
  /** @param {number} n */
  sources: (n) => (n === 1 ? "1 source" : `${n} sources`),
  /** @param {number} n @param {string} where */
  source: (n, where) => `Source ${n}: ${where}`,
  openInBook: "Open in the book",
  copy: "Copy",
  copied: "Copied",
  copyAnswer: "Copy as Markdown",
  code: "Code",
  table: "Table",
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
  history: "Your conversations",
  historyNote: "This list is kept in your browser only.",
  noHistory: "You have not asked anything yet.",
  openNow: "Open now",
  forgotten: "The server no longer keeps this conversation.",
  deleteThis: "Delete this conversation",
  deleteSure: "Delete it here and on the server?",
  deleteYes: "Delete",
  share: "Share",
  shareText:
    "Whoever has the link can read this conversation as it is now. Nobody can go on with it, and you can take the link back at any time.",
  shareMake: "Make a link",
  shareCopy: "Copy the link",
  shareRenew: "Share what was asked since",
  shareEnd: "Take the link back",
  shareLink: "Link to this conversation",
  shareEnded: "The link was taken back.",
  sharedOn: "Shared on",
  openTheBook: "Open the book",
};
