// @ts-check
/** The form that asks what was wrong with an answer. */

/** @import {Kit} from "../later.js" */
/** @import {Feedback} from "../types.js" */

import { CHOICE_STYLES, choice } from "./choices.js";

export const STYLES =
  CHOICE_STYLES +
  `
.reasons { display: grid; gap: 12px; margin-top: 4px; padding: 14px; border: 1px solid var(--line); border-radius: 14px; color: var(--ink); justify-items: start }
.reasons textarea { width: 100%; padding: 8px 12px; border: 1px solid var(--line-strong); border-radius: 12px; background: var(--ground); font-size: 14px; line-height: 1.5; resize: vertical }
`;

const COMMENT_LIMIT = 1000;

/**
 * @param {Kit} kit
 * @param {(feedback: Feedback) => void} send
 */
export function reasonsForm(kit, send) {
  const { WORDS, el } = kit;
  const choices = WORDS.reasons.map(([value, label]) => choice(kit, "reason", value, label));
  const label = { "aria-label": WORDS.comment, placeholder: WORDS.comment };
  const comment = el("textarea", {
    rows: "2",
    maxlength: String(COMMENT_LIMIT),
    dir: "auto",
    ...label,
  });
  const question = el("fieldset", {}, el("legend", {}, WORDS.whatWasWrong), ...choices);
  const button = el("button", { class: "action" }, WORDS.sendFeedback);
  const form = el("form", { class: "reasons" }, question, comment, button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = form.querySelector("input:checked")?.getAttribute("value") ?? undefined;
    send({ helpful: false, reason, comment: comment.value.trim() || undefined });
  });
  return form;
}
