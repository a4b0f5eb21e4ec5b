// @ts-check
/**
 * ragbook: the reader's widget.
 *
 *   <script type="module" src="https://HOST/widget.js" data-book="SLUG"></script>
 *
 * It draws in a shadow root and builds every node with createElement and textContent, and so
 * runs under `default-src 'none'; script-src HOST; connect-src HOST; require-trusted-types-for
 * 'script'`. The server joins this module and those that it imports into one script, which runs
 * as a module or a classic script; words/ and later/ are loaded when they are needed
 * (chat/widget.py).
 */

import { hear } from "./widget/events.js";
import { readOptions } from "./widget/options.js";
import { Widget } from "./widget/shell.js";

/** @import {Opening} from "./widget/types.js" */

/** A script in the head, run at once, is there before the page. */
async function pageBody() {
  if (document.body) return;
  await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve));
}

/** Put the widget on the page, once however often the script is included. */
async function start() {
  if ("ragbook" in window) return;
  const options = readOptions();
  if (!options) return;
  const widget = pageBody().then(() => new Widget(options));
  const api = {
    /** @param {Opening} [how] */
    open: async (how) => (await widget).open(how ?? {}),
    close: async () => (await widget).close(),
    /** @param {string} question @param {Opening} [how] */
    ask: async (question, how) => (await widget).open({ ...how, question }),
    on: hear,
  };
  Object.defineProperty(window, "ragbook", { value: Object.freeze(api) });
  await widget;
}

// The book must stay readable whatever happens here.
start().catch((error) => console.error("ragbook: the widget could not start.", error));
