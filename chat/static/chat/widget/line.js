// @ts-check
/** The line to the server: open while there is something to hear, and back when it was lost. */

/** @import {Api} from "./api.js" */
/** @import {Parts} from "./later.js" */

import { toJson } from "./browser.js";

/** An answer that is due and says nothing for so long is asked for on a new line. */
const SILENCE_MS = 25_000;
const FIRST_SILENCE_MS = 10_000;
const IDLE_MS = 120_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const ATTEMPTS = 8;
/** So many sockets in a row that never said anything, and server-sent events are tried. */
const MUTE_SOCKETS = 2;

/**
 * Whose line it is.
 *
 * @typedef {object} Speaker
 * @property {() => object | null} opening what a new line begins with, null: nothing is due
 * @property {(event: any) => void} receive
 * @property {(state: "" | "offline" | "lost") => void} notice of the connection's state
 * @property {(code: string) => void} fail
 */

/** On each opening it says what is due, so nothing is missed when a line is lost. */
export class Line {
  /** @type {WebSocket | null} */
  socket = null;
  attempts = 0;
  mute = 0;
  heard = false;
  retry = 0;
  watch = 0;

  /**
   * @param {Api} api
   * @param {Parts} parts
   * @param {Speaker} speaker
   * @param {boolean} eventsOnly never a socket: the site's policy would report it
   */
  constructor(api, parts, speaker, eventsOnly) {
    this.api = api;
    this.parts = parts;
    this.speaker = speaker;
    this.eventsOnly = eventsOnly;
    addEventListener("online", () => this.online());
    addEventListener("offline", () => this.speaker.notice("offline"));
    document.addEventListener("visibilitychange", () => !document.hidden && this.connect());
    addEventListener("pagehide", () => this.drop());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
  }

  /** Whether this page's answers come as server-sent events. */
  get streams() {
    return this.eventsOnly || this.mute >= MUTE_SOCKETS;
  }

  set streams(used) {
    this.mute = used ? MUTE_SOCKETS : 0;
  }

  online() {
    this.speaker.notice("");
    this.connect();
  }

  /** Open unless open, and unless there is nothing to say. */
  async connect() {
    clearTimeout(this.retry);
    if (this.socket || !this.speaker.opening()) return;
    const dial = this.streams ? await this.streamDial() : () => new WebSocket(this.api.socketUrl);
    if (this.socket) return;
    try {
      this.use(dial());
    } catch {
      // A browser may refuse at once: an https page and a server without, or the page's policy.
      this.mute = MUTE_SOCKETS;
      this.comeBack();
    }
  }

  /** @returns {Promise<() => WebSocket>} */
  async streamDial() {
    try {
      const { EventLine } = await this.parts.get("later/eventline");
      return () => new EventLine(this.api);
    } catch {
      return () => new WebSocket(this.api.socketUrl);
    }
  }

  /** @param {WebSocket} socket */
  use(socket) {
    // What a Content-Security-Policy blocks is closed from the start, and never says so.
    if (socket.readyState === WebSocket.CLOSED) throw new Error("blocked");
    this.socket = socket;
    this.heard = false;
    socket.onopen = () => this.send(this.speaker.opening());
    socket.onmessage = (message) => this.hear(message.data);
    socket.onclose = (event) => this.socket === socket && this.lost(event);
    this.listen();
  }

  /** Say the thread's opening now, on the open line or on a new one. */
  speak() {
    if (this.socket) this.send(this.speaker.opening());
    else this.connect();
    if (!navigator.onLine) this.speaker.notice("offline");
  }

  /** @param {object | null} message @returns {boolean} whether it went out */
  send(message) {
    if (!message || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(toJson(message));
    this.listen();
    return true;
  }

  /** @param {unknown} data */
  hear(data) {
    this.attempts = 0;
    this.heard = true;
    if (!this.streams) this.mute = 0;
    this.speaker.notice("");
    try {
      this.speaker.receive(JSON.parse(String(data)));
    } catch (error) {
      console.warn("ragbook: a message was not understood", error);
    }
    this.listen();
  }

  /** A line may be dead without a close: silence ends it while an answer is due. */
  listen() {
    clearTimeout(this.watch);
    const due = this.speaker.opening() !== null;
    const patience = this.heard ? SILENCE_MS : FIRST_SILENCE_MS;
    this.watch = setTimeout(() => this.giveUpSocket(), due ? patience : IDLE_MS);
  }

  giveUpSocket() {
    this.countMute();
    this.drop();
    this.comeBack();
  }

  /** Sockets and streams take turns while neither is heard. */
  countMute() {
    if (this.heard || !navigator.onLine) return;
    this.mute = this.streams ? 0 : this.mute + 1;
  }

  /** @param {CloseEvent} event */
  lost(event) {
    const forbidden =
      event.code === 1008 || event.code === 1009 || (event.code >= 4000 && event.code < 5000);
    if (!forbidden) this.countMute();
    this.drop();
    if (forbidden && this.speaker.opening()) this.speaker.fail("forbidden");
    else this.comeBack();
  }

  /** Try again after 0.5 s, doubled each time up to 30 s, with jitter against a rush. */
  comeBack() {
    if (!this.speaker.opening()) return;
    this.speaker.notice(navigator.onLine ? "lost" : "offline");
    if (this.attempts >= ATTEMPTS) {
      this.attempts = 0;
      this.speaker.fail("unreachable");
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
