// The card that says why a request was refused, by whom, and when the next one may pass. It stays
// until it is dismissed or the next request is made: it may be talked about.
function wireRefusal(card, mayAgain) {
  const part = (name) => one(`[data-refused-${name}]`, card);
  const countdown = one("[data-countdown]", card);
  const close = () => { stopCountDown(countdown); card.hidden = true; };
  part("dismiss").addEventListener("click", () => { close(); mayAgain(); });

  function over() {
    part("until").hidden = true;
    part("over").textContent = "You can pull again.";
    mayAgain();
  }

  async function show(answer) {
    const body = await bodyOf(answer);
    const limited = answer.status === 429;
    const why = body && body.bucket === "tenant" ? "Everybody here together has used up the pulls for now." : "That was the last pull for now.";
    part("why").replaceChildren(...limited ? [why] : refusalOf(answer.status, body));
    part("until").hidden = !limited;
    part("over").textContent = "";
    if (part("more")) part("more").hidden = !limited;
    part("by").textContent = answeredBy(body);
    part("headers").textContent = headersOf(answer);
    card.hidden = false;
    if (limited) countDown(countdown, retryAfter(answer.headers.get("retry-after")), over);
  }

  return { show, close };
}
