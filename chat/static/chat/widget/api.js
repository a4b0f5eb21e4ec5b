// @ts-check
/** The HTTP side: what the widget needs to know of the book, and feedback. */

/** @import {BookInfo, Feedback, Options} from "./types.js" */

export class Api {
  /** @param {Options} options */
  constructor({ host, book }) {
    this.host = host;
    this.book = encodeURIComponent(book);
  }

  get socketUrl() {
    const url = new URL(`ws/chat/${this.book}/`, this.host);
    url.protocol = url.protocol.replace("http", "ws");
    return url;
  }

  /** @returns {Promise<BookInfo>} */
  bookInfo() {
    return this.call(`books/${this.book}`);
  }

  /**
   * @param {string} answer
   * @param {Feedback & {token: string | null}} feedback
   */
  feedback(answer, feedback) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(feedback);
    return this.call(`answers/${answer}/feedback`, { method: "POST", headers, body });
  }

  /**
   * @param {string} path
   * @param {RequestInit} [request]
   */
  async call(path, request) {
    const url = new URL(`api/v1/${path}`, this.host);
    const response = await fetch(url, { credentials: "omit", ...request });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.json();
  }
}
