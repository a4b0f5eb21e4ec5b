// @ts-check
/** One question and its answer, drawn as the answer grows. */

/** @import {Feedback, Sentence, Source, Turn} from "./types.js" */

import { Body } from "./body.js";
import { confirmCopy } from "./browser.js";
import { bookLink } from "./card.js";
import { el, icon, iconButton } from "./nodes.js";
import { Rating } from "./rating.js";
import { asMarkdown, cited, isClaim, isDoubtful, list, own, place } from "./thread.js";
import { WORDS } from "./words.js";

/**
 * What a turn asks of the panel around it.
 *
 * @typedef {object} Desk
 * @property {(chip: HTMLElement, source: Source, quotes: string[]) => void} showSource
 * @property {(event: MouseEvent, link: URL, quote: string) => void} follow
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
    return el("div", { class: "asked" }, label, passage, el("p", { dir: "auto" }, question));
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
      case "interrupted":
        return [note(WORDS.interrupted), this.again()];
      case "stopped":
        return [note(WORDS.stopped)];
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
    const { message, retryable } = this.turn.failure ?? { message: WORDS.failed, retryable: true };
    const words = el("div", {}, el("p", { dir: "auto" }, message), retryable && this.again());
    return el("div", { class: "failure" }, icon("unchecked"), words);
  }

  /** A button that waits for as long as the server asked for. */
  again() {
    const onclick = () => this.desk.retry(this.turn);
    const button = el("button", { type: "button", class: "action", onclick });
    this.countDown(button);
    return button;
  }

  /** @param {HTMLButtonElement} button */
  countDown(button) {
    const wait = Math.ceil(((this.turn.failure?.retryAt ?? 0) - Date.now()) / 1000);
    button.disabled = wait > 0;
    button.textContent = wait > 0 ? WORDS.retryIn(wait) : WORDS.retry;
    clearTimeout(this.timer);
    if (wait > 0) this.timer = setTimeout(() => this.countDown(button), 500);
  }

  /** @param {boolean} aloud */
  end(aloud) {
    const { left, answer, outcome } = this.turn;
    const withheld = left > 0 && el("p", { class: "withheld" }, WORDS.withheld(left));
    const rateable = answer && (this.drawn > 0 || outcome === "refused");
    const parts = [this.tally(), withheld, this.sources(), ...(rateable ? this.actions() : [])];
    this.foot.replaceChildren();
    for (const part of parts) if (part) this.foot.append(part);
    if (aloud) this.desk.announce(this.closingWords());
  }

  /** How many statements the book proves. */
  tally() {
    const claims = this.turn.sentences.filter(isClaim);
    if (!claims.length || this.turn.outcome === "refused") return null;
    const proved = claims.filter((claim) => !isDoubtful(claim)).length;
    const all = proved === claims.length;
    const words = all ? WORDS.proved(proved) : WORDS.partlyProved(proved, claims.length);
    const verdict = all ? "supported" : "partly";
    return el("p", { class: `tally ${verdict}` }, icon(verdict), words);
  }

  closingWords() {
    const { left, failure } = this.turn;
    if (failure) return failure.message;
    const badge = this.badge.hidden ? "" : this.badge.textContent;
    const note = this.state.querySelector("p")?.textContent;
    return [badge, note, left > 0 && WORDS.withheld(left)].filter(Boolean).join(". ");
  }

  sources() {
    const sources = cited(this.turn);
    if (!sources.length) return null;
    const refused = this.turn.outcome === "refused";
    const rows = sources.map((source) => this.sourceRow(source, refused));
    const rowList = el("ol", { class: "source-list" }, ...rows);
    if (refused) return el("div", { class: "sources" }, el("h4", {}, WORDS.nearest), rowList);
    const summary = el("summary", {}, WORDS.sources(sources.length));
    return el("details", { class: "sources" }, summary, rowList);
  }

  /**
   * @param {Source} source
   * @param {boolean} plain nothing of it is quoted
   */
  sourceRow(source, plain) {
    const [quote = ""] = plain ? [] : quotesOf(source, this.turn.sentences);
    const number = el("span", { class: "number", "aria-hidden": "true" }, String(source.n));
    return el("li", {}, number, bookLink(source, quote, this.desk, place(source)));
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

  /** Copy and thumbs, and below them the form that asks why. */
  actions() {
    const rating = new Rating(this.turn, (feedback) => this.desk.rate(this.turn, feedback));
    const onclick = () => confirmCopy(copy, asMarkdown(this.turn));
    const copy = iconButton("copy", WORDS.copyAnswer, onclick);
    const row = el("div", { class: "actions" }, copy, rating.up, rating.down, rating.note);
    return [row, rating.why];
  }
}

/**
 * The words that sentences took from a source; without any, the source's own quote.
 *
 * @param {Source} source
 * @param {Sentence[]} sentences
 */
function quotesOf(source, sentences) {
  const evidence = sentences.flatMap((sentence) => list(sentence.evidence));
  const quotes = evidence.filter(({ n, quote }) => n === source.n && quote);
  const words = quotes.length ? quotes.map(({ quote }) => String(quote)) : [source.quote ?? ""];
  return [...new Set(words.filter(Boolean))];
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
  return String(text).replace(/[*`#|]+/g, " ");
}
