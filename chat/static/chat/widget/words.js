// @ts-check
/** Everything the interface says, in the language of the page: one file each in words/. */

/** @import {Parts} from "./later.js" */

/** What the button says before the rest of its language is there. @type {Record<string, string>} */
const LABELS = {
  en: "Ask the book",
  de: "Das Buch fragen",
  es: "Pregunta al libro",
  fr: "Demander au livre",
  zh: "向本书提问",
  ja: "本に質問する",
  ur: "کتاب سے پوچھیں",
  ar: "اسأل الكتاب",
};

/** The page's language, as far as the interface speaks it. */
export function pageLanguage() {
  const said = document.documentElement.lang || navigator.language;
  const language = said.toLowerCase().split(/[-_]/)[0];
  return Object.hasOwn(LABELS, language) ? language : "en";
}

/** @param {string} language */
export function isRightToLeft(language) {
  return language === "ar" || language === "ur";
}

/** @type {typeof import("./words/en.js").words} */
// @ts-ignore: filled by speak() before anything is drawn
export const WORDS = { ask: LABELS[pageLanguage()] };

/**
 * Load the words of the page's language, and of no other.
 *
 * @param {Parts} parts
 */
export async function speak(parts) {
  const { words } = await parts.get(`words/${pageLanguage()}`);
  Object.assign(WORDS, words);
}

/** "30 sec", "2 min" in the page's language. @param {number} seconds */
export function timeInWords(seconds) {
  const minutes = seconds >= 100;
  const unit = minutes ? "minute" : "second";
  const style = /** @type {const} */ ({ style: "unit", unit, unitDisplay: "short" });
  return new Intl.NumberFormat(pageLanguage(), style).format(
    minutes ? Math.ceil(seconds / 60) : seconds,
  );
}
