// @ts-check
/** The socket: open while there is something to hear, and back when it was lost. */

import { WORDS } from "./words.js";

/** An answer that is due and says nothing for so long is asked for on a new socket. */
const SILENCE_MS = 25_000;
const IDLE_MS = 120_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const ATTEMPTS = 8;

/**
 * Whose line it is.
 *
 * @typedef {object} Speaker
 * @property {() => object | null} opening what a new socket begins with, null: nothing is due
 * @property {(event: any) => void} receive
 * @property {(words: string) => void} notice of the connection's state, "" when all is well
 * @property {(words: string) => void} fail
 */

/** On each opening it says what is due, so nothing is missed when a socket is lost. */
export class Line {
  /**
   * @param {URL} url
   * @param {Speaker} speaker
   */
  constructor(url, speaker) {
    this.url = url;
    this.speaker = speaker;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.attempts = 0;
    this.retry = 0;
    this.watch = 0;
    addEventListener("online", () => this.connect());
    addEventListener("offline", () => this.speaker.opening() && this.speaker.notice(WORDS.offline));
    document.addEventListener("visibilitychange", () => !document.hidden && this.connect());
    addEventListener("pagehide", () => this.drop());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
  }

  /** Open unless open, and unless there is nothing to say. */
  connect() {
    clearTimeout(this.retry);
    if (this.socket || !this.speaker.opening()) return;
    const socket = this.dial();
    if (!socket) return;
    this.socket = socket;
    socket.onopen = () => this.send(this.speaker.opening());
    socket.onmessage = (message) => this.hear(message.data);
    socket.onclose = (event) => this.socket === socket && this.lost(event);
    this.listen();
  }

  /** A browser may refuse at once: an https page, say, and a server without. */
  dial() {
    try {
      return new WebSocket(this.url);
    } catch {
      this.speaker.fail(WORDS.refusedByServer);
      return null;
    }
  }

  /** Say the thread's opening now, on the open socket or on a new one. */
  speak() {
    if (this.socket) this.send(this.speaker.opening());
    else this.connect();
  }

  /** @param {object | null} message @returns {boolean} whether it went out */
  send(message) {
    if (!message || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    this.listen();
    return true;
  }

  /** @param {unknown} data */
  hear(data) {
    this.attempts = 0;
    this.speaker.notice("");
    try {
      this.speaker.receive(JSON.parse(String(data)));
    } catch (error) {
      console.warn("ragbook: a message was not understood", error);
    }
    this.listen();
  }

  /** A socket may be dead without a close: silence ends it while an answer is due. */
  listen() {
    clearTimeout(this.watch);
    const due = this.speaker.opening() !== null;
    this.watch = setTimeout(() => this.giveUpSocket(), due ? SILENCE_MS : IDLE_MS);
  }

  giveUpSocket() {
    this.drop();
    this.comeBack();
  }

  /** @param {CloseEvent} event */
  lost(event) {
    this.drop();
    const forbidden =
      event.code === 1008 || event.code === 1009 || (event.code >= 4000 && event.code < 5000);
    if (forbidden && this.speaker.opening())
      this.speaker.fail(event.reason || WORDS.refusedByServer);
    else this.comeBack();
  }

  /** Try again after 0.5 s, doubled each time up to 30 s, with jitter against a rush. */
  comeBack() {
    if (!this.speaker.opening()) return;
    this.speaker.notice(navigator.onLine ? WORDS.reconnecting : WORDS.offline);
    if (this.attempts >= ATTEMPTS) {
      this.attempts = 0;
      this.speaker.fail(WORDS.unreachable);
      return;
    }
    const wait =
      Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts) * (0.5 + Math.random() / 2);
    if (navigator.onLine) this.attempts += 1;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  /** Close without coming back. */
  drop() {
    clearTimeout(this.watch);
    clearTimeout(this.retry);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
