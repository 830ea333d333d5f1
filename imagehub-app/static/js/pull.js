// Pulling an original: what is left, and a countdown once nothing is.
function wirePull(section) {
  const button = one("[data-pull-button]", section);
  const refused = one("[data-refused]", section);
  const note = one("[data-pull-note]", section);
  const say = (text) => { note.textContent = text; note.hidden = !text; };
  const enable = (on) => { if (on) button.removeAttribute("aria-disabled"); else button.setAttribute("aria-disabled", "true"); };
  const save = (blob, answer) => {
    const named = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") || "");
    const link = make("a", { href: URL.createObjectURL(blob), download: named ? named[1] : "image" });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const pull = async () => {
    enable(false);
    say("");
    try {
      const answer = await fetch(section.dataset.pull, { headers: { accept: "image/*, application/json" }, cache: "no-store" });
      showMeter(one("[data-meter]", section), (name) => answer.headers.get(name), "pulls");
      if (answer.status === 429) {
        refused.hidden = false;
        countDown(one("[data-countdown]", refused), retryAfter(answer.headers.get("retry-after")), () => { refused.hidden = true; enable(true); });
        return;
      }
      refused.hidden = true;
      if (answer.ok) { save(await answer.blob(), answer); say("Pulled."); } else { say(await problemOf(answer)); }
    } catch { say("The server could not be reached."); }
    enable(true);
  };
  button.addEventListener("click", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") !== "true") pull();
  });
  wireUpgrade(refused, (plan) => { clearInterval(one("[data-countdown]", refused).ticking); enable(true); say(`Upgraded to ${plan}.`); }, say);
}
