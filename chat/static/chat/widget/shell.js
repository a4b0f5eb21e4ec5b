// @ts-check
/** The widget on the page: its button, its shortcut, its place, open and closed. */

/** @import {Opening, Options} from "./types.js" */

import { focused, isEditable, isPhone, selectedText } from "./browser.js";
import { Chat } from "./chat.js";
import { askedInAddress, isShown, onPageChange } from "./deeplink.js";
import { tell } from "./events.js";
import { KIT, Parts } from "./later.js";
import { launcher } from "./launcher.js";
import { el } from "./nodes.js";
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
  /** Beside passages, once there is one. @type {{node: HTMLElement} | null} */
  about = null;
  /** The field of the widget that has the focus. @type {HTMLElement | null} */
  writing = null;
  inBody = new MutationObserver(() => this.stay());
  host = document.createElement("ragbook-widget");
  shadow = this.host.attachShadow({ mode: "open" });

  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.parts = new Parts(options.home, (css) => this.dress(css));
    this.button = launcher(options, {
      open: () => this.open(),
      interest: () => this.chat?.greet(),
    });
    const { position, layout } = options;
    this.root = el("div", { class: `root ${position}`, "data-layout": layout }, this.button);
    if (options.accent) this.root.style.setProperty("--owner-accent", options.accent);
    this.mount();
    this.listen();
    this.ready().catch(() => {});
    this.arrive();
    onPageChange(() => this.arrive());
    if (options.search) this.joinSearch();
  }

  /** A page has been opened: it may come with a question. */
  async arrive() {
    await isShown();
    const question = askedInAddress(this.options.param);
    if (question) this.open({ question });
  }

  async joinSearch() {
    const { SearchButtons } = await this.parts.get("later/search");
    new SearchButtons(KIT, this.options, (/** @type {Opening} */ how) => this.open(how));
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
    this.root.append(chat.panel.node);
    if (this.options.about !== "none") this.awaitPassage();
    if (chat.wasOpen && !isPhone()) this.show(chat, true);
    return chat;
  }

  /** Load what asks about passages of the page when the reader is at one. */
  awaitPassage() {
    const types = ["selectionchange", "pointerover", "focusin"];
    const look = async (/** @type {Event} */ event) => {
      const isCode = event.target instanceof Element && event.target.closest("pre");
      if (!isCode && !selectedText(this.host)) return;
      for (const type of types) document.removeEventListener(type, look);
      const { AboutButton } = await this.parts.get("later/about");
      const ask = (/** @type {string} */ selection) => this.open({ selection });
      const about = new AboutButton(KIT, this.host, this.options.about, ask);
      this.about = about;
      this.root.append(about.node);
      about.point(event);
      about.later();
    };
    for (const type of types) document.addEventListener(type, look);
  }

  /** @param {string} css */
  dress(css) {
    this.shadow.adoptedStyleSheets.push(styleSheet(css));
  }

  mount() {
    this.dress(STYLES);
    this.shadow.append(this.root);
    followTheme(this.root, this.options.theme);
    this.stay();
    new MutationObserver(() => this.stay()).observe(document.documentElement, { childList: true });
  }

  /** Sites that swap the body, or what is in it, would lose the widget: put it back as it was. */
  stay() {
    if (this.host.isConnected) return;
    document.body.append(this.host);
    this.inBody.disconnect();
    this.inBody.observe(document.body, { childList: true });
    if (this.writing && this.isOpen) this.writing.focus({ preventScroll: true });
  }

  listen() {
    // Keys typed here are not the page's shortcuts (search on "/", mdBook's arrow keys).
    for (const type of ["keydown", "keyup", "keypress"]) {
      this.root.addEventListener(type, (event) => event.stopPropagation());
    }
    this.root.addEventListener("focusin", (event) => {
      this.writing = event.target instanceof HTMLTextAreaElement ? event.target : null;
    });
    document.addEventListener("focusin", (event) => {
      if (event.target !== this.host) this.writing = null;
    });
    // Nor are links to the book the site's router's: only a load finds the quoted words.
    this.root.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("a")) event.stopPropagation();
    });
    document.addEventListener("keydown", (event) => this.shortcut(event), { capture: true });
    if (this.options.open) document.addEventListener("click", (event) => this.opens(event));
  }

  /** A click on one of the site's own buttons. @param {MouseEvent} event */
  opens(event) {
    if (!(event.target instanceof Element) || !event.target.closest(this.options.open)) return;
    event.preventDefault();
    this.open();
  }

  get isOpen() {
    return this.chat !== null && !this.chat.panel.node.hidden;
  }

  /** @param {KeyboardEvent} event */
  shortcut(event) {
    const control = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const inWidget = event.composedPath().includes(this.host);
    if (!control || event.key.toLowerCase() !== this.options.shortcut.toLowerCase()) return;
    if (isEditable(event.target) && !inWidget) return;
    event.preventDefault();
    event.stopPropagation();
    if (inWidget && this.isOpen) this.close();
    else this.open({ selection: selectedText(this.host) });
  }

  /** @param {Opening} [how] */
  async open({ selection = "", question = "", scope } = {}) {
    if (!this.isOpen) this.opener = focused();
    const chat = await this.ready();
    this.show(chat, false);
    if (this.about) this.about.node.hidden = true;
    chat.turnTo({ selection: String(selection), question: String(question).trim(), scope });
  }

  close() {
    if (!this.chat || !this.isOpen) return;
    this.set(this.chat, false);
    tell("close");
    const back = this.opener?.isConnected && this.opener !== document.body;
    (back && this.opener ? this.opener : this.button).focus({ preventScroll: true });
  }

  /** @param {Chat} chat @param {boolean} quietly as on the page before, without a movement */
  show(chat, quietly) {
    this.root.classList.toggle("still", quietly);
    if (!this.isOpen) tell("open");
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
