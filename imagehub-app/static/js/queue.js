// The upload queue: one request a file, three at a time; one at a time while it is not known
// whether the server is well again.
const AT_ONCE = 3;
// Files that broke off so often make way for others, and then give up.
const TRIES_IN_FRONT = 3;
const MOST_TRIES = 6;

function wireUpload(form) {
  const input = one('input[type="file"]', form);
  const lines = queueLines(one("[data-queue]", form), input);
  const tally = queueTally(form, lines, { tryAllAgain, clear });
  const hold = queueHold(form, lines, tally.say, next);
  const arrivals = wireArrivals(form);
  const jobs = new Set();
  const waiting = [];
  let busy = 0;
  one("[data-plain]", form).hidden = true;
  all(".with-scripts").forEach((part) => part.classList.remove("with-scripts"));
  input.required = false;

  // Files, and what is to be said about others that came with them.
  function add(files, notes = []) {
    if ([...jobs].every((job) => job.status === "added")) jobs.clear();
    const labels = readLabels();
    const most = Number(form.dataset.maxBytes);
    for (const file of files) {
      const job = enqueue(file, labels);
      if (most && file.size > most) fail(job, `larger than ${form.dataset.maxSize}`, false);
      else wait(job, false);
    }
    tally.started(files.length);
    for (const { name, words } of notes) {
      lines.add(name).end(words);
      tally.say(`${name}: ${words}.`);
    }
    tally.show(jobs);
    next();
  }

  // What the form says when a file is added, or tried again, goes with it.
  function readLabels() {
    return ["title", "tags"].map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value);
  }

  function enqueue(file, labels) {
    const job = { file, labels, line: lines.add(file.name), tries: 0, status: "waiting", retriable: true };
    jobs.add(job);
    return job;
  }

  function wait(job, first) {
    job.status = "waiting";
    job.line.say("waiting", 0);
    job.line.offer("Cancel", () => { waiting.splice(waiting.indexOf(job), 1); drop(job); });
    if (first) waiting.unshift(job); else waiting.push(job);
  }

  function drop(job) {
    jobs.delete(job);
    job.line.remove();
    tally.show(jobs);
    if (busy === 0 && waiting.length === 0) hold.forget();
  }

  function next() {
    while (!hold.holds() && busy < (hold.careful() ? 1 : AT_ONCE) && waiting.length > 0) send(waiting.shift());
  }

  function fail(job, reason, retriable) {
    Object.assign(job, { status: "failed", retriable });
    job.line.fail(reason);
    if (retriable) job.line.offer("Try again", () => { tryAgain(job); next(); });
    else job.line.offer("Dismiss", () => drop(job));
    tally.failed(job.file.name, reason);
    tally.show(jobs);
  }

  function tryAgain(job) {
    Object.assign(job, { tries: 0, labels: readLabels() });
    wait(job, false);
    tally.show(jobs);
  }

  // What is over leaves the tray.
  function clear() {
    [...jobs].filter((job) => ["added", "failed"].includes(job.status)).forEach(drop);
    one(".elsewhere", form).hidden = true;
    lines.clear();
  }

  function tryAllAgain() {
    [...jobs].filter((job) => job.status === "failed" && job.retriable).forEach(tryAgain);
    next();
  }

  function finish(job, image) {
    job.status = "added";
    if (!image.duplicate) arrivals.expect(image);
    const page = make("a", { href: `/t/${form.dataset.tenant}/images/${image.id}`, textContent: image.title || "Untitled picture" });
    if (image.duplicate || image.restored) {
      job.line.end(image.duplicate ? "the same as " : "was in the trash, now restored: ", page);
      tally.say(image.duplicate ? `${job.file.name} is already here.` : `${job.file.name} was in the trash and is restored.`);
    } else {
      job.line.end("added");
      if (jobs.size === 1) tally.say(`${job.file.name} is added.`);
      setTimeout(job.line.remove, 1500);
    }
    tally.show(jobs);
  }

  function send(job) {
    busy += 1;
    Object.assign(job, { status: "sending", asked: Date.now() });
    const body = new FormData();
    job.labels.forEach(([name, value]) => body.append(name, value));
    body.append("file", job.file, job.file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action"));
    request.setRequestHeader("accept", "application/json");
    request.responseType = "json";
    let cancelled = false;
    job.line.offer("Cancel", () => { cancelled = true; request.abort(); });
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable || cancelled) return;
      const part = event.loaded / event.total;
      job.line.say(part < 1 ? `${Math.floor(part * 100)} %` : "preparing", part);
    });
    request.addEventListener("loadend", async () => {
      if (!cancelled) await judge(job, request);
      busy -= 1;
      if (cancelled) drop(job);
      next();
    });
    request.send(body);
  }

  async function judge(job, request) {
    const { status, response: answer } = request;
    showMeter(one("[data-meter]", form), (name) => request.getResponseHeader(name), "uploads", job.asked);
    if (status === 201 && answer && answer.images && answer.images.length > 0) {
      hold.well();
      finish(job, answer.images[0]);
      return;
    }
    if (status === 0 && !(await isReadable(job.file))) {
      fail(job, "can no longer be read: choose it again", false);
      return;
    }
    const reason = reasonOf(status, answer);
    const why = holdFor(status, answer);
    if (!why) {
      hold.well();
      fail(job, reason, ![413, 415, 422].includes(status) || Boolean(answer && answer.code === "invalid"));
      return;
    }
    if (why.counts) job.tries += 1;
    if (job.tries >= MOST_TRIES) {
      fail(job, reason, true);
      return;
    }
    wait(job, job.tries < TRIES_IN_FRONT);
    hold.start(why, reason, request.getResponseHeader("retry-after"));
  }

  window.addEventListener("beforeunload", (event) => {
    if ([...jobs].some((job) => job.status !== "added" && job.retriable)) event.preventDefault();
  });
  input.addEventListener("change", () => { add([...input.files]); input.value = ""; });
  form.addEventListener("submit", (event) => event.preventDefault());
  acceptPastes(add);
  acceptDrops(form, add);
  all("[data-choose]").forEach((button) => button.addEventListener("click", () => input.click()));
  all("[data-samples]").forEach((button) => button.addEventListener("click", async () => {
    button.disabled = true;
    add(await samplePictures());
  }));
}

// The first file's own reason, or else the whole answer's.
function reasonOf(status, answer) {
  if (status === 0) return "the server cannot be reached";
  const [first] = (answer && answer.errors) || [];
  if (first && first.field) return `${first.field}: ${first.detail}`;
  if (answer && answer.code === "quota_exceeded") return `${sizeOf(answer.used_bytes)} of ${sizeOf(answer.quota_bytes)} are used, and this does not fit.`;
  return wordsOf(status, first || answer);
}

// A file may have been moved or changed since it was chosen; a request then fails like a lost network.
async function isReadable(file) {
  try { await file.slice(0, 1).arrayBuffer(); return true; } catch { return false; }
}

// As people write sizes: 1.2 GB.
function sizeOf(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const step = bytes > 0 ? Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3)) : 0;
  return `${Number((bytes / 1000 ** step).toPrecision(3))} ${units[step]}`;
}
