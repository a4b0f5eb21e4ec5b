// @ts-check
/** What stands below an answer: what the book proves of it, its sources, what the reader may do. */

/** @import {Kit} from "../later.js" */
/** @import {Desk} from "../turn.js" */
/** @import {Source, Turn} from "../types.js" */

import { cited } from "./cited.js";
import { Rating } from "./rating.js";

export const STYLES = `
.foot:not(:empty) { margin-top: 14px; display: grid; gap: 6px; font-size: 13px; color: var(--muted) }
.tally { display: flex; align-items: center; gap: 7px }
.tally .icon { font-size: 14px; color: var(--warn) } .tally.supported .icon { color: var(--good) }
.why:empty { display: none }
.withheld p { margin-block: 4px; padding-inline-start: 24px; line-height: 1.5 }
.sources summary { font-weight: 600 }
[open] > summary::before { rotate: 45deg; margin-top: .45em }
[dir=rtl] details:not([open]) > summary::before { rotate: 135deg }
.foot h4 { font-size: 12px; font-weight: 600; margin-bottom: 4px }
.next { margin-top: 10px; padding-top: 16px; border-top: 1px solid var(--line); color: var(--ink) }
.next h4 { margin-bottom: 8px; color: var(--muted) }
.source-list { list-style: none; display: grid; gap: 1px; margin-top: 4px }
.source-list li { display: flex; align-items: baseline; gap: 9px; padding: 4px 0 }
.actions { display: flex; align-items: center; gap: 2px; margin: 2px 0 0 -8px }
.rating-note { margin-inline-start: 8px; font-size: 13px }
`;

/**
 * @param {Kit} kit
 * @param {Turn} turn
 * @param {Desk} desk
 * @returns {HTMLElement[]}
 */
export function footOf(kit, turn, desk) {
  const rateable = turn.answer && (turn.sentences.length > 0 || turn.outcome === "refused");
  const actions = rateable ? actionsOf(kit, turn, desk) : [];
  const parts = [tally(kit, turn), withheld(kit, turn), sources(kit, turn, desk)];
  return [...parts, ...actions, nextOf(kit, turn, desk)].filter((part) => part !== null);
}

/** How many statements the book proves. @param {Kit} kit @param {Turn} turn */
function tally({ WORDS, el, icon, isClaim, isDoubtful }, turn) {
  const claims = turn.sentences.filter(isClaim);
  if (!claims.length || turn.outcome === "refused") return null;
  const proved = claims.filter((claim) => !isDoubtful(claim)).length;
  const all = proved === claims.length;
  const words = all ? WORDS.proved(proved) : WORDS.partlyProved(proved, claims.length);
  const verdict = all ? "supported" : "partly";
  return el("p", { class: `tally ${verdict}` }, icon(verdict), words);
}

/** How many statements were left out, and why. @param {Kit} kit @param {Turn} turn */
function withheld({ WORDS, el }, { left }) {
  if (left < 1) return null;
  const summary = el("summary", {}, WORDS.withheld(left));
  return el("details", { class: "withheld" }, summary, el("p", {}, WORDS.withheldWhy));
}

/** @param {Kit} kit @param {Turn} turn @param {Desk} desk */
function sources(kit, turn, desk) {
  const { WORDS, el } = kit;
  const all = cited(turn);
  if (!all.length) return null;
  const rows = all.map((source) => sourceRow(kit, turn, desk, source));
  const rowList = el("ol", { class: "source-list" }, ...rows);
  if (turn.outcome === "refused") {
    return el("div", { class: "sources" }, el("h4", {}, WORDS.nearest), rowList);
  }
  const summary = el("summary", {}, WORDS.sources(all.length));
  const open = turn.outcome === "quoted";
  return el("details", { class: "sources", open }, summary, rowList);
}

/** @param {Kit} kit @param {Turn} turn @param {Desk} desk @param {Source} source */
function sourceRow({ bookLink, el, place, quotesOf }, turn, desk, source) {
  const quotes = turn.outcome === "refused" ? [] : quotesOf(source, turn.sentences);
  const number = el("span", { class: "number", "aria-hidden": "true" }, String(source.n));
  return el("li", {}, number, bookLink(source, quotes[0] ?? "", desk, place(source)));
}

/** Copy and thumbs, and below them the form that asks why. @param {Kit} kit @param {Turn} turn @param {Desk} desk */
function actionsOf(kit, turn, desk) {
  const { WORDS, confirmCopy, el, iconButton } = kit;
  const rating = new Rating(kit, turn, desk);
  const copy = iconButton("copy", WORDS.copyAnswer, async () => {
    const part = await desk.part("markdown");
    if (part) confirmCopy(copy, part.asMarkdown(kit, turn));
  });
  const row = el("div", { class: "actions" }, copy, rating.up, rating.down, rating.note);
  return [row, rating.why];
}

/** Questions to go on with. @param {Kit} kit @param {Turn} turn @param {Desk} desk */
export function nextOf({ WORDS, el, list, questionRow }, turn, desk) {
  const questions = list(turn.next);
  if (!questions.length) return null;
  const rows = questions.map((question) => questionRow(String(question), desk));
  const starters = el("ul", { class: "starters" }, ...rows);
  return el("div", { class: "next" }, el("h4", {}, WORDS.next), starters);
}
