// Buttons that copy the text of a field: <button data-copies="id of the field" data-copied="Done">.

const SHOWN_MS = 2000

async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value)
  } catch {
    field.select() // without leave, or on a page without TLS: the older way
    document.execCommand("copy")
  }
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const label = button.textContent
  button.setAttribute("aria-live", "polite")
  button.addEventListener("click", async () => {
    await copied(document.getElementById(button.dataset.copies))
    button.textContent = button.dataset.copied
    setTimeout(() => (button.textContent = label), SHOWN_MS)
  })
}
