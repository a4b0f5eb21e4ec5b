"""What is counted and timed, for Prometheus. Labels come from closed vocabularies only."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60)
_MILLIS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1)

ANSWERS = Counter("ragbook_answers_total", "Answers ended.", ["outcome", "verdict"])
SENTENCES = Counter("ragbook_sentences_total", "Sentences judged.", ["verdict", "shown"])
TOKENS = Counter("ragbook_tokens_total", "Model tokens, as reported or estimated.", ["direction"])
MODEL_ERRORS = Counter("ragbook_model_errors_total", "Failed model calls.", ["kind"])
REFUSED_REQUESTS = Counter("ragbook_refused_requests_total", "Requests refused.", ["code"])
FIRST_SENTENCE_SECONDS = Histogram(
    "ragbook_first_sentence_seconds", "Question to first shown sentence.", buckets=_SECONDS
)
ANSWER_SECONDS = Histogram("ragbook_answer_seconds", "Question to end.", buckets=_SECONDS)
RETRIEVAL_SECONDS = Histogram("ragbook_retrieval_seconds", "One search.", buckets=_MILLIS)
JUDGE_SECONDS = Histogram("ragbook_judge_seconds", "One sentence judged.", buckets=_MILLIS)
POOL_WAIT_SECONDS = Histogram(
    "ragbook_pool_wait_seconds", "Work waited for a thread of its pool.", ["pool"], buckets=_MILLIS
)
RUNNING_ANSWERS = Gauge("ragbook_running_answers", "Answers being written in this process.")
BUDGET_LEFT = Gauge(
    "ragbook_budget_left_tokens",
    "Tokens left when a question was last asked.",
    ["book", "period"],
)
OPEN_SOCKETS = Gauge("ragbook_open_sockets", "Open WebSocket connections of this process.")
