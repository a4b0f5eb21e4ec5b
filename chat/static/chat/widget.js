// @ts-check
/**
 * ragbook: the reader's widget.
 *
 *   <script type="module" src="https://HOST/widget.js" data-book="SLUG"></script>
 *
 * It draws in a shadow root and builds every node with createElement and textContent, and so
 * runs under `default-src 'none'; script-src HOST; connect-src HOST; require-trusted-types-for
 * 'script'`. The server joins this module and those that it imports into one script; words/ and
 * later/ are loaded when they are needed (chat/widget.py).
 */

/** @import {Options} from "./widget/types.js" */

import { Widget } from "./widget/shell.js";
import { WORDS } from "./widget/words.js";

/** The script element that loaded this module: modules have no document.currentScript. */
function ownScript() {
  /** @type {NodeListOf<HTMLScriptElement>} */
  const scripts = document.querySelectorAll("script[type=module][src]");
  const own = [...scripts].filter((script) => script.src === import.meta.url);
  return own.find((script) => script.dataset.book) ?? own[0] ?? null;
}

/** @returns {Options | null} */
function readOptions() {
  const { book, host, accent, label, layout, position, title } = ownScript()?.dataset ?? {};
  if (!book) {
    console.error('ragbook: the script tag needs data-book="SLUG".');
    return null;
  }
  return {
    book,
    host: new URL(host ? `${host.replace(/\/$/, "")}/` : ".", import.meta.url),
    home: new URL("widget/", import.meta.url),
    accent: accent ?? "",
    label: label || WORDS.ask,
    layout: layout === "bubble" ? "bubble" : "panel",
    position: position === "left" ? "left" : "right",
    title: title ?? "",
  };
}

/** Put the widget on the page, once however often the script is included. */
function start() {
  if ("ragbook" in window) return;
  const options = readOptions();
  if (!options) return;
  const widget = new Widget(options);
  const api = {
    /** @param {{question?: string}} [how] */
    open: (how) => widget.open({ question: how?.question }),
    close: () => widget.close(),
  };
  Object.defineProperty(window, "ragbook", { value: Object.freeze(api) });
}

try {
  start();
} catch (error) {
  // The book must stay readable whatever happens here.
  console.error("ragbook: the widget could not start.", error);
}
