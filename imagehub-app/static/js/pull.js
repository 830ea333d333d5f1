// Pulling an original: what is left, and a countdown once nothing is.
function wirePull(section) {
  const button = one("[data-pull-button]", section);
  const refused = one("[data-refused]", section);
  const countdown = one("[data-countdown]", refused);
  const why = one("[data-refused-why]", refused);
  const note = one("[data-pull-note]", section);
  const say = (text) => { note.textContent = text; note.hidden = !text; };
  const enable = (on) => { if (on) button.removeAttribute("aria-disabled"); else button.setAttribute("aria-disabled", "true"); };
  const save = (blob, answer) => {
    const name = nameOf(answer.headers.get("content-disposition") || "") || "image";
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  // The button that had the focus goes away with the note.
  const allow = (words) => {
    const had = refused.contains(document.activeElement);
    stopCountDown(countdown);
    refused.hidden = true;
    enable(true);
    say(words);
    if (had) button.focus();
  };
  const pull = async () => {
    enable(false);
    say("");
    const asked = Date.now();
    try {
      const answer = await fetch(section.dataset.pull, { headers: { accept: "image/*, application/json" }, cache: "no-store" });
      showMeter(one("[data-meter]", section), (name) => answer.headers.get(name), "pulls", asked);
      if (answer.status === 429) {
        const { bucket } = (await answer.json().catch(() => null)) || {};
        why.textContent = bucket === "tenant" ? "Everybody here together has used up the pulls for now." : "That was the last pull for now.";
        refused.hidden = false;
        countDown(countdown, retryAfter(answer.headers.get("retry-after")), () => allow("You can pull again."));
        return;
      }
      refused.hidden = true;
      if (answer.ok) { save(await answer.blob(), answer); say("Pulled."); } else { say(await problemOf(answer)); }
    } catch { say("The server cannot be reached."); }
    enable(true);
  };
  button.addEventListener("click", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") pull();
  });
  wireUpgrade(refused, (plan) => { allow(`Upgraded to ${plan}.`); button.focus(); });
}

// The name an answer is to be saved under: the exact one before its stand-in in ASCII (RFC 6266).
function nameOf(disposition) {
  const exact = /filename\*=UTF-8''([^;]+)/i.exec(disposition);
  if (exact) {
    try { return decodeURIComponent(exact[1]); } catch { /* Then the stand-in. */ }
  }
  const plain = /filename="([^"]+)"/.exec(disposition);
  return plain ? plain[1] : null;
}
