// What the server says besides success.
function retryAfter(value) {
  const seconds = Number(value);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 5;
}

// A problem's words; without a body (an Envoy's own answer) a sentence of ours.
function wordsOf(status, body) {
  if (body && (body.detail || body.title)) return body.detail || body.title;
  return status >= 500 ? `The server has a problem (${status}).` : `The server refused this (${status}).`;
}

// Words, and after the end of a session the way back to this place: pieces of a line.
function refusalOf(status, body) {
  if (status !== 401) return [wordsOf(status, body)];
  const href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  return ["You are logged out. ", make("a", { href, textContent: "Log in" }), " to continue."];
}

const bodyOf = (answer) => answer.json().catch(() => null);

// Who gave an answer: problem details name a filter, and nobody else.
function answeredBy(body) {
  const name = { filter: "Wasm filter", module: "dynamic module" }[body && body.answered_by];
  if (name) return `Answered by the ${name} in Envoy. The application never saw this request.`;
  return body && body.code ? "Answered by the application." : "";
}

// Status and headers, and first what a filter tells.
function headersOf(answer) {
  const told = ([name]) => /^(x-imagehub|ratelimit|retry)/.test(name);
  const headers = [...answer.headers].sort((one, other) => told(other) - told(one));
  return [`HTTP ${answer.status} ${answer.statusText}`, ...headers.map((header) => header.join(": "))].join("\n");
}
