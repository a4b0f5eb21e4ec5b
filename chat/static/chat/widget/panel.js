// @ts-check
/** The dialog: header, thread, composer, and what is laid over them. */

/** @import {BookInfo, Options, Scope, Source, Turn} from "./types.js" */
/** @import {Desk} from "./turn.js" */

import { isPhone } from "./browser.js";
import { Composer } from "./composer.js";
import { KIT } from "./later.js";
import { el, icon, iconButton, questionRow } from "./nodes.js";
import { list } from "./thread.js";
import { TurnView } from "./turn.js";
import { WORDS, isRightToLeft, pageLanguage } from "./words.js";

/**
 * What the reader does in the panel.
 *
 * @typedef {object} Hooks
 * @property {(question: string, selection?: string, scope?: Scope, editing?: boolean) => void} ask
 * @property {() => void} stop
 * @property {() => void} reset
 * @property {() => void} close
 * @property {() => void} showHistory
 * @property {() => void} showSharing
 * @property {() => void} changed something that should be remembered
 */

/** It draws; the conversation decides. */
export class Panel {
  /** Where the thread was last scrolled to by itself. */
  kept = 0;
  /** @type {Map<Turn, TurnView>} */
  views = new Map();
  /** A source's words, once one was looked at. @type {any} */
  card = null;
  main = el("div", { class: "main" });
  /** What is laid over the thread. @type {HTMLElement | null} */
  cover = null;
  /** Gets the focus back from it. @type {HTMLElement | null} */
  covered = null;

  /**
   * @param {Options} options
   * @param {Hooks & Desk} hooks
   */
  constructor(options, hooks) {
    this.options = options;
    this.hooks = hooks;
    this.log = el("div", { class: "unseen", role: "log", "aria-live": "polite" });
    this.notice = el("div", { class: "notice", role: "status", hidden: true });
    this.title = el("h2", { id: "title", dir: "auto" }, options.title || options.label);
    this.promise = el("p", { class: "promise" }, WORDS.promise);
    this.hello = el("div", { class: "hello" });
    this.turns = el("div", { class: "turns" });
    const thread = { class: "thread", part: "thread", tabindex: "0", role: "region" };
    const label = { "aria-label": WORDS.thread };
    this.thread = el("div", { ...thread, ...label }, this.hello, this.turns);
    this.sharing = iconButton("share", WORDS.share, () => hooks.showSharing());
    this.composer = new Composer(hooks);
    this.node = this.frame();
    this.greet(null);
    visualViewport?.addEventListener("resize", () => this.fitKeyboard());
  }

  frame() {
    const { hooks } = this;
    this.sharing.hidden = true;
    const buttons = [
      iconButton("clock", WORDS.history, () => hooks.showHistory()),
      this.sharing,
      iconButton("fresh", WORDS.newConversation, () => hooks.reset()),
      iconButton("close", WORDS.close, () => hooks.close()),
    ];
    const emblem = el("span", { class: "emblem" }, icon("book"));
    const header = el("header", { part: "header" }, emblem, this.title, ...buttons);
    const language = pageLanguage();
    const direction = { lang: language, dir: isRightToLeft(language) ? "rtl" : "ltr" };
    const dialog = { role: "dialog", "aria-labelledby": "title", hidden: true, ...direction };
    this.main.append(this.thread, this.notice, this.composer.node);
    const parts = [header, this.main, this.log];
    const node = el("section", { class: "panel", part: "panel", ...dialog }, ...parts);
    node.addEventListener("keydown", (event) => this.key(event));
    node.addEventListener("pointerdown", (event) => this.leaveCard(event));
    return node;
  }

  /** @param {PointerEvent} event */
  leaveCard(event) {
    const target = /** @type {Node} */ (event.target);
    const { node, chip } = this.card ?? {};
    if (!node?.contains(target) && !chip?.contains(target)) this.card?.hide();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      this.escape();
    } else if (event.key === "Tab" && isPhone()) {
      this.keepInside(event);
    }
  }

  /** One step back: the card, what is laid over the thread, the panel. */
  escape() {
    if (this.card?.node) this.card.hide(true);
    else if (this.cover) this.uncover();
    else this.hooks.close();
  }

  /**
   * On a phone the panel covers the page, so the focus stays in it.
   *
   * @param {KeyboardEvent} event
   */
  keepInside(event) {
    const reachable = "button:not(:disabled), a[href], textarea, input, summary, [tabindex='0']";
    const stops = [...this.node.querySelectorAll(reachable)].filter(
      (node) => node.checkVisibility() && !node.closest("[inert]"),
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
    const rows = questions.map((question) => questionRow(String(question), this.hooks));
    this.hello.replaceChildren(
      el("span", { class: "emblem large" }, icon("book")),
      el("p", { class: "greeting", dir: "auto" }, title || WORDS.ask),
      this.promise,
      ...(rows.length
        ? [el("h3", {}, WORDS.starters), el("ul", { class: "starters" }, ...rows)]
        : []),
    );
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
      view = new TurnView(turn, this.hooks);
      this.views.set(turn, view);
      this.turns.append(view.node);
    }
    const unmoved = Math.abs(this.thread.scrollTop - this.kept) < 4;
    view.update(aloud);
    this.hello.hidden = true;
    if (unmoved) this.keepUp();
  }

  /** Draw a turn from its question on. @param {Turn} turn */
  redraw(turn) {
    this.remove(turn);
    this.draw(turn, false);
    this.keepUp();
  }

  /** Draw the questions to go on with. @param {Turn} turn */
  drawNext(turn) {
    this.views.get(turn)?.drawNext();
  }

  /** @param {Turn} turn */
  remove(turn) {
    this.views.get(turn)?.node.remove();
    this.views.delete(turn);
  }

  /**
   * @param {HTMLElement} chip
   * @param {Source} source
   * @param {string[]} quotes
   */
  async showSource(chip, source, quotes) {
    const [part] = await Promise.all(["card", "fragment"].map((name) => this.hooks.part(name)));
    if (!part) return;
    this.card ??= new part.SourceCard(KIT, this.thread, this.hooks);
    this.card.show(chip, source, quotes);
  }

  /** Lay something over the thread. Escape takes it away. @param {{node: HTMLElement}} view */
  lay({ node }) {
    this.uncover();
    const root = /** @type {ShadowRoot} */ (this.node.getRootNode());
    this.covered = /** @type {HTMLElement | null} */ (root.activeElement);
    this.cover = node;
    this.main.inert = true;
    this.main.after(node);
    node.focus();
  }

  uncover() {
    if (!this.cover) return;
    this.cover.remove();
    this.cover = null;
    this.main.inert = false;
    (this.covered?.isConnected ? this.covered : this.composer.input).focus();
  }

  clear() {
    this.uncover();
    this.card?.hide();
    this.views.clear();
    this.turns.replaceChildren();
    this.log.replaceChildren();
    this.hello.hidden = false;
    this.say("");
  }

  /** @param {boolean} open */
  show(open) {
    this.card?.hide();
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
