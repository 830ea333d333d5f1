// The pages work without this script; it makes them pleasant. Its parts are joined in the order
// that pages/assets.rs lists them.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

// An element with properties and children: make("a", { href, className }, "text", child).
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// Counts an element down to zero, then calls `done`. Measured against the clock, so a sleeping tab catches up.
function countDown(element, seconds, done, say = (left) => (left > 0 ? `in ${left} s` : "now")) {
  const end = Date.now() + seconds * 1000;
  clearInterval(element.ticking);
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    element.textContent = say(left);
    if (left === 0) { clearInterval(element.ticking); if (done) done(); }
  };
  element.ticking = setInterval(tick, 250);
  tick();
}

// RateLimit: "user";r=9;t=6, "tenant";r=99;t=6 — the user's bucket, with its size from RateLimit-Policy.
function readLimit(header) {
  const member = (name) => (header(name) || "").split(",").map((part) => part.trim()).find((part) => part.startsWith('"user"')) || "";
  const number = (text, key) => { const found = new RegExp(`;\\s*${key}=(\\d+)`).exec(text); return found ? Number(found[1]) : null; };
  const left = number(member("ratelimit"), "r");
  const size = number(member("ratelimit-policy"), "q");
  return left === null || !size ? null : { left, size };
}

// The meter of what is left, such as "9 of 10 pulls left".
function showMeter(meter, header, what) {
  const limit = readLimit(header);
  if (!meter || !limit) return;
  const bar = one("progress", meter);
  bar.max = limit.size;
  bar.value = limit.left;
  meter.hidden = false;
  meter.classList.toggle("low", limit.left * 5 <= limit.size);
  one("[data-meter-text]", meter).textContent = `${limit.left} of ${limit.size} ${what} left`;
}

function retryAfter(value) {
  const seconds = Number(value);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 5;
}

async function problemOf(answer) {
  try { const body = await answer.json(); return body.detail || body.title || `Error ${answer.status}`; }
  catch { return `Error ${answer.status}`; }
}

// An Upgrade button: the plan changes in place, and what was refused goes on.
function wireUpgrade(box, done, say) {
  const button = one("button[data-upgrade]", box);
  if (!button) return;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await fetch(`/api/v1/tenants/${button.dataset.tenant}/plan`, {
        method: "PUT", headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ plan: button.dataset.plan }),
      });
      if (answer.ok) { box.hidden = true; done(button.dataset.plan); } else { say(await problemOf(answer)); }
    } catch { say("The server could not be reached."); }
    button.disabled = false;
  });
}

// The clipboard API exists on secure origins only; a selected field works on plain http too.
function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = make("textarea", { value: text, className: "unseen" });
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied ? Promise.resolve() : Promise.reject(new Error("not copied"));
}

function wireCopy(button) {
  const said = one("[data-copied]", button.parentElement);
  const text = () => (button.dataset.copy.startsWith("/") ? new URL(button.dataset.copy, location.href).href : button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", () => copy(text()).then(
    () => { if (said) said.textContent = "Copied."; },
    () => { if (said) said.textContent = text(); },
  ));
}
