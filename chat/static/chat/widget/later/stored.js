// @ts-check
/** Turns of a conversation as the server keeps it. */

/** @import {Kit} from "../later.js" */
/** @import {Turn} from "../types.js" */

/**
 * A turn from a stored answer, as `GET conversations/{id}` tells it.
 *
 * @param {Kit} kit
 * @param {any} answer
 * @returns {Turn}
 */
export function turnOf({ list, randomId, unanswered }, answer) {
  const { id, question, outcome, citations, text, withheld } = answer;
  const asked = { clientId: randomId(), question: String(question), selection: "", scope: "book" };
  const turn = unanswered({ ...asked, pageUrl: location.href.split(/[?#]/)[0], replaces: null });
  const sentences = list(/** @type {any[]} */ (answer.sentences));
  const failed = /failed|interrupted/.test(outcome);
  return {
    ...turn,
    answer: id ?? null,
    outcome: failed ? "failed" : String(outcome),
    sources: list(citations),
    sentences: sentences.filter((sentence) => sentence.shown),
    withheld: sentences.filter((sentence) => !sentence.shown).map(({ ordinal }) => ordinal),
    left: Number(withheld) || 0,
    citations: list(citations),
    text: String(text ?? ""),
    byEditors: answer.by_editors === true,
    failure: failed ? { code: "interrupted", message: "", retryable: true, retryAt: 0 } : null,
  };
}
