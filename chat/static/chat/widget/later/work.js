// @ts-check
/**
 * Proof of work, for books that want it of whoever opens a conversation: ALTCHA's challenge, in its
 * second version, solved by the browser's own PBKDF2. That computes beside the page, so that the
 * page stays quick, and needs neither a worker nor anybody else's server.
 */

/** @import {Chat} from "../chat.js" */
/** @import {Kit} from "../later.js" */
/** @import {Turn} from "../types.js" */

/**
 * @typedef {{parameters: {nonce: string, salt: string, cost: number, keyLength: number,
 *   keyPrefix: string}, signature: string}} Challenge
 */

/** So many numbers are tried at once: a browser spreads them over its cores. */
const TOGETHER = 32;
/** A server that refuses good proofs of the same question is not asked for ever. */
const TRIES = 3;

/** @type {WeakMap<Turn, number>} */
const tries = new WeakMap();

/**
 * The proof for the question that is due; "" when there is none to be had.
 *
 * @param {Kit} kit
 * @param {Chat} chat
 */
export async function proof({ WORDS }, { api, panel, thread }) {
  const turn = thread.active;
  const tried = (turn && tries.get(turn)) ?? 0;
  if (!turn || tried >= TRIES) return "";
  tries.set(turn, tried + 1);
  panel.say(WORDS.proving);
  try {
    return await solved(await api.call(`books/${encodeURIComponent(api.slug)}/challenge`));
  } catch (error) {
    console.warn("ragbook: no proof of work", error);
    return "";
  } finally {
    panel.say("");
  }
}

/** @param {Challenge} challenge @returns {Promise<string>} what ALTCHA calls its payload */
async function solved(challenge) {
  for (let first = 0; ; first += TOGETHER) {
    const counters = Array.from({ length: TOGETHER }, (_, i) => first + i);
    const keys = await Promise.all(counters.map((counter) => keyOf(challenge, counter)));
    const found = keys.findIndex((key) => key.startsWith(challenge.parameters.keyPrefix));
    if (found < 0) continue;
    const solution = { counter: first + found, derivedKey: keys[found] };
    return btoa(JSON.stringify({ challenge, solution }));
  }
}

/** @param {Challenge} challenge @param {number} counter @returns {Promise<string>} hexadecimal */
async function keyOf({ parameters }, counter) {
  const nonce = bytes(parameters.nonce);
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const { cost: iterations, keyLength } = parameters;
  const method = { name: "PBKDF2", hash: "SHA-256", salt: bytes(parameters.salt), iterations };
  return hex(await crypto.subtle.deriveBits(method, key, 8 * keyLength));
}

/** @param {string} digits hexadecimal */
function bytes(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {ArrayBuffer} buffer */
function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
