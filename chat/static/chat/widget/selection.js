// @ts-check
/** "Ask about this" beside the text that the reader has selected. */

import { isEditable } from "./browser.js";
import { el, icon } from "./nodes.js";
import { WORDS } from "./words.js";

/** What the reader has selected on the page, outside the widget and outside of fields. @param {HTMLElement} host */
export function pageSelection(host) {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (host.contains(range.startContainer) || isEditable(document.activeElement)) return null;
  const text = selection.toString().trim();
  return text.length >= 3 ? { text, box: range.getBoundingClientRect() } : null;
}

/** "Ask about this" beside selected text. */
export class SelectionButton {
  /** @param {HTMLElement} host @param {(text: string) => void} ask */
  constructor(host, ask) {
    this.host = host;
    this.timer = 0;
    this.node = el(
      "button",
      { class: "about-this", part: "about-this", type: "button", hidden: true },
      icon("book"),
      WORDS.askAboutThis,
    );
    this.node.addEventListener("pointerdown", (event) => event.preventDefault());
    this.node.addEventListener("click", () => {
      const selected = pageSelection(host);
      this.node.hidden = true;
      if (selected) ask(selected.text);
    });
    document.addEventListener("selectionchange", () => this.later());
    addEventListener("scroll", () => this.later(), { passive: true, capture: true });
  }

  /** After the reader has come to rest. */
  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(), 180);
  }

  show() {
    const selected = pageSelection(this.host);
    const visible = selected && selected.box.bottom > 0 && selected.box.top < innerHeight;
    this.node.hidden = !visible;
    if (!visible) return;
    const { box } = selected;
    const middle = (box.left + box.right - this.node.offsetWidth) / 2;
    const left = Math.max(8, Math.min(middle, innerWidth - this.node.offsetWidth - 8));
    const below = box.bottom + 8;
    this.node.style.left = `${left}px`;
    this.node.style.top = `${below + 48 < innerHeight ? below : Math.max(8, box.top - 48)}px`;
  }
}
