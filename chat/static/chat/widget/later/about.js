// @ts-check
/** "Ask about this" beside the text that the reader has selected, and on code. */

/** @import {Kit} from "../later.js" */

export const STYLES = `
.about-this { position: fixed; z-index: var(--ragbook-z, 2147483000) }
.about-this { display: inline-flex; align-items: center; gap: 7px; height: 36px; padding: 0 14px 0 11px; border-radius: 18px; font-size: 13px; font-weight: 600; color: var(--link); background: var(--ground); box-shadow: var(--shadow) }
.about-this:hover { background: var(--tint) }
`;

/** The reader has come to rest after so long. */
const REST_MS = 180;
const GAP = 8;

/** @typedef {{text: string, box: DOMRect, isCode: boolean}} Passage of the page, and where it stands */

/** One button: selected text comes before code. */
export class AboutButton {
  timer = 0;
  /** The block of code that was last pointed at or had the focus. @type {Element | null} */
  code = null;

  /**
   * @param {Kit} kit
   * @param {HTMLElement} host the widget's element, whose own text is no passage
   * @param {string} kinds of what can be asked about: "selection", "code"
   * @param {(text: string) => void} ask
   */
  constructor(kit, host, kinds, ask) {
    const { el, icon, WORDS } = kit;
    this.kit = kit;
    this.host = host;
    this.kinds = kinds;
    const onclick = () => {
      const passage = this.passage();
      this.node.hidden = true;
      if (passage) ask(passage.text);
    };
    const onpointerdown = (/** @type {Event} */ event) => event.preventDefault();
    const button = { class: "about-this", part: "about-this", type: "button", hidden: true };
    const label = el("span", {}, WORDS.askAboutThis);
    this.node = el("button", { ...button, onclick, onpointerdown }, icon("book"), label);
    this.listen();
  }

  listen() {
    const later = () => this.later();
    const point = (/** @type {Event} */ event) => this.point(event);
    document.addEventListener("selectionchange", later);
    addEventListener("scroll", later, { passive: true, capture: true });
    for (const type of ["pointerover", "focusin"]) document.addEventListener(type, point);
  }

  /** @param {Event} event */
  point(event) {
    const { target } = event;
    if (event.composedPath().includes(this.node) || !(target instanceof Element)) return;
    const code = target.closest("pre");
    if (code === this.code) return;
    this.code = code;
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(), REST_MS);
  }

  /** @returns {Passage | null} */
  passage() {
    const selected = this.kinds.includes("selection") && this.kit.selectedText(this.host);
    if (selected) {
      const range = /** @type {Selection} */ (getSelection()).getRangeAt(0);
      return { text: selected, box: range.getBoundingClientRect(), isCode: false };
    }
    const { code } = this;
    const text = this.kinds.includes("code") && code?.isConnected && code.textContent?.trim();
    return code && text ? { text, box: code.getBoundingClientRect(), isCode: true } : null;
  }

  show() {
    const passage = this.passage();
    const visible = passage && passage.box.bottom > 0 && passage.box.top < innerHeight;
    this.node.hidden = !visible;
    if (visible) this.put(passage.isCode ? this.onCode(passage.box) : this.byText(passage.box));
  }

  /** @param {[number, number]} place left and top, moved into the window */
  put([left, top]) {
    const furthest = innerWidth - this.node.offsetWidth - GAP;
    this.node.style.left = `${Math.max(GAP, Math.min(left, furthest))}px`;
    this.node.style.top = `${Math.max(GAP, top)}px`;
  }

  /**
   * Below selected text, or above where there is no room.
   *
   * @param {DOMRect} box
   * @returns {[number, number]}
   */
  byText({ left, right, top, bottom }) {
    const { offsetWidth, offsetHeight } = this.node;
    const below = bottom + GAP;
    const fits = below + offsetHeight + GAP < innerHeight;
    return [(left + right - offsetWidth) / 2, fits ? below : top - offsetHeight - GAP];
  }

  /**
   * On the lower edge of code: sites put their copy buttons into the upper corner.
   *
   * @param {DOMRect} box
   * @returns {[number, number]}
   */
  onCode({ right, bottom }) {
    const { offsetWidth, offsetHeight } = this.node;
    const edge = Math.min(bottom - offsetHeight / 2, innerHeight - offsetHeight - GAP);
    return [right - offsetWidth - GAP, edge];
  }
}
