// What an answer tells of the mesh's filter: "x-imagehub-filter: VERSION;policy=HASH" is on all that
// passed it. A page cannot read the headers it came with, so it asks for something small. After a
// change an idle connection may carry one more request through the old filter.
const POLL = 4000;

function noteFilter(answer) {
  const chip = one("[data-mesh]");
  const [, version, policy] = /^([^;]+);policy=([^;]+)/.exec(answer.headers.get("x-imagehub-filter") || "") || [];
  // What an Envoy says for an application that it does not reach tells nothing.
  if (!chip || !version && !answer.ok) return;
  const state = version ? "on" : "off";
  const [name, more, end] = version ? ["Filter ", `${version} · policy ${policy.slice(0, 6)} · `, "on"] : ["Filter off", " · nothing is limited", ""];
  if (chip.title !== name + more + end) {
    chip.title = name + more + end;
    chip.replaceChildren(name, make("span", { textContent: more }), end);
  }
  const before = document.body.dataset.filter;
  if (state === before) return;
  document.body.dataset.filter = state;
  if (before === "unknown") return;
  chip.setAttribute("role", "status");
  document.dispatchEvent(new Event("filterchange"));
}

function watchFilter() {
  let timer = 0;
  const ask = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    try { noteFilter(await fetch("/healthz", { method: "HEAD", cache: "no-store" })); } catch { /* The next one may arrive. */ }
    clearTimeout(timer);
    timer = setTimeout(ask, POLL);
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}
