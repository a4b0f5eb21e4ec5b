// @ts-check
/** The keys of a review's page: one letter presses the button that shows it. */

const KEPT = "ragbook-desk-keys";
const box = /** @type {HTMLInputElement} */ (document.getElementById("desk-keys"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("desk-decision"));

box.checked = localStorage.getItem(KEPT) !== "off";
box.closest("label")?.removeAttribute("hidden");
box.addEventListener("change", show);
show();

/** Letters that a person types elsewhere, or speaks, must not decide anything (WCAG 2.1.4). */
function show() {
  localStorage.setItem(KEPT, box.checked ? "on" : "off");
  form.classList.toggle("desk-without-keys", !box.checked);
}

document.addEventListener("keydown", (event) => {
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
  if (busy || !box.checked || isTyping(event.target)) return;
  const key = CSS.escape(event.key.toLowerCase());
  const button = /** @type {HTMLElement | null} */ (form.querySelector(`[data-key="${key}"]`));
  if (!button) return;
  event.preventDefault();
  button.click();
});

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof Element && target.closest("input, select, textarea, dialog") !== null;
}
