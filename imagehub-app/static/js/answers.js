// What the server says besides success.
function retryAfter(value) {
  const seconds = Number(value);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 5;
}

// A problem's words; without a body (an Envoy's own answer) a sentence of ours.
function wordsOf(status, body) {
  if (body && (body.detail || body.title)) return body.detail || body.title;
  return status >= 500 ? `The server is not well (${status}).` : `The server refused it (${status}).`;
}

async function problemOf(answer) {
  const body = await answer.json().catch(() => null);
  return wordsOf(answer.status, body);
}
