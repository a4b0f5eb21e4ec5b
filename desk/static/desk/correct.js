// @ts-check
/** Passages appear while the editor types; without this script a button brings them. */

const WAIT_MS = 300;
const form = /** @type {HTMLFormElement} */ (document.getElementById("desk-correct"));
const offers = /** @type {HTMLElement} */ (document.getElementById("desk-offers"));
const search = /** @type {HTMLInputElement} */ (form.elements.namedItem("search"));

let timer = 0;
let asked = 0;

search.addEventListener("input", () => {
  clearTimeout(timer);
  timer = window.setTimeout(find, WAIT_MS);
});

search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  find();
});

/** Show what the book has; what is ticked stays, and an answer that comes late is dropped. */
async function find() {
  clearTimeout(timer);
  const mine = ++asked;
  const address = new URL(String(form.dataset.passages), location.href);
  address.searchParams.set("q", search.value);
  for (const box of form.querySelectorAll("input[name=passage]:checked"))
    address.searchParams.append("passage", /** @type {HTMLInputElement} */ (box).value);
  const reply = await fetch(address).catch(() => null);
  if (mine !== asked || !reply?.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (mine === asked) offers.replaceChildren(...page.body.children);
}

document.getElementById("desk-judged")?.focus();
