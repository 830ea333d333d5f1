// The upload queue: one request a file, three at a time.
const AT_ONCE = 3;

function wireUpload(form) {
  const input = one('input[type="file"]', form);
  const list = one("[data-queue]", form);
  const refused = one("[data-refused]", form);
  const full = one("[data-full]", form);
  const said = one("[data-said]", form);
  const waiting = [];
  let busy = 0;
  let pausedUntil = 0;
  one("[data-plain]", form).hidden = true;
  one("[data-drop-hint]", form).textContent += " Drop or paste them anywhere on this page.";
  input.required = false;

  const say = (text) => { said.textContent = text; };
  const paused = () => pausedUntil > Date.now();

  function add(files) {
    for (const file of files) enqueue(file);
    if (files.length > 1) say(`${files.length} pictures are waiting.`);
    next();
  }

  function enqueue(file) {
    const job = {
      file,
      state: make("span", { className: "state", textContent: "waiting" }),
      bar: make("progress", { max: 1, value: 0, ariaLabel: file.name }),
      action: make("button", { type: "button", className: "link" }),
      line: document.createElement("li"),
    };
    job.action.addEventListener("click", () => job.act());
    job.line.append(make("span", { className: "name", textContent: file.name }), job.state, job.action, job.bar);
    list.append(job.line);
    list.hidden = false;
    const most = Number(form.dataset.maxBytes);
    if (most && file.size > most) { fail(job, `larger than ${form.dataset.maxMegabytes} MB`, false); return; }
    wait(job, false);
  }

  function offer(job, label, act) {
    job.action.textContent = label;
    job.action.ariaLabel = `${label} ${job.file.name}`;
    job.act = act;
  }

  function wait(job, first) {
    job.line.classList.remove("failed");
    job.state.textContent = "waiting";
    job.bar.value = 0;
    job.bar.hidden = false;
    offer(job, "Cancel", () => { waiting.splice(waiting.indexOf(job), 1); drop(job); });
    if (first) waiting.unshift(job); else waiting.push(job);
  }

  function drop(job) {
    job.line.remove();
    list.hidden = list.children.length === 0;
  }

  function next() {
    while (!paused() && busy < AT_ONCE && waiting.length > 0) send(waiting.shift());
  }

  function fail(job, reason, again) {
    job.line.classList.add("failed");
    job.state.textContent = reason;
    job.bar.hidden = true;
    say(`${job.file.name}: ${reason}`);
    if (again) offer(job, "Try again", () => { wait(job, false); next(); });
    else offer(job, "Dismiss", () => drop(job));
  }

  function finish(job, image) {
    job.bar.hidden = true;
    const page = make("a", { href: `/t/${form.dataset.tenant}/images/${image.id}`, textContent: image.title || "Untitled picture" });
    if (image.duplicate) {
      job.state.replaceChildren("the same as ", page);
      offer(job, "Dismiss", () => drop(job));
      say(`${job.file.name} is here already.`);
      return;
    }
    if (image.restored) {
      job.state.replaceChildren("was deleted, and is back: ", page);
      offer(job, "Dismiss", () => drop(job));
      say(`${job.file.name} was deleted, and is back.`);
    } else {
      job.state.textContent = "done";
      job.action.remove();
      say(`${job.file.name} is added.`);
      setTimeout(() => drop(job), 4000);
    }
    showTile(form.dataset.tenant, image);
  }

  function pause(seconds) {
    pausedUntil = Math.max(pausedUntil, Date.now() + seconds * 1000);
    refused.hidden = false;
    countDown(one("[data-countdown]", refused), (pausedUntil - Date.now()) / 1000, resume);
  }

  function resume() {
    clearInterval(one("[data-countdown]", refused).ticking);
    pausedUntil = 0;
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
    let cancelled = false;
    offer(job, "Cancel", () => { cancelled = true; request.abort(); });
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      job.bar.value = event.loaded / event.total;
      job.state.textContent = event.loaded < event.total ? `${Math.floor((event.loaded / event.total) * 100)} %` : "preparing";
    });
    request.addEventListener("loadend", () => {
      busy -= 1;
      if (cancelled) drop(job); else judge(job, request);
      next();
    });
    request.send(body);
  }

  function judge(job, request) {
    const answer = request.response || {};
    showMeter(one("[data-meter]", form), (name) => request.getResponseHeader(name), "uploads");
    if (request.status === 429) {
      wait(job, true);
      pause(retryAfter(request.getResponseHeader("retry-after")));
    } else if (request.status === 201 && answer.images && answer.images.length > 0) {
      finish(job, answer.images[0]);
    } else if (request.status === 0) {
      fail(job, "the server could not be reached", true);
    } else if (request.status === 507 && answer.code === "quota_exceeded") {
      full.hidden = false;
      one("p", full).textContent = answer.detail || answer.title;
      fail(job, "does not fit any more", true);
    } else {
      const first = (answer.errors || [])[0];
      const reason = (first && first.title) || answer.detail || answer.title || `error ${request.status}`;
      fail(job, reason, ![413, 415, 422].includes(request.status));
    }
  }

  input.addEventListener("change", () => { add(input.files); input.value = ""; });
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("beforeunload", (event) => { if (busy > 0 || waiting.length > 0) event.preventDefault(); });
  document.addEventListener("paste", (event) => { if (event.clipboardData.files.length) { event.preventDefault(); add(event.clipboardData.files); } });
  acceptDrops(form, add);
  wireUpgrade(refused, resume, (text) => { one("p", refused).textContent = text; });
}

// Files dropped anywhere on the page.
function acceptDrops(form, add) {
  let depth = 0;
  const leave = () => { depth = 0; document.body.classList.remove("dropping"); form.classList.remove("over"); };
  const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  document.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; form.classList.add("over"); document.body.classList.add("dropping"); } });
  document.addEventListener("dragleave", (event) => { if (carriesFiles(event) && (depth -= 1) <= 0) leave(); });
  document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    leave();
    add(event.dataTransfer.files);
  });
}

// A picture that has just arrived, as the server will show it from now on.
function showTile(tenant, image) {
  const gallery = one("[data-gallery]");
  if (!gallery) return;
  const label = image.title || "Untitled picture";
  const url = `/t/${tenant}/images/${image.id}`;
  const longest = Math.max(image.width, image.height, 1);
  const scale = Math.min(1, 320 / longest);
  const thumbs = image.thumbnails;
  const picture = make("img", {
    src: thumbs["320"], srcset: `${thumbs["640"]} 2x`, alt: label,
    width: Math.round(image.width * scale), height: Math.round(image.height * scale),
  });
  const ratio = Math.min(30, Math.max(4, Math.round((image.width / Math.max(1, image.height)) * 10)));
  const item = make("li", { className: "tile fresh" },
    make("a", { href: url }, picture),
    make("span", { className: "caption", ariaHidden: "true", textContent: label }));
  item.dataset.ratio = String(ratio);
  if (gallery.dataset.gallery === "select") item.append(make("input", { type: "checkbox", name: "ids", value: image.id, ariaLabel: `Select ${label}` }));
  gallery.prepend(item);
  const empty = one("[data-empty]");
  if (empty) empty.remove();
  gallery.dispatchEvent(new Event("change", { bubbles: true }));
}
