// Pulling an original: what is left, the last answers, and a card once one is a refusal.
function wirePull(section) {
  const button = one("[data-pull-button]", section);
  const often = one("[data-pull-often]", section);
  const note = one("[data-pull-note]", section);
  const meters = all("[data-meter]", section);
  const refused = one("[data-refused]", section);
  const record = answerRow(section);
  let [busy, held] = [false, false];
  const say = (text) => { note.textContent = text; note.hidden = !text; };
  const show = () => [button, often].forEach((each) => {
    if (busy || held) each.setAttribute("aria-disabled", "true"); else each.removeAttribute("aria-disabled");
  });
  const allow = () => {
    // The button that had the focus may be gone.
    if (!document.activeElement.checkVisibility()) button.focus();
    held = false;
    show();
  };
  const card = wireRefusal(refused, allow);

  async function ask() {
    const asked = Date.now();
    const answer = await fetch(section.dataset.pull, { headers: { accept: "image/*, application/json" }, cache: "no-store" });
    noteFilter(answer);
    meters.forEach((meter) => showMeter(meter, (name) => answer.headers.get(name), "pulls", asked));
    record(answer.status);
    return answer;
  }

  // One after the other; `use` takes what comes.
  async function pull(times, use, words) {
    if (busy || held) return;
    busy = true;
    let passed = 0;
    card.close();
    show();
    try {
      for (let number = 1; number <= times; number += 1) {
        say(times > 1 ? `Pull ${number} of ${times}` : "");
        const answer = await ask();
        held = answer.status === 429;
        if (answer.ok) { passed += 1; await use(answer); } else { await card.show(answer); }
      }
      say(words(passed));
    } catch { say("The server cannot be reached."); }
    busy = false;
    show();
  }

  const drop = (answer) => answer.body.pipeTo(new WritableStream());
  button.addEventListener("click", (event) => {
    event.preventDefault();
    pull(1, save, (passed) => (passed ? "Pulled." : ""));
  });
  often.addEventListener("click", () => pull(11, drop, (passed) => `${passed} pulls passed, ${11 - passed} refused.`));
  wireUpgrade(refused, (plan) => {
    card.close();
    allow();
    say(`Upgraded to ${plan}.`);
    button.focus();
    showUpgradedMeters(meters, plan, "pulls").catch(() => meters.forEach(forgetMeter));
  });
  document.addEventListener("filterchange", () => { card.close(); allow(); });
}

async function save(answer) {
  const name = nameOf(answer.headers.get("content-disposition") || "") || "image";
  const link = make("a", { href: URL.createObjectURL(await answer.blob()), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// The last twenty answers, the newest first, as long as the page lives.
function answerRow(section) {
  const list = one("[data-answers]", section);
  return (status) => {
    const words = `${status} at ${new Date().toLocaleTimeString("en", { hourCycle: "h23" })}`;
    const item = make("li", { title: words, className: status < 400 ? "" : "refusal" }, make("span", { className: "unseen", textContent: words }));
    list.prepend(item);
    if (list.children.length > 20) list.lastChild.remove();
    one("[data-answers-newest]", section).textContent = words;
  };
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
