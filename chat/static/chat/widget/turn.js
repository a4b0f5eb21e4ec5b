// @ts-check
/** One question and its answer, drawn as the answer grows. */

/** @import {Failure, Feedback, Sentence, Source, Turn} from "./types.js" */

import { Body } from "./body.js";
import { KIT } from "./later.js";
import { quotesOf } from "./links.js";
import { el, icon, iconButton } from "./nodes.js";
import { isClaim, list, own, place } from "./thread.js";
import { WORDS, timeInWords } from "./words.js";

/**
 * What a turn asks of what is around it.
 *
 * @typedef {object} Desk
 * @property {(chip: HTMLElement, source: Source, quotes: string[]) => void} showSource
 * @property {(event: MouseEvent, link: URL, quote: string) => void} follow
 * @property {(name: string) => Promise<any>} part that loads now, null when it cannot be had
 * @property {(question: string) => void} ask
 * @property {(turn: Turn) => void} edit
 * @property {(turn: Turn) => void} retry
 * @property {(turn: Turn, feedback: Feedback) => Promise<void>} rate
 * @property {(words: string) => void} announce
 */

/**
 * What is not an answer of the machine, with the icon of its badge.
 *
 * @type {Record<string, [string, () => string]>}
 */
const BADGES = {
  editors: ["check", () => WORDS.byEditors],
  quoted: ["book", () => WORDS.quoted],
  refused: ["absent", () => WORDS.refused],
};

export class TurnView {
  drawn = 0;
  timer = 0;
  badge = el("div", { class: "badge", hidden: true });
  body = el("div", { class: "body" });
  state = el("div", { class: "state" });
  foot = el("div", { class: "foot" });

  /**
   * @param {Turn} turn
   * @param {Desk} desk
   */
  constructor(turn, desk) {
    this.turn = turn;
    this.desk = desk;
    this.writer = new Body(this.body, (sentence) => this.proof(sentence));
    const answer = el("div", { class: "answer" }, this.badge, this.body, this.state, this.foot);
    this.node = el("article", { class: "turn" }, this.asked(), answer);
  }

  asked() {
    const { question, selection } = this.turn;
    const passage = selection && el("blockquote", { class: "passage", dir: "auto" }, selection);
    const label = el("h3", { class: "unseen" }, WORDS.you);
    const edit = iconButton("edit", WORDS.edit, () => this.desk.edit(this.turn));
    edit.classList.add("edit");
    const line = el("div", { class: "question" }, edit, el("p", { dir: "auto" }, question));
    return el("div", { class: "asked" }, label, passage, line);
  }

  /**
   * Draw what came since the last call.
   *
   * @param {boolean} aloud tell screen readers of it
   */
  update(aloud) {
    const { turn } = this;
    for (; this.drawn < turn.sentences.length; this.drawn++) {
      this.writer.add(turn.sentences[this.drawn]);
      if (aloud) this.desk.announce(spoken(turn.sentences[this.drawn]));
    }
    this.node.dataset.outcome = turn.outcome;
    this.showBadge(own(BADGES, turn.byEditors ? "editors" : turn.outcome));
    this.showState();
    if (turn.outcome !== "running") this.end(aloud);
  }

  /** @param {[string, () => string] | undefined} badge */
  showBadge(badge) {
    this.badge.hidden = !badge;
    if (badge) this.badge.replaceChildren(icon(badge[0]), badge[1]());
  }

  showState() {
    const nodes = this.stateNodes();
    const words = nodes.map((node) => node.textContent).join();
    if (words !== this.state.textContent || !words) this.state.replaceChildren(...nodes);
  }

  /** @returns {HTMLElement[]} */
  stateNodes() {
    const note = (/** @type {string} */ words) => el("p", { class: "note" }, words);
    switch (this.turn.outcome) {
      case "running":
        return [this.thinking()];
      case "failed":
        return [this.failure()];
      case "stopped":
        return [note(WORDS.stopped), this.again(WORDS.askAgain)];
      case "refused":
        return this.drawn ? [] : [note(WORDS.refusedText)];
      default:
        return [];
    }
  }

  thinking() {
    const { sentences, sources } = this.turn;
    const reading = sources.length ? WORDS.reading(sources.length) : WORDS.searching;
    const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    return el("div", { class: "thinking" }, dots, sentences.length ? WORDS.answering : reading);
  }

