// @ts-check
/** The HTTP side: the book, feedback, conversations. */

/** @import {BookInfo, Feedback, Options} from "./types.js" */

import { toJson } from "./browser.js";

export class Api {
  /** @param {Options} options */
  constructor({ host, book }) {
    this.host = host;
    this.slug = book;
  }

  get socketUrl() {
    const url = new URL(`ws/chat/${encodeURIComponent(this.slug)}/`, this.host);
    url.protocol = url.protocol.replace("http", "ws");
    return url;
  }

  /** @param {string} path */
  url(path) {
    return new URL(`api/v1/${path}`, this.host);
  }

  /** @param {string} pageUrl whose own questions are wanted @returns {Promise<BookInfo>} */
  bookInfo(pageUrl) {
    const query = new URLSearchParams({ page_url: pageUrl });
    return this.call(`books/${encodeURIComponent(this.slug)}?${query}`);
  }

  /**
   * @param {string} answer
   * @param {Feedback & {token: string | null}} feedback
   */
  feedback(answer, feedback) {
    return this.call(`answers/${answer}/feedback`, this.request("POST", null, feedback));
  }

  /** @param {string} answer @param {string | null} token @returns {Promise<{questions: string[]}>} */
  suggestions(answer, token) {
    return this.call(`answers/${answer}/suggestions`, this.request("GET", token));
  }

  /**
   * @param {string} method
   * @param {string | null} token of the conversation
   * @param {object} [body]
   * @returns {RequestInit}
   */
  request(method, token, body) {
    /** @type {Record<string, string>} */
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    return { method, headers, credentials: "omit", body: body && toJson(body) };
  }

  /**
   * Rejects with the response's status as `status` when the server says no.
   *
   * @param {string} path
   * @param {RequestInit} [request]
   */
  async call(path, request = this.request("GET", null)) {
    const response = await fetch(this.url(path), request);
    if (!response.ok) {
      const error = new Error(`${response.url} answered ${response.status}`);
      throw Object.assign(error, { status: response.status });
    }
    return response.status === 204 ? null : response.json();
  }
}
