// @ts-check
/** The sources of an answer that its reader may open. */

/** @import {Turn} from "../types.js" */

const NEAREST = 5;

/** What shown sentences cite; of a refusal, the nearest sections. @param {Turn} turn */
export function cited(turn) {
  const all = turn.citations.length ? turn.citations : turn.sources;
  if (turn.outcome === "refused") return all.slice(0, NEAREST);
  const used = new Set(turn.sentences.flatMap((sentence) => sentence.citations ?? []));
  return all.filter((source) => used.has(source.n));
}
