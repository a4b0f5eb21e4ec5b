// @ts-check
/** The dialog: header, thread, composer. */

/** @import {BookInfo, Feedback, Options, Scope, Source, Turn} from "./types.js" */

import { isPhone } from "./browser.js";
import { SourceCard } from "./card.js";
import { Composer } from "./composer.js";
import { tell } from "./events.js";
import { isThisPage } from "./fragment.js";
import { el, icon, iconButton } from "./nodes.js";
import { list } from "./thread.js";
import { TurnView } from "./turn.js";
import { WORDS } from "./words.js";

/**
 * What the reader does in the panel.
 *
 * @typedef {object} Hooks
 * @property {(question: string, selection: string, scope: Scope) => void} ask
 * @property {() => void} stop
 * @property {(turn: Turn) => void} retry
 * @property {(turn: Turn, feedback: Feedback) => Promise<void>} rate
 * @property {() => void} reset
 * @property {() => void} close
 * @property {(link: URL, quote: string) => void} showHere a place on the page that is open
 * @property {() => void} changed something that should be remembered
 */

/** It draws; the widget decides. */
export class Panel {
  /**
   * @param {Options} options
   * @param {Hooks} hooks
   */
  constructor(options, hooks) {
    this.options = options;
    this.hooks = hooks;
    /** Where the thread was last scrolled to by itself. */
    this.kept = 0;
    /** @type {Map<Turn, TurnView>} */
    this.views = new Map();
    this.log = el("div", { class: "unseen", role: "log", "aria-live": "polite" });
    this.notice = el("div", { class: "notice", role: "status", hidden: true });
    this.title = el("h2", { id: "title", dir: "auto" }, options.title || options.label);
    this.promise = el("p", { class: "promise" }, WORDS.promise);
    this.hello = el("div", { class: "hello" });
    this.turns = el("div", { class: "turns" });
    const thread = { class: "thread", part: "thread", tabindex: "0", role: "region" };
    const label = { "aria-label": WORDS.thread };
    this.thread = el("div", { ...thread, ...label }, this.hello, this.turns);
    this.card = new SourceCard(this.thread, this);
    this.composer = new Composer(hooks);
    this.node = this.frame();
    this.greet(null);
    visualViewport?.addEventListener("resize", () => this.fitKeyboard());
  }

  frame() {
    const fresh = iconButton("fresh", WORDS.newConversation, () => this.hooks.reset());
    const close = iconButton("close", WORDS.close, () => this.hooks.close());
    const emblem = el("span", { class: "emblem" }, icon("book"));
    const header = el("header", { part: "header" }, emblem, this.title, fresh, close);
    const dialog = { role: "dialog", "aria-labelledby": "title", hidden: true };
    const parts = [header, this.thread, this.notice, this.composer.node, this.log];
    const node = el("section", { class: "panel", part: "panel", ...dialog }, ...parts);
    node.addEventListener("keydown", (event) => this.key(event));
    node.addEventListener("pointerdown", (event) => this.leaveCard(event));
    return node;
  }