  failure() {
    const { failure } = this.turn;
    const again = failure?.retryable !== false && this.again(WORDS.retry);
    const words = el("div", {}, el("p", { dir: "auto" }, failureWords(failure)), again);
    return el("div", { class: "failure" }, icon("unchecked"), words);
  }

  /** A button that waits for as long as the server asked for. @param {string} label */
  again(label) {
    const onclick = () => this.desk.retry(this.turn);
    const button = el("button", { type: "button", class: "action", onclick });
    this.countDown(button, label);
    return button;
  }

  /** @param {HTMLButtonElement} button @param {string} label */
  countDown(button, label) {
    const wait = Math.ceil(((this.turn.failure?.retryAt ?? 0) - Date.now()) / 1000);
    button.disabled = wait > 0;
    button.textContent = wait > 0 ? WORDS.retryIn(timeInWords(wait)) : label;
    clearTimeout(this.timer);
    if (wait > 0) this.timer = setTimeout(() => this.countDown(button, label), 500);
  }

  /** @param {boolean} aloud */
  end(aloud) {
    this.drawFoot();
    if (aloud) this.desk.announce(this.closingWords());
  }

  /** What stands below an answer that has ended. */
  async drawFoot() {
    const part = await this.desk.part("foot");
    if (part) this.foot.replaceChildren(...part.footOf(KIT, this.turn, this.desk));
  }

  /** Questions to go on with come late: the rest of the foot stays as its reader left it. */
  async drawNext() {
    const part = await this.desk.part("foot");
    const next = part?.nextOf(KIT, this.turn, this.desk);
    if (next && !this.foot.querySelector(".next")) this.foot.append(next);
  }

  closingWords() {
    const { left, failure } = this.turn;
    if (failure) return failureWords(failure);
    const badge = this.badge.hidden ? "" : this.badge.textContent;
    const note = this.state.querySelector("p")?.textContent;
    return [badge, note, left > 0 && WORDS.withheld(left)].filter(Boolean).join(". ");
  }

  /**
   * The mark of support and the numbered citations behind a sentence.
   *
   * @param {Sentence} sentence
   */
  proof(sentence) {
    if (sentence.model_code) return modelCodeMark();
    const claim = isClaim(sentence);
    const chips = list(sentence.citations).map((n) => this.chip(Number(n), sentence));
    if (!claim && !chips.some(Boolean)) return null;
    // The no-break space keeps the mark on the line of the last word.
    const mark = claim && supportMark(sentence);
    const proof = el("span", { class: "proof" }, "\u00a0", mark);
    for (const chip of chips) if (chip) proof.append(chip);
    return proof;
  }

  /**
   * @param {number} n
   * @param {Sentence} sentence
   */
  chip(n, sentence) {
    const source = this.turn.sources.find((candidate) => candidate.n === n);
    if (!source) return null;
    const label = { "aria-label": WORDS.source(n, place(source)), title: place(source) };
    const onclick = () => this.desk.showSource(chip, source, quotesOf(source, [sentence]));
    const button = { type: "button", class: "chip", "aria-haspopup": "dialog", ...label, onclick };
    const chip = el("button", button, String(n));
    return chip;
  }
}

/** What went wrong, in the reader's language where the code is known. @param {Failure | null} failure */
function failureWords(failure) {
  const known = own(WORDS.failures, failure?.code ?? "internal");
  return known || failure?.message || WORDS.failures.internal;
}

/**
 * How well the book supports a sentence: a shape with words, never a colour alone.
 *
 * @param {Sentence} sentence
 */
function supportMark({ verdict, support }) {
  const known = own(WORDS.verdicts, verdict) ? verdict : "unchecked";
  const percent = support > 0 ? ` (${Math.round(support * 100)} %)` : "";
  const label = WORDS.verdicts[known] + percent;
  const names = { role: "img", "aria-label": label, title: label };
  return el("span", { class: `mark ${known}`, ...names }, icon(known), WORDS.doubts[known]);
}

/** Says of a block of code that the model wrote it. */
function modelCodeMark() {
  return el("span", { class: "mark" }, "\u00a0", icon("unsupported"), WORDS.modelCode);
}

/**
 * What a screen reader hears of a sentence: its words without Markdown's marks.
 *
 * @param {Sentence} sentence
 */
function spoken({ text }) {
  return String(text).replace(/[*`#|$]+/g, " ");
}
