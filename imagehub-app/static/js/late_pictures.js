// Thumbnails that a limit refused, or a server that is not well: they keep their blur, and come by
// themselves one after the other.
function wireLatePictures() {
  const late = new Set();
  const why = make("span");
  const countdown = make("strong", { ariaHidden: "true" });
  const note = make("p", { className: "late-note note warn", hidden: true, role: "status" }, why, countdown);
  document.body.append(note);
  let busy = false;

  function add(image) {
    if (late.has(image) || "broken" in image.dataset) return;
    late.add(image);
    image.classList.add("late");
    const tile = image.closest("[data-hash]");
    if (tile) drawPlaceholder(tile);
    bring();
  }

  // An error event does not tell the status: it is asked for.
  async function bring() {
    if (busy) return;
    busy = true;
    for (let tries = 0; late.size > 0;) {
      const [image] = late;
      const answer = await fetch(image.currentSrc || image.src, { method: "HEAD", cache: "no-store" }).catch(() => null);
      const waits = answer && [429, 503].includes(answer.status);
      if (waits) await rest(answer); else tries += 1;
      if (!(waits || answer && answer.ok && tries < 3)) { forget(image); tries = 0; }
      while (late.size > 0 && await comes(late)) tries = 0;
    }
    note.hidden = true;
    busy = false;
  }

  function forget(image) {
    image.dataset.broken = "";
    image.classList.remove("late");
    late.delete(image);
  }

  // Whether the next one comes now.
  function comes([image]) {
    return new Promise((resolve) => {
      const end = new AbortController();
      const on = (event, done) => image.addEventListener(event, () => { end.abort(); resolve(done); }, { signal: end.signal });
      on("load", true);
      on("error", false);
      image.loading = "eager";
      image.src = image.getAttribute("src");
    });
  }

  function rest(answer) {
    why.textContent = `${answer.status === 429 ? "A limit delays some pictures" : "The server has a problem"}. They load automatically `;
    note.hidden = false;
    return new Promise((resolve) => { countDown(countdown, retryAfter(answer.headers.get("retry-after")), resolve); });
  }

  document.addEventListener("load", ({ target }) => { if (target instanceof Image && late.delete(target)) target.classList.remove("late"); }, true);
  document.addEventListener("error", ({ target }) => { if (isPicture(target)) add(target); }, true);
  all("main img").filter((image) => isPicture(image) && image.complete && image.naturalWidth === 0).forEach(add);
}

// A picture that the server made, not one of the page itself.
const isPicture = (element) => element.matches("main img") && !element.src.includes("/static/");
