// Whoever was logged out meanwhile is told so before anything is sent, and finds the same pictures
// selected after the log-in.
const SELECTED = "imagehub-selected";

function keepSelection(form, bar) {
  const here = location.pathname + location.search;
  const login = make("a", { href: `/login?next=${encodeURIComponent(here)}`, textContent: "Log in again" });
  const note = make("p", { className: "small", role: "alert", hidden: true }, "You are logged out. ", login, ": the selection is kept.");
  bar.prepend(note);
  let known = false;
  restore();

  form.addEventListener("submit", async (event) => {
    if (known) { known = false; return; }
    event.preventDefault();
    const answer = await fetch("/api/v1/me", { headers: { accept: "application/json" } }).catch(() => null);
    note.hidden = !answer || answer.status !== 401;
    if (note.hidden) { known = true; form.requestSubmit(event.submitter); return; }
    const ids = all('.tile input[type="checkbox"]:checked', form).map((box) => box.value);
    try { sessionStorage.setItem(SELECTED, JSON.stringify({ here, ids })); } catch { /* Then it is selected again by hand. */ }
    login.focus();
  });

  function restore() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(SELECTED));
      if (!kept || kept.here !== here) return;
      sessionStorage.removeItem(SELECTED);
      all('.tile input[type="checkbox"]', form).forEach((box) => { box.checked = kept.ids.includes(box.value); });
    } catch { /* Nothing was kept. */ }
  }
}
