// @ts-check
// Buttons that copy the text of a field: <button data-copies="id of the field" data-copied="Done">.

const SHOWN_MS = 2000;

/** @param {HTMLInputElement | HTMLTextAreaElement} field */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select(); // without leave, or on a page without TLS: the older way
    document.execCommand("copy");
  }
}

/** @type {NodeListOf<HTMLElement>} */
const buttons = document.querySelectorAll("[data-copies]");
for (const button of buttons) {
  const label = button.textContent;
  const field = document.getElementById(button.dataset.copies ?? "");
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await copy(/** @type {HTMLInputElement | HTMLTextAreaElement} */ (field));
    button.textContent = button.dataset.copied ?? label;
    setTimeout(() => (button.textContent = label), SHOWN_MS);
  });
}
