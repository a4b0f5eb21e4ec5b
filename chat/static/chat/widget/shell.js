// @ts-check
/** The widget on the page: its button, its shortcut, its place, open and closed. */

/** @import {Options} from "./types.js" */

import { focused, isEditable, isPhone } from "./browser.js";
import { Chat } from "./chat.js";
import { Parts } from "./later.js";
import { el, icon } from "./nodes.js";
import { pageSelection, SelectionButton } from "./selection.js";
import { STYLES, styleSheet } from "./styles.js";
import { followTheme } from "./theme.js";
import { speak } from "./words.js";

export class Widget {
  /** Gets the focus back. @type {HTMLElement | null} */
  opener = null;
  /** The conversation, once its words are there. @type {Chat | null} */
  chat = null;
  /** @type {Promise<Chat> | null} */
  preparing = null;
  host = document.createElement("ragbook-widget");
  shadow = this.host.attachShadow({ mode: "open" });

  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.parts = new Parts(options.home, (css) => this.dress(css));
    this.button = this.makeButton();
    const { position, layout } = options;
    this.root = el("div", { class: `root ${position}`, "data-layout": layout }, this.button);
    if (options.accent) this.root.style.setProperty("--owner-accent", options.accent);
    this.mount();
    this.listen();
    this.ready().catch(() => {});
  }

  /**
   * The conversation, when it can be had: rejects without the words, and tries again next time.
   *
   * @returns {Promise<Chat>}
   */
  ready() {
    this.preparing ??= this.prepare().catch((error) => {
      console.error("ragbook: the widget could not load.", error);
      this.preparing = null;
      throw error;
    });
    return this.preparing;
  }

  async prepare() {
    await speak(this.parts);
    const chat = new Chat(this.options, this.parts, () => this.close());
    this.chat = chat;
    this.selected = new SelectionButton(this.host, (text) => this.open({ selection: text }));
    this.root.append(chat.panel.node, this.selected.node);
    if (chat.wasOpen && !isPhone()) this.show(chat, true);
    return chat;
  }

  makeButton() {
    const { label } = this.options;
    const keys = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘I" : "Ctrl+I";
    const attributes = {
      class: "launcher",
      part: "button",
      type: "button",
      title: `${label} (${keys})`,
      "aria-keyshortcuts": "Control+I Meta+I",
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
      onclick: () => this.open(),
      onpointerenter: () => this.chat?.greet(),
    };
    return el("button", attributes, icon("book"), el("span", {}, label));
  }

  /** @param {string} css */
  dress(css) {
    this.shadow.adoptedStyleSheets.push(styleSheet(css));
  }

  mount() {
    this.dress(STYLES);
    this.shadow.append(this.root);
    followTheme(this.root);
    // Sites that swap the body on navigation would lose the widget: put it back.
    const stay = () => this.host.isConnected || document.body.append(this.host);
    stay();
    const observer = new MutationObserver(stay);
    observer.observe(document.documentElement, { childList: true });
    observer.observe(document.body, { childList: true });
  }

  listen() {
    // Keys typed here are not the page's shortcuts (search on "/", mdBook's arrow keys).
    for (const type of ["keydown", "keyup", "keypress"]) {
      this.root.addEventListener(type, (event) => event.stopPropagation());
    }
    document.addEventListener("keydown", (event) => this.shortcut(event), { capture: true });
  }

  get isOpen() {
    return this.chat !== null && !this.chat.panel.node.hidden;
  }

  /** @param {KeyboardEvent} event */
  shortcut(event) {
    const control = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const inWidget = event.composedPath().includes(this.host);
    if (!control || event.key.toLowerCase() !== "i") return;
    if (isEditable(event.target) && !inWidget) return;
    event.preventDefault();
    event.stopPropagation();
    if (inWidget && this.isOpen) this.close();
    else this.open({ selection: pageSelection(this.host)?.text });
  }

  /** @param {{selection?: string, question?: string}} [how] */
  async open({ selection = "", question = "" } = {}) {
    if (!this.isOpen) this.opener = focused();
    const chat = await this.ready();
    this.show(chat, false);
    if (this.selected) this.selected.node.hidden = true;
    chat.turnTo({ selection, question: question.trim() });
  }

  close() {
    if (!this.chat || !this.isOpen) return;
    this.set(this.chat, false);
    const back = this.opener?.isConnected && this.opener !== document.body;
    (back && this.opener ? this.opener : this.button).focus({ preventScroll: true });
  }

  /** @param {Chat} chat @param {boolean} quietly as on the page before, without a movement */
  show(chat, quietly) {
    this.root.classList.toggle("still", quietly);
    this.set(chat, true);
    chat.greet();
    chat.panel.settle();
  }

  /** @param {Chat} chat @param {boolean} open */
  set(chat, open) {
    chat.panel.show(open);
    this.root.classList.toggle("open", open);
    this.button.setAttribute("aria-expanded", String(open));
    chat.changed();
  }
}
