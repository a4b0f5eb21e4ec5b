// @ts-check
/** A button that asks the book, next to the site's search box. */

/** @import {Kit} from "../later.js" */
/** @import {Opening, Options} from "../types.js" */

const TAG = "ragbook-ask";
const REST_MS = 150;

const CSS = `
:host { display: inline-flex !important; vertical-align: middle; margin-inline: 8px; flex: none }
button {
  display: inline-flex; align-items: center; gap: 6px; height: 32px; padding: 0 12px 0 9px;
  font: 600 13px/1 inherit; font-family: inherit; color: inherit; background: none; cursor: pointer;
  border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 16px; white-space: nowrap;
}
button:hover { background: color-mix(in srgb, currentColor 10%, transparent) }
button:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }
svg { width: 16px; height: 16px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
@media (max-width: 996px) { span { display: none } button { padding: 0 8px } }
@media print { :host { display: none !important } }
`;

/** One behind each search box, put back when the site draws its header anew. */
export class SearchButtons {
  timer = 0;
  sheet = new CSSStyleSheet();

  /**
   * @param {Kit} kit
   * @param {Options} options
   * @param {(how: Opening) => void} open
   */
  constructor(kit, { label, search }, open) {
    this.kit = kit;
    this.label = label;
    this.selector = search;
    this.open = open;
    this.sheet.replaceSync(CSS);
    this.attach();
    const observer = new MutationObserver(() => {
      this.timer ||= setTimeout(() => this.attach(), REST_MS);
    });
    observer.observe(document.documentElement, { childList: true, subtree: true });
  }

  attach() {
    this.timer = 0;
    for (const box of document.querySelectorAll(this.selector)) {
      if (box.nextElementSibling?.localName !== TAG) box.after(this.button(box));
    }
  }

  /** @param {Element} box */
  button(box) {
    const { el, icon } = this.kit;
    const host = document.createElement(TAG);
    const onclick = () => this.open({ question: typed(box) });
    const names = { type: "button", part: "ask", title: this.label, "aria-label": this.label };
    const shadow = host.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [this.sheet];
    shadow.append(el("button", { ...names, onclick }, icon("book"), el("span", {}, this.label)));
    return host;
  }
}

/** What the reader has typed into the search box so far. @param {Element} box */
function typed(box) {
  const input = box.matches("input") ? box : box.querySelector("input");
  return input instanceof HTMLInputElement ? input.value.trim() : "";
}
