// Why the queue stands still, and how it goes on: with the clock, by itself, or by a click.
const LIMITED = { words: "That was a lot of uploads. They continue automatically", shows: ["more"], clock: true };
const LIMITED_TOGETHER = { ...LIMITED, words: "Everybody here together has uploaded a lot. The uploads continue automatically" };
const UNWELL = { words: "The server has a problem at the moment. The uploads continue automatically", shows: [], clock: true, fault: true, counts: true };
const UNREACHABLE = { words: "The server cannot be reached. The uploads continue automatically", shows: [], clock: true, fault: true, counts: true, online: true };
// A browser may be wrong about that: it is tried, but not held against the file.
const OFFLINE = { words: "This device seems to be offline. The uploads continue automatically", shows: [], clock: true, fault: true, online: true };
const FULL = { shows: ["more", "room"] };
const HOLDS = {
  0: UNREACHABLE,
  401: { words: "You are logged out. Log in again in a new tab, then continue here: nothing is lost.", shows: ["login"] },
  403: { words: "You can no longer add pictures here. Ask an owner of the gallery, then continue here: nothing is lost.", shows: [] },
  429: LIMITED,
  502: UNWELL, 503: UNWELL, 504: UNWELL,
  507: { shows: [] },
};
// Seconds until the next try when the server does not say.
const TIMEOUT = [5, 10, 20];

// What an answer means for all files; undefined when it is about the one that was sent.
function holdFor(status, answer) {
  const { code, bucket } = answer || {};
  if (code === "quota_exceeded") return FULL;
  if (status === 429 && bucket === "tenant") return LIMITED_TOGETHER;
  return status === 0 && !navigator.onLine ? OFFLINE : HOLDS[status];
}

function queueHold(form, lines, say, goOn) {
  const note = one("[data-held]", form);
  const why = one("[data-held-why]", note);
  const countdown = one("[data-countdown]", note);
  const shown = { more: () => one("[data-upgrade], [data-more]", note), login: () => one("[data-log-in]", note), room: () => one("[data-room]", note) };
  let held = null;
  let until = 0;
  let faults = 0;

  function start(hold, reason, header) {
    // Requests under way may end in different ways: what needs a person comes before a clock.
    if (held && !held.clock && hold.clock) return;
    const news = hold !== held;
    held = hold;
    why.textContent = hold.words || reason;
    countdown.textContent = "";
    for (const [name, find] of Object.entries(shown)) { const element = find(); if (element) element.hidden = !hold.shows.includes(name); }
    note.hidden = false;
    stopCountDown(countdown);
    if (hold.clock) {
      const fault = hold.fault && !(Number(header) > 0);
      const told = fault ? TIMEOUT[Math.min(faults, TIMEOUT.length - 1)] : retryAfter(header);
      until = Math.max(until, Date.now() + told * 1000);
      countDown(countdown, (until - Date.now()) / 1000, resume);
    }
    if (hold.fault && news) faults += 1;
    if (news) say(hold.clock ? `${hold.words} ${countdown.textContent}.` : why.textContent);
  }

  function resume() {
    forget();
    say("The uploads continue.");
    goOn();
  }

  function forget() {
    if (!held) return;
    stopCountDown(countdown);
    [held, until] = [null, 0];
    const had = note.contains(document.activeElement);
    note.hidden = true;
    if (had) lines.focus();
  }

  one("[data-go-on]", note).addEventListener("click", resume);
  window.addEventListener("online", () => { if (held && held.online) resume(); });
  wireUpgrade(note, () => { resume(); lines.focus(); });
  return {
    start, forget,
    holds: () => held !== null,
    // After a fault one file goes ahead to see.
    careful: () => faults > 0,
    well: () => { faults = 0; },
  };
}
