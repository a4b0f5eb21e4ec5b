// Keeps the page of a job up to date while a worker is at it, and reloads it at the end.

const EVERY_MS = 1500
const place = document.querySelector("[data-status]")

async function look() {
  const reply = await fetch(place.dataset.status, { headers: { Accept: "application/json" } })
  if (!reply.ok) return true // logged out, or the server restarts: look again
  const { active, html } = await reply.json()
  place.innerHTML = html // rendered and escaped by the server, like the page itself
  return active
}

async function watch() {
  const active = document.hidden ? true : await look().catch(() => true)
  if (active) setTimeout(watch, EVERY_MS)
  else location.reload()
}

if (place) setTimeout(watch, EVERY_MS)