  /** @param {PointerEvent} event */
  leaveCard(event) {
    const target = /** @type {Node} */ (event.target);
    if (!this.card.node?.contains(target) && !this.card.chip?.contains(target)) this.card.hide();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      if (this.card.node) this.card.hide(true);
      else this.hooks.close();
    } else if (event.key === "Tab" && isPhone()) {
      this.keepInside(event);
    }
  }

  /**
   * On a phone the panel covers the page, so the focus stays in it.
   *
   * @param {KeyboardEvent} event
   */
  keepInside(event) {
    const reachable = "button:not(:disabled), a[href], textarea, input, summary, [tabindex='0']";
    const stops = [...this.node.querySelectorAll(reachable)].filter((node) =>
      node.checkVisibility(),
    );
    const [first, last] = [stops[0], stops[stops.length - 1]];
    const root = /** @type {ShadowRoot} */ (this.node.getRootNode());
    const [edge, other] = event.shiftKey ? [first, last] : [last, first];
    if (root.activeElement !== edge || !(other instanceof HTMLElement)) return;
    event.preventDefault();
    other.focus();
  }

  /** The empty state. @param {BookInfo | null} book */
  greet(book) {
    const title = this.options.title || book?.title || "";
    if (book) {
      this.turns.lang = book.language ?? "";
      this.title.textContent = title || this.options.label;
      this.promise.textContent = book.mode === "annotate" ? WORDS.promiseMarked : WORDS.promise;
    }
    const questions = list(book?.starter_questions).slice(0, 4);
    const starters = questions.map((question) => this.starter(String(question)));
    const lines = el("ul", { class: "starters" }, ...starters);
    this.hello.replaceChildren(
      el("span", { class: "emblem large" }, icon("book")),
      el("p", { class: "greeting", dir: "auto" }, title || WORDS.ask),
      this.promise,
      ...(starters.length ? [el("h3", {}, WORDS.starters), lines] : []),
    );
  }

  /** @param {string} question */
  starter(question) {
    const onclick = () => this.hooks.ask(question, "", "book");
    const words = el("span", { dir: "auto" }, question);
    return el("li", {}, el("button", { type: "button", onclick }, words, icon("send")));
  }

  /** @param {string} words "" takes it away */
  say(words) {
    if (this.notice.textContent === words) return;
    this.notice.textContent = words;
    this.notice.hidden = !words;
  }

  /** Read out by screen readers once, in order. @param {string} words */
  announce(words) {
    if (!words.trim()) return;
    this.log.append(el("div", {}, words));
    if (this.log.childElementCount > 40) this.log.firstElementChild?.remove();
  }

  /** Draw a turn's news. @param {Turn} turn @param {boolean} aloud */
  draw(turn, aloud) {
    let view = this.views.get(turn);
    if (!view) {
      view = new TurnView(turn, this);
      this.views.set(turn, view);
      this.turns.append(view.node);
    }
    const unmoved = Math.abs(this.thread.scrollTop - this.kept) < 4;
    view.update(aloud);
    this.hello.hidden = true;
    if (unmoved) this.keepUp();
  }

  /**
   * Draw a turn from its question on.
   *
   * @param {Turn} turn
   */
  redraw(turn) {
    this.views.get(turn)?.node.remove();
    this.views.delete(turn);
    this.draw(turn, false);
    this.keepUp();
  }

  /**
   * @param {HTMLElement} chip
   * @param {Source} source
   * @param {string[]} quotes
   */
  showSource(chip, source, quotes) {
    this.card.show(chip, source, quotes);
  }

  /** @param {Turn} turn */
  retry(turn) {
    this.hooks.retry(turn);
  }

  /**
   * @param {Turn} turn
   * @param {Feedback} feedback
   */
  rate(turn, feedback) {
    return this.hooks.rate(turn, feedback);
  }

  /**
   * Follow a citation: on this page without a reload.
   *
   * @param {MouseEvent} event
   * @param {URL} link
   * @param {string} quote
   */
  follow(event, link, quote) {
    tell("citation", { url: link.href.split(/#?:~:/)[0] });
    const newTab = event.metaKey || event.ctrlKey || event.shiftKey;
    if (newTab) return;
    if (isPhone()) this.hooks.close();
    if (!isThisPage(link)) return;
    event.preventDefault();
    this.card.hide(true);
    this.hooks.showHere(link, quote);
  }

  clear() {
    this.card.hide();
    this.views.clear();
    this.turns.replaceChildren();
    this.log.replaceChildren();
    this.hello.hidden = false;
    this.say("");
  }

  /** @param {boolean} open */
  show(open) {
    this.card.hide();
    this.node.hidden = !open;
    this.node.setAttribute("aria-modal", String(isPhone()));
  }

  /** A phone's keyboard covers the sheet's lower part: end the sheet above it. */
  fitKeyboard() {
    this.node.style.height = visualViewport && isPhone() ? `${visualViewport.height}px` : "";
  }

  /** Fit what could not be measured while hidden. */
  settle() {
    this.composer.fit();
    this.keepUp();
  }

  /**
   * Scroll with the answer until its question is at the top: then the reader reads on alone,
   * and whoever scrolls away is left there.
   */
  keepUp() {
    const last = /** @type {HTMLElement | null} */ (this.turns.lastElementChild);
    this.thread.scrollTop = last ? last.offsetTop - 20 : 0;
    this.kept = this.thread.scrollTop;
  }
}
