// @ts-check
/**
 * A shared conversation, drawn as the widget draws it: read-only, with its sources.
 *
 * The page holds the answers as JSON; the server joins this module and what it imports into
 * /widget/shared.js (chat/widget.py).
 */

/** @import {Source, Turn} from "./widget/types.js" */

import { KIT, Parts } from "./widget/later.js";
import { el } from "./widget/nodes.js";
import { STYLES, styleSheet } from "./widget/styles.js";
import { followTheme } from "./widget/theme.js";
import { TurnView } from "./widget/turn.js";
import { WORDS, isRightToLeft, pageLanguage, speak } from "./widget/words.js";

const READING_STYLES = `
.reading { position: relative; overflow-wrap: anywhere }
.reading .edit, .reading .actions { display: none }
.reading .turn + .turn { margin-top: 44px }
`;

/** What a turn asks of the page around it: to show sources, and nothing that changes anything. */
class Reading {
  /** @type {any} */
  card = null;

  /**
   * @param {Parts} parts
   * @param {HTMLElement} thread
   */
  constructor(parts, thread) {
    this.parts = parts;
    this.thread = thread;
  }

  /** @param {string} name */
  part(name) {
    return this.parts.get(`later/${name}`).catch(() => null);
  }

  /**
   * @param {HTMLElement} chip
   * @param {Source} source
   * @param {string[]} quotes
   */
  async showSource(chip, source, quotes) {
    const [part] = await Promise.all(["card", "fragment"].map((name) => this.part(name)));
    if (!part) return;
    this.card ??= new part.SourceCard(KIT, this.thread, this);
    this.card.show(chip, source, quotes);
  }

  follow() {}
  ask() {}
  edit() {}
  retry() {}
  announce() {}
  async rate() {}
}

/** The widget's words where the page left room for them. */
function label() {
  for (const node of document.querySelectorAll("[data-word]")) {
    const word = /** @type {"sharedOn" | "openTheBook"} */ (node.getAttribute("data-word"));
    node.textContent = WORDS[word];
  }
  for (const time of document.querySelectorAll("time")) {
    const style = /** @type {const} */ ({ dateStyle: "long" });
    const format = new Intl.DateTimeFormat(pageLanguage(), style);
    time.textContent = format.format(new Date(time.dateTime));
  }
}

async function start() {
  const main = document.querySelector("main");
  const data = document.getElementById("conversation")?.textContent;
  if (!main || !data) return;
  const shadow = main.attachShadow({ mode: "open" });
  const dress = (/** @type {string} */ css) => shadow.adoptedStyleSheets.push(styleSheet(css));
  const parts = new Parts(new URL("/widget/", location.href), dress);
  await speak(parts);
  label();
  document.documentElement.dir = isRightToLeft(pageLanguage()) ? "rtl" : "ltr";
  const { turnOf } = await parts.get("later/stored");
  const turns = el("div", { class: "turns" });
  const thread = el("div", { class: "reading" }, turns);
  const root = el("div", { class: "root" }, thread);
  dress(STYLES + READING_STYLES);
  followTheme(root, "auto");
  shadow.append(root);
  const desk = new Reading(parts, thread);
  for (const answer of JSON.parse(data).answers) {
    const view = new TurnView(/** @type {Turn} */ (turnOf(KIT, answer)), desk);
    turns.append(view.node);
    view.update(false);
  }
  thread.addEventListener("keydown", (event) => event.key === "Escape" && desk.card?.hide(true));
}

start().catch((error) => console.error("ragbook: the conversation could not be shown.", error));
