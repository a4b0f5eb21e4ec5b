// @ts-check
/**
 * The values that travel, as types. Nothing here exists at run time.
 *
 * @typedef {{n: number, title: string, heading_path: string[], url: string, quote?: string}} Source
 * @typedef {{n: number, quote: string}} Evidence
 * @typedef {{type: string, text?: string, n?: number, display?: boolean, mathml?: any[],
 *   children?: Inline[]}} Inline
 * @typedef {{type: string, joins?: boolean, level?: number, ordered?: boolean, number?: number,
 *   depth?: number, header?: boolean, language?: string, text?: string, children?: Inline[],
 *   cells?: Inline[][]}} Block
 * @typedef {{ordinal: number, text: string, tree: Block, verdict: string, support: number,
 *   citations: number[], evidence: Evidence[], model_code?: boolean}} Sentence
 * @typedef {"book" | "chapter" | "page" | "selection"} Scope
 * @typedef {{code: string, message: string, retryable: boolean, retryAt: number}} Failure
 * @typedef {{clientId: string, question: string, selection: string, scope: Scope,
 *   pageUrl: string, replaces: string | null}} Question
 * @typedef {Question & {answer: string | null, outcome: string, sources: Source[],
 *   sentences: Sentence[], withheld: number[], left: number, citations: Source[], text: string,
 *   byEditors: boolean, failure: Failure | null, helpful: boolean | null,
 *   next: string[]}} Turn
 * @typedef {{conversation: string | null, token: string | null, turns: Turn[]}} SavedThread
 * @typedef {{thread: SavedThread, open: boolean, draft: string, streams: boolean}} Saved
 * @typedef {{id: string, token: string, title: string, at: number}} Past a conversation of this reader
 * @typedef {{slug: string, title: string, language: string, mode: string,
 *   starter_questions: string[], sharing?: boolean}} BookInfo
 * @typedef {{helpful: boolean, reason?: string, comment?: string}} Feedback
 * @typedef {{book: string, host: URL, home: URL, label: string, title: string, accent: string,
 *   position: string, layout: string, theme: string, button: string, shortcut: string,
 *   about: string, search: string, open: string, param: string, events: string, history: string,
 *   transport: string}} Options
 * @typedef {{selection?: string, question?: string, scope?: Scope}} Opening how the panel opens: with
 *   a passage quoted, with a question asked at once
 * @typedef {{follow: (event: MouseEvent, link: URL, quote: string) => void}} Follower
 */

export {};
