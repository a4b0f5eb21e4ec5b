// @ts-check
/** The floating button. */

/** @import {Options} from "./types.js" */

import { el, icon } from "./nodes.js";

/**
 * @param {Options} options
 * @param {{open: () => void, interest: () => void}} hooks
 */
export function launcher({ label, button, shortcut }, { open, interest }) {
  const key = shortcut.toUpperCase();
  const keys = /Mac|iP(hone|ad)/.test(navigator.platform) ? `⌘${key}` : `Ctrl+${key}`;
  const attributes = {
    class: "launcher",
    part: "button",
    type: "button",
    title: key === "OFF" ? label : `${label} (${keys})`,
    "aria-keyshortcuts": key !== "OFF" && `Control+${key} Meta+${key}`,
    "aria-haspopup": "dialog",
    "aria-expanded": "false",
    hidden: button === "hidden",
    onclick: open,
    onpointerenter: interest,
  };
  return el("button", attributes, icon("book"), el("span", {}, label));
}
