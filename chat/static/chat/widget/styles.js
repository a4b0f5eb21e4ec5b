// @ts-check
/** How it looks. */

/**
 * Site owners may set --ragbook-accent, --ragbook-font, --ragbook-z on `ragbook-widget`, and
 * style its parts: button, panel, header, thread, composer, card, about-this.
 */
export const STYLES = `
/* No box of its own: no rule of the page can move, transform or hide what is in it. */
:host { display: contents !important }
.root {
  all: initial; display: contents;
  --accent: var(--owner-accent, var(--ragbook-accent, #4f46e5)); --on-accent: #fff;
  --tint: color-mix(in srgb, var(--accent) 8%, var(--ground));
  --link: var(--accent);
  --ground: #fff; --raised: #f6f6f8; --line: #e4e4ea; --line-strong: #8b8b98;
  --ink: #1c1c24; --muted: #60606d; --good: #19704b; --warn: #8a4b00; --bad: #b3261e;
  --shadow: 0 0 0 1px rgb(20 20 40 / .05), 0 2px 6px rgb(20 20 40 / .06), 0 18px 48px -8px rgb(20 20 40 / .22);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font: 400 15px/1.6 var(--ragbook-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
  color: var(--ink); color-scheme: light; text-align: start;
}
.root[data-theme=dark] {
  --ground: #17181d; --raised: #202128; --line: #31323c; --line-strong: #7d7e8c;
  --ink: #ececf2; --muted: #a6a7b4; --good: #74d3a4; --warn: #f0b866; --bad: #ff9e95;
  --tint: color-mix(in srgb, var(--accent) 20%, var(--ground));
  --link: color-mix(in srgb, var(--accent) 45%, white);
  --shadow: 0 0 0 1px rgb(255 255 255 / .07), 0 18px 48px rgb(0 0 0 / .55);
  color-scheme: dark;
}
*, ::before, ::after { box-sizing: border-box }
.emblem, .icon-button, .send, .chip, .number { display: inline-grid; place-items: center; flex: none }
[hidden] { display: none !important }
h2, h3, h4, p, ul, ol, figure, blockquote, fieldset, pre { margin: 0; padding: 0; border: 0; min-inline-size: 0 }
button, textarea, input { font: inherit; color: inherit }
button { cursor: pointer; background: none; border: 0; padding: 0; text-align: inherit; transition: .15s; transition-property: background-color, border-color, color, filter, transform }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
.icon { width: 1.2em; height: 1.2em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }

.launcher, .panel { position: fixed; z-index: var(--ragbook-z, 2147483000) }
.launcher {
  bottom: calc(20px + env(safe-area-inset-bottom)); right: 20px; height: 48px; padding: 0 20px 0 16px;
  display: flex; align-items: center; gap: 10px; border-radius: 24px; font-weight: 600; font-size: 14px;
  color: var(--on-accent); background: var(--accent); box-shadow: var(--shadow);
}
.launcher .icon { width: 21px; height: 21px }
.launcher:hover { transform: translateY(-2px); filter: brightness(1.07) }
.left .launcher { left: 20px; right: auto }
.open .launcher { opacity: 0; visibility: hidden }

.panel {
  inset: 12px 12px 12px auto; width: min(432px, calc(100vw - 24px)); display: flex; flex-direction: column;
  background: var(--ground); border-radius: 18px; box-shadow: var(--shadow); overflow: hidden; animation: arrive .24s cubic-bezier(.2, .8, .2, 1);
}
.left .panel { inset: 12px auto 12px 12px }
[data-layout=bubble] .panel { top: auto; bottom: calc(20px + env(safe-area-inset-bottom)); margin-inline: 8px; width: min(400px, calc(100vw - 40px)); height: min(640px, calc(100dvh - 40px)) }
.still .panel { animation: none }
@keyframes arrive { from { opacity: 0; transform: translateX(20px) } }

header { display: flex; align-items: center; gap: 4px; padding: 12px 10px 12px 16px; border-bottom: 1px solid var(--line) }
header h2 { flex: 1; margin-inline-start: 8px; font-size: 15px; line-height: 1.4; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.emblem { width: 30px; height: 30px; border-radius: 8px; color: var(--link); background: var(--tint) }
.emblem.large { width: 56px; height: 56px; border-radius: 17px; font-size: 23px }
.icon-button { width: 34px; height: 34px; border-radius: 8px; color: var(--muted); font-size: 15px }
.icon-button:hover { background: var(--raised); color: var(--ink) }
.icon-button[aria-pressed=true] { color: var(--link); background: var(--tint) }
.icon-button[aria-pressed=true] .icon { fill: var(--tint) }
.turned .icon { rotate: 180deg }
.icon-button[data-done] { color: var(--good) }

.main { flex: 1; min-height: 0; display: flex; flex-direction: column }
.thread { position: relative; flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 20px 20px 28px; mask-image: linear-gradient(#000 calc(100% - 28px), transparent); scrollbar-width: thin; overflow-wrap: anywhere }
.thread:focus-visible, pre:focus-visible, .wide:focus-visible, .formula:focus-visible { outline-offset: -3px }
.hello { display: flex; flex-direction: column; align-items: center; justify-content: center; min-height: 100%; text-align: center }
.greeting { margin: 18px 0 6px; font-size: 21px; line-height: 1.4; font-weight: 700; letter-spacing: -.02em }
.promise { max-width: 290px; color: var(--muted); font-size: 14px; line-height: 1.5; text-wrap: balance }
.hello h3 { margin: 32px 0 10px; align-self: start; font-size: 12px; font-weight: 600; color: var(--muted) }
.starters { display: grid; gap: 8px; width: 100%; list-style: none }
.starters button {
  display: flex; align-items: center; justify-content: space-between; gap: 12px; width: 100%; padding: 11px 14px; font-size: 14px; line-height: 1.5;
  border: 1px solid var(--line); border-radius: 12px; text-align: start;
}
.starters button:hover { border-color: color-mix(in srgb, var(--accent) 50%, var(--line)); background: var(--tint) }
.starters .icon { rotate: 90deg; color: var(--muted); width: 15px; height: 15px }

[dir=rtl] .starters .icon { rotate: -90deg }

.turn + .turn { margin-top: 30px }
.asked { margin-inline-start: 8px; display: flex; flex-direction: column; align-items: end; gap: 6px }
.question { display: flex; align-items: center; gap: 2px }
.edit { width: 30px; height: 30px; opacity: 0 }
.turn:not(:last-child) .edit, .turn:not(:last-child) .next { display: none }
.turn:hover .edit, .edit:focus-visible { opacity: 1 }
.asked p { padding: 9px 15px; border-radius: 17px; border-end-end-radius: 5px; background: var(--tint); font-size: 14px; line-height: 1.5; white-space: pre-wrap }
.passage { flex: 1; padding-inline-start: 10px; border-inline-start: 3px solid var(--link); color: var(--muted); font-size: 13px; line-height: 1.5; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden }
.answer { margin-top: 18px }
.badge { display: inline-flex; align-items: center; gap: 7px; margin-bottom: 12px; padding: 3px 11px 3px 8px; border-radius: 20px; font-size: 12px; line-height: 1.6; font-weight: 600; color: var(--link); background: var(--tint) }
[data-outcome=quoted] .body { padding-inline-start: 14px; border-inline-start: 3px solid var(--tint) }
[data-outcome=refused] .answer { padding: 16px; border: 1px dashed var(--line-strong); border-radius: 12px }
[data-outcome=refused] .badge { color: var(--warn); background: color-mix(in srgb, var(--warn) 12%, var(--ground)); margin-bottom: 8px }
[data-outcome=refused] .state p { color: var(--muted); font-size: 14px }

.body > * + * { margin-top: 12px }
.body h3, .body h4, .body h5, .body h6 { margin-top: 20px; font-size: 15px; line-height: 1.4; font-weight: 600 }
.body > :first-child { margin-top: 0 }
.body ul, .body ol { padding-inline-start: 22px }
.body li + li, .body li > ul, .body li > ol { margin-top: 5px }
.body blockquote { padding-inline-start: 14px; border-inline-start: 3px solid var(--line); color: var(--muted) }
.body blockquote p + p { margin-top: 6px }
code { font: .875em/1.5 var(--mono); padding: .12em .36em; border-radius: 5px; background: var(--raised); border: 1px solid var(--line) }
[data-outcome=running] .sentence { animation: settle .3s ease-out }
@keyframes settle { from { opacity: 0; translate: 0 3px } }
.doubtful { text-decoration: underline dotted var(--warn) 1.5px; text-underline-offset: 4px }
figure.doubtful, tr.doubtful { outline: 1.5px dotted var(--warn) }

.proof { white-space: nowrap; line-height: 1 }
.proof > * { vertical-align: middle; margin-inline-end: 3px }
.mark { display: inline-flex; align-items: center; gap: 4px; font-size: 12px; font-weight: 600 }
.mark .icon { font-size: 13px }
.mark.supported { color: var(--good); opacity: .8 }
.mark:not(.supported) { color: var(--warn) }
.mark.contradicted { color: var(--bad) }
.chip, .number { min-width: 19px; height: 19px; padding: 0 5px; border-radius: 6px; font-size: 11px; font-weight: 600; line-height: 1; color: var(--link); background: var(--tint) }
.chip { position: relative }
.chip::after { content: ""; position: absolute; inset: -4px -2px }
.chip:hover, .chip[aria-expanded=true] { color: var(--on-accent); background: var(--accent) }

.code { border: 1px solid var(--line); border-radius: 12px; overflow: hidden; background: var(--raised) }
.code-head { display: flex; align-items: center; justify-content: space-between; padding: 5px 6px 5px 13px; border-bottom: 1px solid var(--line); font-size: 12px; color: var(--muted) }
.code-head figcaption { display: flex; align-items: center }
.quiet { padding: 3px 9px; border-radius: 8px; font-size: 12px; font-weight: 600; color: var(--muted) }
.quiet:hover { color: var(--ink); background: var(--line) }
.quiet[data-done] { color: var(--good) }
.code pre { padding: 12px 14px; overflow-x: auto; max-height: 380px; scrollbar-width: thin; tab-size: 4 }
.body .code code { padding: 0; border: 0; background: none; font-size: 13px; line-height: 1.6; overflow-wrap: normal; white-space: pre }
.formula { display: block; margin-block: 10px; overflow: auto hidden; scrollbar-width: thin; text-align: center; font-size: 1.1em }
.formula math { math-style: normal }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 12px; scrollbar-width: thin }
table { border-collapse: collapse; width: 100%; font-size: 13px; line-height: 1.5 }
th, td { padding: 8px 10px; text-align: start; vertical-align: top; overflow-wrap: break-word; min-width: 64px }
th { font-weight: 600; background: var(--raised); white-space: nowrap }
tr + tr > *, tbody:not(:empty) tr:first-child > td { border-top: 1px solid var(--line) }
thead:empty + tbody tr:first-child > td { border-top: 0 }

.state:not(:empty) { margin-top: 10px }
.body:empty + .state { margin-top: 0 }
.thinking { display: flex; align-items: center; gap: 10px; min-height: 26px; font-size: 13px; color: var(--muted) }
.dots { display: inline-flex; gap: 4px }
.dots i { width: 6px; height: 6px; border-radius: 50%; background: var(--link); animation: breathe 1.3s infinite ease-in-out }
.dots i:nth-child(2) { animation-delay: .16s } .dots i:nth-child(3) { animation-delay: .32s }
@keyframes breathe { 0%, 75%, 100% { opacity: .22; transform: scale(.8) } 35% { opacity: 1; transform: none } }
.note { font-size: 13px; color: var(--muted); margin-bottom: 8px }
.failure { display: flex; gap: 12px; padding: 14px; border-radius: 12px; font-size: 14px; background: color-mix(in srgb, var(--bad) 8%, var(--ground)); border: 1px solid color-mix(in srgb, var(--bad) 28%, var(--ground)) }
.failure > .icon { color: var(--bad); font-size: 17px; margin-top: 2px }
.failure .action { margin-top: 10px }
.action { padding: 6px 14px; border: 1px solid var(--line-strong); border-radius: 12px; font-size: 13px; font-weight: 600; background: var(--ground) }
.action:hover:not(:disabled) { background: var(--raised) }
.action:disabled { color: var(--muted); border-color: var(--line) }

summary { display: inline-flex; align-items: start; gap: 7px; cursor: pointer; border-radius: 6px; list-style: none }
summary::-webkit-details-marker { display: none }
summary::before { content: ""; width: 6px; height: 6px; margin: .55em 4px 0; border: solid currentColor; border-width: 0 1.6px 1.6px 0; rotate: -45deg; flex: none }
a { color: var(--link); text-decoration: underline; text-decoration-color: color-mix(in srgb, var(--link) 35%, transparent); text-underline-offset: 3px; border-radius: 3px }
.main[inert] { display: none }

.notice { margin: 0 16px 8px; padding: 8px 13px; border-radius: 12px; font-size: 13px; line-height: 1.5; color: var(--warn); background: color-mix(in srgb, var(--warn) 12%, var(--ground)) }
.composer { margin: 0 14px 14px; border: 1px solid var(--line-strong); border-radius: 16px; background: var(--ground) }
.composer:focus-within { border-color: var(--link); box-shadow: 0 0 0 3px color-mix(in srgb, var(--link) 18%, transparent) }
.composer .row { display: flex; align-items: end; gap: 6px; padding: 6px }
.composer textarea { flex: 1; min-width: 0; height: 36px; max-height: 160px; padding: 6px 6px 6px 10px; border: 0; outline: 0; background: none; font-size: 15px; line-height: 24px; resize: none }
textarea::placeholder { color: var(--muted); opacity: 1 }
[dir=rtl] textarea:placeholder-shown { direction: rtl }
.send { width: 36px; height: 36px; border-radius: 12px; color: var(--on-accent); background: var(--accent) }
.send:hover:not(:disabled) { filter: brightness(1.08) }
.send:disabled { color: var(--muted); background: var(--raised) }

@media (max-width: 640px) {
  .panel, .left .panel, [data-layout=bubble] .panel { inset: 0 0 auto 0; margin: 0; width: 100%; height: 100dvh; border-radius: 0; padding-bottom: env(safe-area-inset-bottom) }
  .composer textarea { font-size: 16px }
  .launcher { width: 54px; height: 54px; padding: 0; justify-content: center; border-radius: 50% }
  .launcher span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .icon-button { width: 40px; height: 40px }
  .edit { width: 32px; height: 32px; opacity: .7 }
  @keyframes arrive { from { opacity: 0; transform: translateY(24px) } }
}
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation: none !important; transition: none !important }
}
@supports (color: oklch(from red l c h)) {
  .root { --on-accent: oklch(from var(--accent) clamp(0, (.66 - l) * 999, 1) 0 0) }
}
@media print { :host { display: none !important } }
`;

/** @param {string} css */
export function styleSheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}
