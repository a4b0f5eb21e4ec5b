// @ts-check
/** Server-sent events in the guise of a socket, for readers whose proxy blocks WebSocket. */

/** @import {Api} from "../api.js" */

/** What a socket's `send` and `onmessage` do, by fetch: one answer, then it closes. */
export class EventLine {
  /** @type {number} */
  readyState = WebSocket.OPEN;
  abort = new AbortController();
  /** Of the answer that is streamed. @type {{answer: string, token: string} | null} */
  key = null;
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((message: {data: string}) => void) | null} */
  onmessage = null;
  /** @type {((event: {code: number, reason: string}) => void) | null} */
  onclose = null;

  /** @param {Api} api */
  constructor(api) {
    this.api = api;
    queueMicrotask(() => this.onopen?.());
  }

  /** @param {string} text */
  send(text) {
    const message = JSON.parse(text);
    if (message.type === "ask") this.stream("chat/stream", "POST", message);
    else if (message.type === "resume") this.resume(message);
    else if (this.key) this.api.call(`answers/${this.key.answer}/stop`, this.bearer("POST"));
  }

  /** @param {{answer: string, token: string, after: number}} message */
  resume({ answer, token, after }) {
    this.key = { answer, token };
    this.stream(`answers/${answer}/events?after=${after}`, "GET");
  }

  /** @param {string} method */
  bearer(method) {
    return this.api.request(method, this.key?.token ?? null, method === "GET" ? undefined : {});
  }

  /** @param {string} path @param {string} method @param {object} [message] */
  async stream(path, method, message) {
    const request = message
      ? this.api.request(method, null, this.asked(message))
      : this.bearer(method);
    // The next question may be asked before the last answer's stream has ended.
    this.abort.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const response = await fetch(this.api.url(path), { ...request, signal });
      if (response.ok && response.body) await this.read(response.body);
      else this.say(await refusal(response));
    } catch (error) {
      if (!signal.aborted) console.warn("ragbook: the stream broke off", error);
    }
    if (!signal.aborted) this.close();
  }

  /** @param {object} message */
  asked(message) {
    return { ...message, type: undefined, book: this.api.slug };
  }

  /** @param {ReadableStream<Uint8Array>} body */
  async read(body) {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let waiting = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (waiting + decoder.decode(value, { stream: true })).split("\n\n");
      waiting = events.pop() ?? "";
      for (const event of events) this.hear(event);
    }
  }

  /** @param {string} event its lines */
  hear(event) {
    const lines = event.split("\n").filter((line) => line.startsWith("data:"));
    if (!lines.length) return;
    const data = lines.map((line) => line.slice(5).trim()).join("\n");
    const said = JSON.parse(data);
    if (said.type === "answer.started") this.key = { answer: said.answer, token: said.token };
    this.onmessage?.({ data });
  }

  /** @param {object} event */
  say(event) {
    this.onmessage?.({ data: JSON.stringify(event) });
  }

  close() {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.abort.abort();
    this.onclose?.({ code: 1000, reason: "" });
  }
}

/**
 * The server's error as the event that a socket would have brought. Rejects when it is not the
 * server that answers, but a proxy before it.
 *
 * @param {Response} response
 */
async function refusal(response) {
  const { code, message, retry_after } = await response.json();
  const retryable = [409, 429, 503].includes(response.status);
  return { type: "answer.failed", code, message, retryable, retry_after };
}
