// The pages work without this file; it makes them pleasant.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

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
  function readLimit(headers) {
    const member = (name) => (headers.get(name) || "").split(",").map((part) => part.trim()).find((part) => part.startsWith('"user"')) || "";
    const number = (text, key) => { const found = new RegExp(`;\\s*${key}=(\\d+)`).exec(text); return found ? Number(found[1]) : null; };
    const left = number(member("ratelimit"), "r");
    const size = number(member("ratelimit-policy"), "q");
    return left === null || !size ? null : { left, size };
  }

  function retryAfter(headers) {
    const seconds = Number(headers.get("retry-after"));
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

  function wirePull(section) {
    const button = one("[data-pull-button]", section);
    const refused = one("[data-refused]", section);
    const meter = one("[data-meter]", section);
    const note = one("[data-pull-note]", section);
    const say = (text) => { note.textContent = text; note.hidden = !text; };
    const enable = (on) => { if (on) button.removeAttribute("aria-disabled"); else button.setAttribute("aria-disabled", "true"); };
    const showMeter = (headers) => {
      const limit = readLimit(headers);
      meter.hidden = !limit;
      if (!limit) return;
      const bar = one("progress", meter);
      bar.max = limit.size;
      bar.value = limit.left;
      meter.classList.toggle("low", limit.left * 5 <= limit.size);
      one("[data-meter-text]", meter).textContent = `${limit.left} of ${limit.size} pulls left`;
    };
    const save = (blob, answer) => {
      const link = document.createElement("a");
      const named = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") || "");
      link.href = URL.createObjectURL(blob);
      link.download = named ? named[1] : "image";
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
        showMeter(answer.headers);
        if (answer.status === 429) {
          refused.hidden = false;
          countDown(one("[data-countdown]", refused), retryAfter(answer.headers), () => { refused.hidden = true; enable(true); });
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

  function tile(tenant, image) {
    const item = document.createElement("li");
    const label = image.title || "Untitled picture";
    item.className = "tile fresh";
    item.dataset.ratio = String(Math.min(30, Math.max(4, Math.round((image.width / image.height) * 10))));
    const link = document.createElement("a");
    link.href = `/t/${tenant}/images/${image.id}`;
    const picture = document.createElement("img");
    picture.src = image.thumbnails["320"];
    picture.srcset = `${image.thumbnails["640"]} 1x, ${image.thumbnails["1280"]} 2x`;
    picture.width = image.width;
    picture.height = image.height;
    picture.alt = label;
    link.append(picture);
    const caption = document.createElement("span");
    caption.className = "caption";
    caption.setAttribute("aria-hidden", "true");
    caption.textContent = label;
    item.append(link, caption);
    return item;
  }

  function wireUpload(form) {
    const input = one('input[type="file"]', form);
    const queue = one("[data-queue]", form);
    const refused = one("[data-refused]", form);
    const gallery = one("[data-gallery]");
    const waiting = [];
    let busy = 0;
    let paused = false;
    one("[data-plain]", form).hidden = true;
    one("[data-drop-hint]", form).textContent += " Drop or paste them anywhere on this page.";
    input.required = false;

    function add(files) {
      for (const file of files) {
        const line = document.createElement("li");
        const name = document.createElement("span");
        const state = document.createElement("span");
        const bar = document.createElement("progress");
        name.className = "name";
        name.textContent = file.name;
        state.className = "state";
        state.textContent = "waiting";
        bar.max = 1;
        bar.value = 0;
        bar.setAttribute("aria-label", file.name);
        line.append(name, state, bar);
        queue.append(line);
        queue.hidden = false;
        waiting.push({ file, line, state, bar });
      }
      next();
    }

    function next() {
      while (!paused && busy < 3 && waiting.length > 0) send(waiting.shift());
    }

    function finish(job, text, failed) {
      job.state.textContent = text;
      job.bar.remove();
      job.line.classList.toggle("failed", failed);
      if (!failed) setTimeout(() => { job.line.remove(); queue.hidden = queue.children.length === 0; }, 4000);
    }

    function pause(seconds) {
      paused = true;
      refused.hidden = false;
      countDown(one("[data-countdown]", refused), seconds, resume);
    }

    function resume() {
      clearInterval(one("[data-countdown]", refused).ticking);
      paused = false;
      refused.hidden = true;
      next();
    }

    function send(job) {
      busy += 1;
      const body = new FormData();
      for (const name of ["title", "tags"]) {
        const value = form.elements[name].value.trim();
        if (value) body.append(name, value);
      }
      body.append("file", job.file, job.file.name);
      const request = new XMLHttpRequest();
      request.open("POST", form.getAttribute("action"));
      request.setRequestHeader("accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        job.bar.value = event.loaded / event.total;
        job.state.textContent = event.loaded < event.total ? `${Math.round((event.loaded / event.total) * 100)} %` : "preparing";
      });
      request.addEventListener("loadend", () => {
        busy -= 1;
        const answer = request.response || {};
        if (request.status === 429) {
          job.state.textContent = "waiting";
          job.bar.value = 0;
          waiting.unshift(job);
          pause(Number(request.getResponseHeader("retry-after")) || 5);
        } else if (request.status === 201) {
          for (const image of answer.images || []) {
            if (!image.duplicate) { gallery.prepend(tile(form.dataset.tenant, image)); const empty = one("[data-empty]"); if (empty) empty.remove(); }
            finish(job, image.duplicate ? "already here" : "done", false);
          }
        } else {
          const first = (answer.errors || [])[0];
          finish(job, (first && first.title) || answer.detail || answer.title || "could not be sent", true);
        }
        next();
      });
      request.send(body);
    }

    input.addEventListener("change", () => { add(input.files); input.value = ""; });
    form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("paste", (event) => { if (event.clipboardData.files.length) { event.preventDefault(); add(event.clipboardData.files); } });
    let depth = 0;
    const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
    document.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; form.classList.add("over"); } });
    document.addEventListener("dragleave", (event) => { if (carriesFiles(event) && (depth -= 1) <= 0) { depth = 0; form.classList.remove("over"); } });
    document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
    document.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      form.classList.remove("over");
      add(event.dataTransfer.files);
    });
    wireUpgrade(refused, resume, (text) => { one("p", refused).textContent = text; });
  }

  // The clipboard API exists on secure origins only; a selected field works on plain http too.
  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied ? Promise.resolve() : Promise.reject(new Error("not copied"));
  }

  // "Try again in <strong>6</strong> s." Said once by a screen reader, not once a second.
  all("[data-retry-after]").forEach((element) => element.setAttribute("aria-live", "off"));
  all("[data-retry-after]").forEach((element) => countDown(
    one("strong", element) || element,
    Number(element.dataset.retryAfter) || 1,
    () => { element.textContent = "You can try again now."; },
    (left) => String(left),
  ));
  all("[data-pull]").forEach(wirePull);
  all("form[data-upload]").forEach(wireUpload);
  all("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => copy(new URL(button.dataset.copy, location.href).href).then(
      () => { one("[data-copied]").textContent = "Copied."; },
      () => { one("[data-copied]").textContent = button.dataset.copy; },
    ));
  });
})();
